import { and, eq, gt, sql } from 'drizzle-orm';
import type { Db, Tx } from '../db/client.ts';
import type { Leftovers } from '../db/leftovers.ts';
import { nameStatement } from '../db/named-query.ts';
import { keptAnswers } from '../db/tables/kept-answers.ts';

/** For how long a request may be sent again. */
const LIFETIME = sql`interval '24 hours'`;

export const idempotencyLeftovers: readonly Leftovers[] = [{ table: keptAnswers, areOver: sql`expires_at < now()` }];

/** What one user has kept. */
export interface Kept {
  count: number;
  bytes: number;
  /** Seconds until the first of them ends. */
  secondsLeft: number;
}

const value = sql.placeholder;

const find = nameStatement<[sealedAnswer: string]>('find_kept_answer', (db) =>
  db
    .select({ sealedAnswer: keptAnswers.sealedAnswer })
    .from(keptAnswers)
    .where(and(eq(keptAnswers.digest, value('digest')), gt(keptAnswers.expiresAt, sql`now()`))),
);

const claim = nameStatement<[isClaimed: boolean, count: number, bytes: number, secondsLeft: number]>(
  'claim_idempotency_key',
  (db) => {
    const kept = db
      .select({
        bytes: sql<number>`octet_length(${keptAnswers.sealedAnswer})`.as('bytes'),
        expiresAt: keptAnswers.expiresAt,
      })
      .from(keptAnswers)
      .where(and(eq(keptAnswers.userId, value('userId')), gt(keptAnswers.expiresAt, sql`now()`)))
      .limit(value('countMax'))
      .as('kept');
    return db
      .select({
        isClaimed: sql`pg_try_advisory_xact_lock(${value('lockId')}::bigint)`,
        count: sql`count(*)::int`,
        bytes: sql`coalesce(sum(${kept.bytes}), 0)::float8`,
        secondsLeft: sql`coalesce(extract(epoch from min(${kept.expiresAt}) - now()), 0)::float8`,
      })
      .from(kept);
  },
);

const insert = nameStatement<[digest: string]>('keep_answer', (db) =>
  db
    .insert(keptAnswers)
    .values({
      digest: value('digest'),
      userId: value('userId'),
      sealedAnswer: value('sealedAnswer'),
      expiresAt: sql`now() + ${LIFETIME}`,
    })
    .onConflictDoUpdate({
      target: keptAnswers.digest,
      set: {
        sealedAnswer: sql`excluded.sealed_answer`,
        createdAt: sql`excluded.created_at`,
        expiresAt: sql`excluded.expires_at`,
      },
      setWhere: sql`${keptAnswers.expiresAt} <= now()`,
    })
    .returning({ digest: keptAnswers.digest }),
);

/** The kept answers of one user. */
export function createIdempotencyRepository(db: Db | Tx, userId: string) {
  return {
    async find(digest: Buffer): Promise<string | null> {
      const [row] = await find(db, { digest: toText(digest) });
      return row?.[0] ?? null;
    },

    /**
     * Claims a key until the transaction ends, without waiting; null while another transaction has it. Tells what the user
     * has kept already, up to `countMax` answers.
     */
    async claim(digest: Buffer, countMax: number): Promise<Kept | null> {
      const lockId = String(digest.readBigInt64BE());
      const [[isClaimed, count, bytes, secondsLeft] = [false, 0, 0, 0]] = await claim(db, { lockId, userId, countMax });
      return isClaimed ? { count, bytes, secondsLeft } : null;
    },

    /** False when an answer is kept under the digest already. */
    async insert(digest: Buffer, sealedAnswer: string): Promise<boolean> {
      return (await insert(db, { digest: toText(digest), userId, sealedAnswer })).length > 0;
    },
  };
}

function toText(digest: Buffer): string {
  return digest.toString('base64url');
}
