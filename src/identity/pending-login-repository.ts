import { and, desc, eq, gt, isNotNull, notInArray, sql } from 'drizzle-orm';
import type { Db, Tx } from '../db/client.ts';
import type { Leftovers } from '../db/leftovers.ts';
import { pendingLogins } from '../db/tables/second-factors.ts';
import { users } from '../db/tables/users.ts';

export const pendingLoginLeftovers: Leftovers = { table: pendingLogins, areOver: sql`expires_at < now()` };

/** More than a person begins at a time. */
const PENDING_PER_USER_MAX = 10;
const TRIES = 5;

/** Whose login waits for the second factor. */
export interface PendingLogin {
  userId: string;
  email: string;
}

const isOpen = and(gt(pendingLogins.triesLeft, 0), gt(pendingLogins.expiresAt, sql`now()`));

/** Logins whose password was right and that wait for the second factor. Who has the token of one is not logged in. */
export function createPendingLoginRepository(db: Db | Tx) {
  return {
    /** Of too many of one user the newest stay. */
    async insert(pending: { digest: string; userId: string; ttlSeconds: number }): Promise<void> {
      const { digest, userId, ttlSeconds } = pending;
      const expiresAt = sql`now() + make_interval(secs => ${ttlSeconds})`;
      await db.insert(pendingLogins).values({ digest, userId, triesLeft: TRIES, expiresAt });
      const newest = db
        .select({ digest: pendingLogins.digest })
        .from(pendingLogins)
        .where(eq(pendingLogins.userId, userId))
        .orderBy(desc(pendingLogins.createdAt), desc(sql`${pendingLogins.digest} = ${digest}`))
        .limit(PENDING_PER_USER_MAX);
      await db
        .delete(pendingLogins)
        .where(and(eq(pendingLogins.userId, userId), notInArray(pendingLogins.digest, newest)));
    },

    /** Null for one that is spent, has run out or never was. */
    async find(digest: string): Promise<PendingLogin | null> {
      const [row] = await db
        .select({ userId: users.id, email: users.email })
        .from(pendingLogins)
        .innerJoin(users, eq(users.id, pendingLogins.userId))
        .where(and(eq(pendingLogins.digest, digest), isOpen));
      return row ?? null;
    },

    /**
     * Uses up one try, and holds the login until the transaction ends; tells how many are left, null when there was none.
     * One statement, so that any number of guesses at the same time get no more tries than one after another.
     */
    async takeTry(digest: string): Promise<number | null> {
      const [row] = await db
        .update(pendingLogins)
        .set({ triesLeft: sql`${pendingLogins.triesLeft} - 1` })
        .where(and(eq(pendingLogins.digest, digest), isOpen))
        .returning({ triesLeft: pendingLogins.triesLeft });
      return row?.triesLeft ?? null;
    },

    /** Puts a challenge in the place of the one before; false when the login no longer waits. */
    async setChallenge(digest: string, challenge: string): Promise<boolean> {
      const { rowCount } = await db
        .update(pendingLogins)
        .set({ challenge })
        .where(and(eq(pendingLogins.digest, digest), isOpen));
      return (rowCount ?? 0) > 0;
    },

    /** Takes the challenge away: of many uses at the same time, one gets it. */
    async takeChallenge(digest: string): Promise<string | null> {
      const held = db.$with('held').as(
        db
          .select({ digest: pendingLogins.digest, challenge: pendingLogins.challenge })
          .from(pendingLogins)
          .where(and(eq(pendingLogins.digest, digest), isNotNull(pendingLogins.challenge), isOpen))
          .for('update'),
      );
      const [row] = await db
        .with(held)
        .update(pendingLogins)
        .set({ challenge: null })
        .from(held)
        .where(eq(pendingLogins.digest, held.digest))
        .returning({ challenge: held.challenge });
      return row?.challenge ?? null;
    },

    async delete(digest: string): Promise<void> {
      await db.delete(pendingLogins).where(eq(pendingLogins.digest, digest));
    },

    /** Who has begun to log in with what no longer holds begins anew. */
    async deleteAllOfUser(userId: string): Promise<void> {
      await db.delete(pendingLogins).where(eq(pendingLogins.userId, userId));
    },
  };
}
