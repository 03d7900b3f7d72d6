import { and, eq, sql } from 'drizzle-orm';
import type { Db, Tx } from '../../db/client.ts';
import { recoveryCodes } from '../../db/tables/second-factors.ts';

/** The recovery codes of users, by their digests. */
export function createRecoveryCodeRepository(db: Db | Tx) {
  return {
    /** Puts new ones in the place of all there were; none where `digests` is empty. */
    async replaceAll(userId: string, digests: readonly string[]): Promise<void> {
      await db.delete(recoveryCodes).where(eq(recoveryCodes.userId, userId));
      if (digests.length > 0) await db.insert(recoveryCodes).values(digests.map((digest) => ({ userId, digest })));
    },

    /** Spends a code: of many uses at the same time, one is told true. */
    async spend(userId: string, digest: string): Promise<boolean> {
      const rows = await db
        .delete(recoveryCodes)
        .where(and(eq(recoveryCodes.userId, userId), eq(recoveryCodes.digest, digest)))
        .returning({ digest: recoveryCodes.digest });
      return rows.length > 0;
    },

    async count(userId: string): Promise<number> {
      const [row] = await db
        .select({ count: sql<number>`count(*)::int` })
        .from(recoveryCodes)
        .where(eq(recoveryCodes.userId, userId));
      return row?.count ?? 0;
    },
  };
}
