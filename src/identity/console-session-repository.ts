import { and, eq, sql } from 'drizzle-orm';
import type { Db, Tx } from '../db/client.ts';
import { nameStatement } from '../db/named-query.ts';
import { memberships, organizations } from '../db/tables/organizations.ts';
import { sessions, users } from '../db/tables/users.ts';
import { identityColumns, isMembership } from './identity-columns.ts';
import { isLive, liveUntil } from './live-sessions.ts';
import type { AdminIdentity, NewSession } from './session-repository.ts';

export interface NewConsoleSession extends NewSession {
  cookieDigest: string;
}

/** A console's session as its cookie finds it. */
export interface FoundConsoleSession {
  sessionId: string;
  userId: string;
  email: string;
  /** Without further use. */
  endsAt: Date;
}

const insert = nameStatement('insert_console_session', (db) =>
  db.insert(sessions).values({
    id: sql.placeholder('id'),
    userId: sql.placeholder('userId'),
    kind: 'console',
    cookieDigest: sql.placeholder('cookieDigest'),
    lastSeenIp: sql.placeholder('network'),
    userAgent: sql.placeholder('userAgent'),
    expiresAt: sql`now() + make_interval(secs => ${sql.placeholder('ttlSeconds')})`,
  }),
);

/** @param idleSeconds after which a session that is not used has ended */
export function createConsoleSessionRepository(db: Db | Tx, idleSeconds: number) {
  const isOfCookie = and(eq(sessions.cookieDigest, sql.placeholder('cookieDigest')), isLive(idleSeconds));
  const findIdentity = db
    .select(identityColumns)
    .from(sessions)
    .innerJoin(users, eq(users.id, sessions.userId))
    .leftJoin(memberships, isMembership)
    .leftJoin(organizations, eq(organizations.id, memberships.organizationId))
    .where(isOfCookie)
    .prepare('find_console_identity');

  return {
    async findIdentity(cookieDigest: string, organizationId: string | null): Promise<AdminIdentity | null> {
      const [row] = await findIdentity.execute({ cookieDigest, organizationId });
      return row ?? null;
    },

    async find(cookieDigest: string): Promise<FoundConsoleSession | null> {
      const [row] = await db
        .select({
          sessionId: sessions.id,
          userId: users.id,
          email: users.email,
          endsAt: liveUntil(idleSeconds),
        })
        .from(sessions)
        .innerJoin(users, eq(users.id, sessions.userId))
        .where(and(eq(sessions.cookieDigest, cookieDigest), isLive(idleSeconds)));
      return row ?? null;
    },

    async insert(session: NewConsoleSession): Promise<void> {
      await insert(db, { ...session });
    },

    /** @returns what has ended with it; null where there was nothing to end */
    async end(cookieDigest: string): Promise<{ sessionId: string; userId: string; email: string } | null> {
      const [row] = await db
        .update(sessions)
        .set({ endedAt: sql`now()` })
        .from(users)
        .where(and(eq(users.id, sessions.userId), eq(sessions.cookieDigest, cookieDigest), isLive(idleSeconds)))
        .returning({ sessionId: sessions.id, userId: users.id, email: users.email });
      return row ?? null;
    },
  };
}
