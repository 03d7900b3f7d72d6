import { and, eq, sql } from 'drizzle-orm';
import type { Db, Tx } from '../../db/client.ts';
import { nameStatement } from '../../db/named-query.ts';
import { accountLoginFailures, loginFailures, loginSources } from '../../db/tables/logins.ts';
import { users } from '../../db/tables/users.ts';
import type { Leftovers } from '../../db/leftovers.ts';

/** An account, known or not, and where the attempt came from. */
export interface LoginAttempt {
  /** Lower case. */
  email: string;
  /** As `loginOriginOf` makes it. */
  source: string;
}

/** What a failed login makes of those before it. */
export interface CountedFailure {
  /** RFC 3339, where this one locks its source out. */
  lockedUntil: string | null;
  /** How many the account has had from all sources. */
  ofAccount: number;
}

/** From all sources together; beyond it an account listens to the sources it knows. */
export const ACCOUNT_FAILURES_MAX = 50;

/** A failure older than this no longer counts. Longer than the longest lock, so that a lock's end forgives nothing. */
const FORGET_AFTER = sql`interval '48 hours'`;
/** How long the failures of an account are counted together, from the first. */
const ACCOUNT_WINDOW = sql`interval '24 hours'`;

export const loginFailureLeftovers: readonly Leftovers[] = [
  { table: loginFailures, areOver: sql`last_failed_at < now() - ${FORGET_AFTER}` },
  { table: accountLoginFailures, areOver: sql`since < now() - ${ACCOUNT_WINDOW}` },
];

const { failures, lastFailedAt, lockedUntil } = loginFailures;

/** Failures so far with this one: all of them, unless the last was too long ago. */
const failuresWithThis = sql`(case when ${lastFailedAt} < now() - ${FORGET_AFTER} then 1 else ${failures} + 1 end)`;

/** 5 failures lock for 15 minutes, 10 for an hour, 20 and each one after for a day. */
const lockAfterThis = sql`(case
  when ${failuresWithThis} >= 20 then now() + interval '24 hours'
  when ${failuresWithThis} = 10 then now() + interval '1 hour'
  when ${failuresWithThis} = 5 then now() + interval '15 minutes'
end)`;

const isWindowOver = sql`${accountLoginFailures.since} <= now() - ${ACCOUNT_WINDOW}`;

const email = sql.placeholder('email');
const source = sql.placeholder('source');

const knowsSource = sql`exists (select from ${loginSources} join ${users} on ${users.id} = ${loginSources.userId}
  where ${users.email} = ${email} and ${loginSources.source} = ${source})`;
const lockOfSource = sql`(select ${lockedUntil} from ${loginFailures}
  where ${loginFailures.email} = ${email} and ${loginFailures.source} = ${source})`;
const lockOfAccount = sql`(select ${accountLoginFailures.since} + ${ACCOUNT_WINDOW} from ${accountLoginFailures}
  where ${accountLoginFailures.email} = ${email} and ${accountLoginFailures.failures} >= ${sql.raw(`${ACCOUNT_FAILURES_MAX}`)}
    and not ${knowsSource})`;

/** Seconds until an account listens to a source; null or negative when it does. Its values are a {@link LoginAttempt}. */
export const lockLeft = sql<
  number | null
>`extract(epoch from greatest(${lockOfSource}, ${lockOfAccount}) - now())::float8`;

const takeTurn = nameStatement('take_login_turn', (db) =>
  db
    .select({ turn: sql`turn`.as('turn') })
    .from(sql`pg_advisory_xact_lock(hashtextextended('login ' || ${email}, 0)) as turn`),
);
const findLockLeft = nameStatement<[left: number | null]>('find_login_lock', (db) =>
  db.select({ left: sql`lock_left` }).from(sql`(select ${lockLeft} as lock_left) as asked`),
);
const countOfSource = nameStatement<[lockedUntil: string | null]>('count_login_failure', (db) =>
  db
    .insert(loginFailures)
    .values({ email, source, failures: 1, lastFailedAt: sql`now()` })
    .onConflictDoUpdate({
      target: [loginFailures.email, loginFailures.source],
      set: { failures: failuresWithThis, lastFailedAt: sql`now()`, lockedUntil: lockAfterThis },
    })
    .returning({ lockedUntil }),
);
const countOfAccount = nameStatement<[failures: number]>('count_account_failure', (db) =>
  db
    .insert(accountLoginFailures)
    .values({ email, failures: 1, since: sql`now()` })
    .onConflictDoUpdate({
      target: accountLoginFailures.email,
      set: {
        failures: sql`case when ${isWindowOver} then 1 else ${accountLoginFailures.failures} + 1 end`,
        since: sql`case when ${isWindowOver} then now() else ${accountLoginFailures.since} end`,
      },
    })
    .returning({ failures: accountLoginFailures.failures }),
);
const clear = nameStatement('clear_login_failures', (db) =>
  db.delete(loginFailures).where(and(eq(loginFailures.email, email), eq(loginFailures.source, source))),
);

export type LoginFailureRepository = ReturnType<typeof createLoginFailureRepository>;

export function createLoginFailureRepository(db: Db | Tx) {
  return {
    /** Verdicts on one account come one after another, over all processes: this one waits for those before it. */
    async takeTurn(account: string): Promise<void> {
      await takeTurn(db, { email: account });
    },

    /** Seconds for which the account does not listen to this source; 0 when it does. */
    async getLockLeft(attempt: LoginAttempt): Promise<number> {
      const [cells] = await findLockLeft(db, { ...attempt });
      return Math.max(0, cells?.[0] ?? 0);
    },

    /** Counts a failed login. */
    async count(attempt: LoginAttempt): Promise<CountedFailure> {
      const [[[lockedText] = [null]], [[ofAccount] = [0]]] = await Promise.all([
        countOfSource(db, { ...attempt }),
        countOfAccount(db, { email: attempt.email }),
      ]);
      return { lockedUntil: lockedText === null ? null : new Date(lockedText).toISOString(), ofAccount };
    },

    /** Forgets what failed from this source. What failed from others stays counted against the account. */
    async clear(attempt: LoginAttempt): Promise<void> {
      await clear(db, { ...attempt });
    },

    /** The account listens to all sources again that are not locked by themselves. */
    async clearAccount(account: string): Promise<void> {
      await db.delete(accountLoginFailures).where(eq(accountLoginFailures.email, account));
    },
  };
}
