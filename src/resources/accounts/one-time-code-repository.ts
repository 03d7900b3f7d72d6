import { and, eq, gt, inArray, lte, sql } from 'drizzle-orm';
import type { Db, Tx } from '../../db/client.ts';
import { codeMails, oneTimeCodes } from '../../db/tables/users.ts';
import type { codePurposes } from '../../db/tables/users.ts';
import type { Leftovers } from '../../db/leftovers.ts';

export const codeLeftovers: readonly Leftovers[] = [
  { table: oneTimeCodes, areOver: sql`expires_at < now() - interval '1 hour'` },
  { table: codeMails, areOver: sql`expires_at < now()` },
];

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
  /** For one email, whatever the codes are for. */
  mailsAnHour: number;
  mailsADay: number;
}

export interface NewCode extends CodeKey {
  digest: string;
  /** Whether a mail goes with it. */
  isMailed: boolean;
  limits: CodeLimits;
}

/** The codes that were mailed, and the decoys beside them. */
export function createOneTimeCodeRepository(db: Db | Tx) {
  return {
    /**
     * Begins the cooldown of an email and purpose, unless one is running; tells whether it did. A code that is out stays
     * as it is. Until the transaction ends nobody else asks for a code here.
     * @param seconds 0 begins it in any case
     */
    async beginCooldown({ email, purpose }: CodeKey, seconds: number): Promise<boolean> {
      const rows = await db
        .insert(oneTimeCodes)
        .values({ email, purpose, digest: USED_UP, triesLeft: 0, sentAt: sql`now()`, expiresAt: sql`now()` })
        .onConflictDoUpdate({
          target: [oneTimeCodes.email, oneTimeCodes.purpose],
          set: { sentAt: sql`now()` },
          // now() is when a transaction began: the last code may be of one that began later and came first.
          ...(seconds > 0 && { setWhere: lte(oneTimeCodes.sentAt, sql`now() - make_interval(secs => ${seconds})`) }),
        })
        .returning({ email: oneTimeCodes.email });
      return rows.length > 0;
    },

    /**
     * Puts a new code in the place of the last one, unless the email had as many code mails as it may have; tells whether
     * it did. One statement counts and decides, for all purposes and processes. What mails nothing does the same work and
     * counts for nothing, so that nobody uses up a stranger's mails without sending them. Follows `beginCooldown`.
     */
    async replace({ email, purpose, digest, isMailed, limits }: NewCode): Promise<boolean> {
      const { mailedAt } = codeMails;
      const { rowCount } = await db.execute(sql`
        with counted as (
          insert into ${codeMails} (email, mailed_at, expires_at)
          values (${email}, case when ${isMailed} then array[now()] else '{}' end, now() + interval '24 hours')
          on conflict (email) do update set
            mailed_at = array(select * from unnest(${mailedAt}) as at where at > now() - interval '24 hours')
              || excluded.mailed_at,
            expires_at = excluded.expires_at
          where (
            select count(*) filter (where at > now() - interval '1 hour') < ${limits.mailsAnHour}
              and count(*) filter (where at > now() - interval '24 hours') < ${limits.mailsADay}
            from unnest(${mailedAt}) as at
          )
          returning email
        )
        update ${oneTimeCodes} set digest = ${digest}, tries_left = ${limits.tries},
          expires_at = now() + make_interval(secs => ${limits.ttlSeconds})
        from counted where one_time_codes.email = counted.email and purpose = ${purpose}
      `);
      return (rowCount ?? 0) > 0;
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
