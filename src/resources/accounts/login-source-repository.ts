import { and, desc, eq, ne, notInArray, sql } from 'drizzle-orm';
import type { Db, Tx } from '../../db/client.ts';
import { nameStatement } from '../../db/named-query.ts';
import { loginSources } from '../../db/tables/logins.ts';
import type { Leftovers } from '../../db/leftovers.ts';

export const loginSourceLeftovers: Leftovers = {
  table: loginSources,
  areOver: sql`last_used_at < now() - interval '180 days'`,
};

/** More places than a person logs in from. */
const SOURCES_PER_USER_MAX = 100;

const userId = sql.placeholder('userId');
const source = sql.placeholder('source');

const keep = nameStatement('keep_login_source', (db) => {
  const lastUsedAt = sql`now()`;
  const kept = db.$with('kept').as(
    db
      .insert(loginSources)
      .values({ userId, source, lastUsedAt })
      .onConflictDoUpdate({ target: [loginSources.userId, loginSources.source], set: { lastUsedAt } })
      .returning({ source: loginSources.source }),
  );
  // Both see what was there before: the one that is kept is none of the others, and newer than all of them.
  const isOther = and(eq(loginSources.userId, userId), ne(loginSources.source, source));
  const newest = db
    .select({ source: loginSources.source })
    .from(loginSources)
    .where(isOther)
    .orderBy(desc(loginSources.lastUsedAt))
    .limit(SOURCES_PER_USER_MAX - 1);
  return db
    .with(kept)
    .delete(loginSources)
    .where(and(isOther, notInArray(loginSources.source, newest)));
});

/** From where users have logged in. */
export function createLoginSourceRepository(db: Db | Tx) {
  return {
    /** Remembers a source, and of too many the newest. */
    async upsert(user: string, from: string): Promise<void> {
      await keep(db, { userId: user, source: from });
    },
  };
}
