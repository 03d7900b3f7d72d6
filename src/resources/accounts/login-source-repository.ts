import { and, desc, eq, notInArray, sql } from 'drizzle-orm';
import type { Db, Tx } from '../../db/client.ts';
import { loginSources } from '../../db/tables/logins.ts';
import type { Leftovers } from '../../db/leftovers.ts';

export const loginSourceLeftovers: Leftovers = {
  table: loginSources,
  areOver: sql`last_used_at < now() - interval '180 days'`,
};

/** More places than a person logs in from. */
const SOURCES_PER_USER_MAX = 100;

/** From where users have logged in. */
export function createLoginSourceRepository(db: Db | Tx) {
  return {
    /** Remembers a source, and of too many the newest. */
    async upsert(userId: string, source: string): Promise<void> {
      const lastUsedAt = sql`now()`;
      await db
        .insert(loginSources)
        .values({ userId, source, lastUsedAt })
        .onConflictDoUpdate({ target: [loginSources.userId, loginSources.source], set: { lastUsedAt } });
      const newest = db
        .select({ source: loginSources.source })
        .from(loginSources)
        .where(eq(loginSources.userId, userId))
        .orderBy(desc(loginSources.lastUsedAt))
        .limit(SOURCES_PER_USER_MAX);
      await db
        .delete(loginSources)
        .where(and(eq(loginSources.userId, userId), notInArray(loginSources.source, newest)));
    },
  };
}
