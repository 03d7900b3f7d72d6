import { and, eq, gt, inArray, lte, ne, sql } from 'drizzle-orm';
import type { Db, Tx } from '../../db/client.ts';
import { oneTimeCodes, registrations, users } from '../../db/tables/users.ts';
import type { codePurposes } from '../../db/tables/users.ts';

export const USERS_EMAIL_KEY = 'users__email_key';
/** In place of the hash of a registration that became a user, and of a code that was entered: nothing has it. */
const USED_UP = '';

export type CodePurpose = (typeof codePurposes)[number];

export interface Account {
  id: string;
  email: string;
  passwordHash: string;
}

/** Names the newest code of an email: an older one is gone the moment this one is stored. */
export interface CodeKey {
  /** Lower case. */
  email: string;
  purpose: CodePurpose;
}

export type AccountRepository = ReturnType<typeof createAccountRepository>;

/** Emails are lower case wherever they are a key. */
export function createAccountRepository(db: Db | Tx) {
  return {
    async findByEmail(email: string): Promise<Account | null> {
      const [row] = await db
        .select({ id: users.id, email: users.email, passwordHash: users.passwordHash })
        .from(users)
        .where(eq(sql`lower(${users.email})`, email));
      return row ?? null;
    },

    async insert(account: Account): Promise<void> {
      await db.insert(users).values(account);
    },

    /** Replaces a password hash, if it still is the one that was read. */
    async updatePasswordHash(account: Account, passwordHash: string): Promise<void> {
      await db
        .update(users)
        .set({ passwordHash, updatedAt: sql`now()` })
        .where(and(eq(users.id, account.id), eq(users.passwordHash, account.passwordHash)));
    },

    /** Whether the password hash still is the one that was read; if so, it stays so until the transaction ends. */
    async holdPasswordHash({ id, passwordHash }: Account): Promise<boolean> {
      const rows = await db
        .select({ id: users.id })
        .from(users)
        .where(and(eq(users.id, id), eq(users.passwordHash, passwordHash)))
        .for('share');
      return rows.length > 0;
    },

    async setPasswordHash(userId: string, passwordHash: string): Promise<void> {
      await db
        .update(users)
        .set({ passwordHash, updatedAt: sql`now()` })
        .where(eq(users.id, userId));
    },

    /** Keeps the password of the newest registration; tells whether it is the first one waiting for this email. */
    async upsertRegistration(email: string, passwordHash: string): Promise<{ isFirst: boolean }> {
      const [row] = await db
        .insert(registrations)
        .values({ email, passwordHash })
        .onConflictDoUpdate({ target: registrations.email, set: { passwordHash, updatedAt: sql`now()` } })
        // A row that this statement inserted was not updated by anybody yet.
        .returning({ isFirst: sql<boolean>`(xmax = 0)` });
      return { isFirst: row?.isFirst ?? false };
    },

    async hasRegistration(email: string): Promise<boolean> {
      const rows = await db.select({ email: registrations.email }).from(registrations).where(isWaiting(email));
      return rows.length > 0;
    },

    /**
     * Takes the password of the registration that waits for its code, once. The row stays as a decoy and ages on: the
     * next registration of this email is answered as if nobody had entered the code.
     */
    async takeRegistration(email: string): Promise<{ passwordHash: string } | null> {
      const [row] = await db
        .select({ passwordHash: registrations.passwordHash })
        .from(registrations)
        .where(isWaiting(email))
        .for('update');
      if (row === undefined) return null;
      await db.update(registrations).set({ passwordHash: USED_UP }).where(eq(registrations.email, email));
      return row;
    },

    /** Stores the newest code unless the last one is younger than the cooldown, if there is one; tells whether it did. */
    async replaceCode(
      code: CodeKey & { digest: string; cooldownSeconds: number; limits: CodeLimits },
    ): Promise<boolean> {
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
    async spendCode(key: CodeKey, digests: string[]): Promise<boolean> {
      const rows = await db
        .update(oneTimeCodes)
        .set({ digest: USED_UP })
        .where(and(isCodeOf(key), inArray(oneTimeCodes.digest, digests), gt(oneTimeCodes.expiresAt, sql`now()`)))
        .returning({ email: oneTimeCodes.email });
      return rows.length > 0;
    },
  };
}

export interface CodeLimits {
  ttlSeconds: number;
  tries: number;
}

function isWaiting(email: string) {
  return and(eq(registrations.email, email), ne(registrations.passwordHash, USED_UP));
}

function isCodeOf({ email, purpose }: CodeKey) {
  return and(eq(oneTimeCodes.email, email), eq(oneTimeCodes.purpose, purpose));
}
