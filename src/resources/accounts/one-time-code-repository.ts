import { and, eq, gt, inArray, lte, sql } from 'drizzle-orm';
import type { Db, Tx } from '../../db/client.ts';
import { oneTimeCodes } from '../../db/tables/users.ts';
import type { codePurposes } from '../../db/tables/users.ts';

/** In place of the digest of a code that was entered: no code has it. */
const USED_UP = '';

export type CodePurpose = (typeof codePurposes)[number];

/** Names the newest code of an email: an older one is gone the moment this one is stored. */
export interface CodeKey {
  /** Lower case. */
  email: string;
  purpose: CodePurpose;
}

export interface CodeLimits {
  ttlSeconds: number;
  tries: number;
}

/** The codes that were mailed, and the decoys beside them. */
export function createOneTimeCodeRepository(db: Db | Tx) {
  return {
    /** Stores the newest code unless the last one is younger than the cooldown, if there is one; tells whether it did. */
    async replace(code: CodeKey & { digest: string; cooldownSeconds: number; limits: CodeLimits }): Promise<boolean> {
      const { email, purpose, digest, cooldownSeconds, limits } = code;
      const fresh = {
        digest,
        triesLeft: limits.tries,
        sentAt: sql`now()`,
        expiresAt: sql`now() + make_interval(secs => ${limits.ttlSeconds})`,
      };
      const rows = await db
        .insert(oneTimeCodes)
        .values({ email, purpose, ...fresh })
        .onConflictDoUpdate({
          target: [oneTimeCodes.email, oneTimeCodes.purpose],
          set: fresh,
          // now() is when a transaction began: the last code may be of one that began later and came first.
          ...(cooldownSeconds > 0 && {
            setWhere: lte(oneTimeCodes.sentAt, sql`now() - make_interval(secs => ${cooldownSeconds})`),
          }),
        })
        .returning({ email: oneTimeCodes.email });
      return rows.length > 0;
    },

    /** Seconds until the cooldown of the newest code is over; 0 when it is. */
    async getCooldownLeft({ email, purpose }: CodeKey, cooldownSeconds: number): Promise<number> {
      const [row] = await db
        .select({ left: sql<number>`extract(epoch from ${oneTimeCodes.sentAt} - now())::float8 + ${cooldownSeconds}` })
        .from(oneTimeCodes)
        .where(isCodeOf({ email, purpose }));
      return Math.max(0, row?.left ?? 0);
    },

    /**
     * Uses up one try, whatever the code; tells whether it matched. One statement, so that any number of guesses at
     * the same time get no more tries than one after another.
     */
    async takeTry(key: CodeKey, digests: string[]): Promise<boolean> {
      const [row] = await db
        .update(oneTimeCodes)
        .set({ triesLeft: sql`${oneTimeCodes.triesLeft} - 1` })
        .where(and(isCodeOf(key), gt(oneTimeCodes.triesLeft, 0), gt(oneTimeCodes.expiresAt, sql`now()`)))
        .returning({ matches: sql<boolean>`${inArray(oneTimeCodes.digest, digests)}` });
      return row?.matches ?? false;
    },

    /**
     * Spends a code that matched: of many uses at the same time, one is told true. The row stays, so that the
     * cooldown does not tell whether the code was entered.
     */
    async spend(key: CodeKey, digests: string[]): Promise<boolean> {
      const rows = await db
        .update(oneTimeCodes)
        .set({ digest: USED_UP })
        .where(and(isCodeOf(key), inArray(oneTimeCodes.digest, digests), gt(oneTimeCodes.expiresAt, sql`now()`)))
        .returning({ email: oneTimeCodes.email });
      return rows.length > 0;
    },
  };
}

function isCodeOf({ email, purpose }: CodeKey) {
  return and(eq(oneTimeCodes.email, email), eq(oneTimeCodes.purpose, purpose));
}
