import { and, count, eq, gt, inArray, lte, or, sql } from 'drizzle-orm';
import type { Db, Tx } from '../db/client.ts';
import { thisMoment } from '../db/tables/columns.ts';
import { mails } from '../db/tables/mails.ts';

export interface NewMail {
  id: string;
  sealedMessage: string;
  ttlSeconds: number;
}

/** A mail that is this process's to send until the lease ends. */
export interface ClaimedMail {
  id: string;
  sealedMessage: string;
  /** How often it was claimed, this time included. */
  attempt: number;
  /** How often it may have been sent already. */
  doubts: number;
}

export interface MailRepository {
  insert(mail: NewMail): Promise<void>;
  /**
   * Takes up to `limit` mails that are due and not expired, oldest first, and makes them due again only after the lease: no
   * two callers get the same one, and one that is not deleted in time comes back.
   */
  claim(limit: number, leaseMs: number): Promise<ClaimedMail[]>;
  /** Begins the leases of claimed mails anew. @returns the ids of those that are still the caller's */
  renew(claimed: readonly ClaimedMail[], leaseMs: number): Promise<string[]>;
  /**
   * Makes a claimed mail due again after `delayMs`. Without effect when somebody has claimed it since.
   * @param options.isDoubtful counts that it may have been sent
   */
  postpone(mail: ClaimedMail, delayMs: number, options?: { isDoubtful: boolean }): Promise<void>;
  delete(id: string): Promise<void>;
  /** Drops the mails that are of no use any more, and says how many. */
  deleteExpired(): Promise<number>;
  /** How many mails are to be sent, and for how long the oldest of them has been. */
  measure(): Promise<{ count: number; oldestSeconds: number }>;
}

const after = (ms: number) => sql`${thisMoment} + make_interval(secs => ${ms / 1_000}::float8)`;

/** The outbox's rows. All times are the database's. */
export function createMailRepository(db: Db | Tx): MailRepository {
  return {
    async insert({ id, sealedMessage, ttlSeconds }) {
      await db
        .insert(mails)
        .values({ id, sealedMessage, nextAttemptAt: thisMoment, expiresAt: after(ttlSeconds * 1_000) });
    },

    async claim(limit, leaseMs) {
      // A row lock inside keeps Postgres from inlining this, which could run it twice and exceed the limit.
      const due = db.$with('due').as(
        db
          .select({ id: mails.id })
          .from(mails)
          .where(and(lte(mails.nextAttemptAt, sql`now()`), gt(mails.expiresAt, sql`now()`)))
          .orderBy(mails.nextAttemptAt)
          .limit(limit)
          .for('update', { skipLocked: true }),
      );
      return db
        .with(due)
        .update(mails)
        .set({ attempts: sql`${mails.attempts} + 1`, nextAttemptAt: after(leaseMs) })
        .where(inArray(mails.id, db.select({ id: due.id }).from(due)))
        .returning({
          id: mails.id,
          sealedMessage: mails.sealedMessage,
          attempt: mails.attempts,
          doubts: mails.doubts,
        });
    },

    async renew(claimed, leaseMs) {
      const isClaimed = claimed.map(({ id, attempt }) => and(eq(mails.id, id), eq(mails.attempts, attempt)));
      const rows = await db
        .update(mails)
        .set({ nextAttemptAt: after(leaseMs) })
        .where(or(...isClaimed))
        .returning({ id: mails.id });
      return rows.map(({ id }) => id);
    },

    async postpone({ id, attempt }, delayMs, { isDoubtful } = { isDoubtful: false }) {
      await db
        .update(mails)
        .set({ nextAttemptAt: after(delayMs), ...(isDoubtful && { doubts: sql`${mails.doubts} + 1` }) })
        .where(and(eq(mails.id, id), eq(mails.attempts, attempt)));
    },

    async delete(id) {
      await db.delete(mails).where(eq(mails.id, id));
    },

    async deleteExpired() {
      const { rowCount } = await db.delete(mails).where(lte(mails.expiresAt, sql`now()`));
      return rowCount ?? 0;
    },

    async measure() {
      const [found] = await db
        .select({
          count: count(),
          oldestSeconds: sql<number>`coalesce(extract(epoch from now() - min(${mails.createdAt})), 0)::float8`,
        })
        .from(mails)
        .where(gt(mails.expiresAt, sql`now()`));
      return found ?? { count: 0, oldestSeconds: 0 };
    },
  };
}
