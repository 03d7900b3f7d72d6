import { and, eq, ne, sql } from 'drizzle-orm';
import type { Db, Tx } from '../db/client.ts';
import { keyset } from '../db/keyset.ts';
import { sessions } from '../db/tables/users.ts';
import type { SessionKind } from '../db/tables/users.ts';
import type { PageRequest } from '../http/pagination.ts';
import { isLive, liveUntil } from './live-sessions.ts';

/** A session that has not ended, as its user sees it. */
export interface OwnSession {
  id: string;
  kind: SessionKind;
  createdAt: Date;
  expiresAt: Date;
  lastSeenAt: Date;
  lastSeenIp: string | null;
  userAgent: string | null;
  provenAt: Date;
}

/**
 * The sessions of one user; those of others do not exist here.
 * @param consoleIdleSeconds after which a session of the console that is not used has ended
 */
export function createOwnSessionRepository(db: Db | Tx, userId: string, consoleIdleSeconds: number) {
  const isOwnAndLive = and(eq(sessions.userId, userId), isLive(consoleIdleSeconds));
  return {
    async list(page: PageRequest): Promise<OwnSession[]> {
      const { isOnPage, inOrder } = keyset(sessions.id, page);
      const { id, kind, createdAt, lastSeenAt, lastSeenIp, userAgent, reauthenticatedAt } = sessions;
      const rows = await db
        .select({
          id,
          kind,
          createdAt,
          expiresAt: liveUntil(consoleIdleSeconds),
          lastSeenAt,
          lastSeenIp,
          userAgent,
          reauthenticatedAt,
        })
        .from(sessions)
        .where(and(isOwnAndLive, isOnPage))
        .orderBy(inOrder)
        .limit(page.limit);
      return rows.map(({ reauthenticatedAt: provenAgainAt, ...row }) => ({
        ...row,
        lastSeenAt: row.lastSeenAt ?? row.createdAt,
        provenAt: provenAgainAt ?? row.createdAt,
      }));
    },

    /** @returns whether there was one to end */
    async end(sessionId: string): Promise<boolean> {
      const rows = await db
        .update(sessions)
        .set({ endedAt: sql`now()` })
        .where(and(isOwnAndLive, eq(sessions.id, sessionId)))
        .returning({ id: sessions.id });
      return rows.length > 0;
    },

    /**
     * Ends all of them but one.
     * @param keptId null keeps none
     * @returns how many there were to end
     */
    async endOthers(keptId: string | null): Promise<number> {
      const { rowCount } = await db
        .update(sessions)
        .set({ endedAt: sql`now()` })
        .where(and(isOwnAndLive, keptId === null ? undefined : ne(sessions.id, keptId)));
      return rowCount ?? 0;
    },
  };
}
