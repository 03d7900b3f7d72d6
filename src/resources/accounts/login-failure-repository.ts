import { and, eq, gt, sql } from 'drizzle-orm';
import type { Db, Tx } from '../../db/client.ts';
import { loginFailures } from '../../db/tables/users.ts';

/** An account, known or not, and where the attempt came from. */
export interface LoginAttempt {
  /** Lower case. */
  email: string;
  source: string;
}

/** A failure older than this no longer counts. Longer than the longest lock, so that a lock's end forgives nothing. */
const FORGET_AFTER = sql`interval '48 hours'`;

const { failures, lastFailedAt, lockedUntil } = loginFailures;

/** Failures so far with this one: all of them, unless the last was too long ago. */
const failuresWithThis = sql`(case when ${lastFailedAt} < now() - ${FORGET_AFTER} then 1 else ${failures} + 1 end)`;

/** 5 failures lock for 15 minutes, 10 for an hour, 20 and each one after for a day. */
const lockAfterThis = sql`(case
  when ${failuresWithThis} >= 20 then now() + interval '24 hours'
  when ${failuresWithThis} = 10 then now() + interval '1 hour'
  when ${failuresWithThis} = 5 then now() + interval '15 minutes'
end)`;

export type LoginFailureRepository = ReturnType<typeof createLoginFailureRepository>;

export function createLoginFailureRepository(db: Db | Tx) {
  return {
    /**
     * Counts an attempt as failed before it is looked at, so that attempts at the same time cannot pass together under
     * the limit. False when the account is locked for this source; the attempt must not be looked at then.
     */
    async begin({ email, source }: LoginAttempt): Promise<boolean> {
      const rows = await db
        .insert(loginFailures)
        .values({ email, source, failures: 1, lastFailedAt: sql`now()` })
        .onConflictDoUpdate({
          target: [loginFailures.email, loginFailures.source],
          set: { failures: failuresWithThis, lastFailedAt: sql`now()`, lockedUntil: lockAfterThis },
          setWhere: sql`(${lockedUntil} is null or ${lockedUntil} <= now())`,
        })
        .returning({ email: loginFailures.email });
      return rows.length > 0;
    },

    /** Takes an attempt back that ended without a verdict. */
    async withdraw(attempt: LoginAttempt): Promise<void> {
      const rows = await db
        .update(loginFailures)
        .set({ failures: sql`${failures} - 1`, lockedUntil: null })
        .where(and(isOf(attempt), gt(failures, 1)))
        .returning({ email: loginFailures.email });
      if (rows.length > 0) return;
      await db.delete(loginFailures).where(and(isOf(attempt), eq(failures, 1)));
    },

    async clear(attempt: LoginAttempt): Promise<void> {
      await db.delete(loginFailures).where(isOf(attempt));
    },

    /** Seconds until the lock ends; 0 when there is none. */
    async getLockLeft(attempt: LoginAttempt): Promise<number> {
      const [row] = await db
        .select({ left: sql<number | null>`extract(epoch from ${lockedUntil} - now())::float8` })
        .from(loginFailures)
        .where(isOf(attempt));
      return Math.max(0, row?.left ?? 0);
    },
  };
}

function isOf({ email, source }: LoginAttempt) {
  return and(eq(loginFailures.email, email), eq(loginFailures.source, source));
}
