import { and, eq, gt, isNotNull, isNull, lt, sql } from 'drizzle-orm';
import type { Db, Tx } from '../../db/client.ts';
import type { Leftovers } from '../../db/leftovers.ts';
import { totpFactors } from '../../db/tables/second-factors.ts';

/** For somebody who has to install an app first. */
const SETUP_TTL = sql`interval '1 hour'`;

export const totpLeftovers: Leftovers = {
  table: totpFactors,
  areOver: sql`confirmed_at is null and created_at < now() - ${SETUP_TTL}`,
};

/** An authenticator as a code is compared with it. */
export interface StoredTotp {
  sealedSecret: string;
  lastStep: number;
  /** By the database's clock, which is the same for every process. */
  nowSeconds: number;
}

/** The authenticator apps of users: one each. */
export function createTotpRepository(db: Db | Tx) {
  const { userId: owner, lastStep, confirmedAt, createdAt } = totpFactors;
  const isBeingSetUp = and(isNull(confirmedAt), gt(createdAt, sql`now() - ${SETUP_TTL}`));
  const stored = {
    sealedSecret: totpFactors.sealedSecret,
    lastStep,
    nowSeconds: sql<number>`extract(epoch from now())::float8`,
  };

  return {
    /** Begins to set one up, in the place of one that was not confirmed; false when there is one that was. */
    async begin(userId: string, sealedSecret: string): Promise<boolean> {
      const rows = await db
        .insert(totpFactors)
        .values({ userId, sealedSecret })
        .onConflictDoUpdate({
          target: owner,
          set: { sealedSecret, createdAt: sql`now()` },
          setWhere: isNull(confirmedAt),
        })
        .returning({ userId: owner });
      return rows.length > 0;
    },

    async findConfirmed(userId: string): Promise<StoredTotp | null> {
      const [row] = await db
        .select(stored)
        .from(totpFactors)
        .where(and(eq(owner, userId), isNotNull(confirmedAt)));
      return row ?? null;
    },

    /** The one that is being set up; nobody else confirms or replaces it until the transaction ends. */
    async holdUnconfirmed(userId: string): Promise<StoredTotp | null> {
      const [row] = await db
        .select(stored)
        .from(totpFactors)
        .where(and(eq(owner, userId), isBeingSetUp))
        .for('update');
      return row ?? null;
    },

    /** Makes the one that is held a second factor. The code that did it is spent. */
    async confirm(userId: string, step: number): Promise<void> {
      await db
        .update(totpFactors)
        .set({ confirmedAt: sql`now()`, lastStep: step })
        .where(eq(owner, userId));
    },

    /**
     * Spends the code of a step: of many uses at the same time, over all processes, one is told true. No earlier one is
     * accepted afterwards.
     */
    async spendStep(userId: string, step: number): Promise<boolean> {
      const rows = await db
        .update(totpFactors)
        .set({ lastStep: step })
        .where(and(eq(owner, userId), isNotNull(confirmedAt), lt(lastStep, step)))
        .returning({ userId: owner });
      return rows.length > 0;
    },

    /** Tells whether there was a confirmed one. One that was being set up goes too. */
    async delete(userId: string): Promise<boolean> {
      const rows = await db.delete(totpFactors).where(eq(owner, userId)).returning({ confirmedAt });
      return rows.some((row) => row.confirmedAt !== null);
    },
  };
}
