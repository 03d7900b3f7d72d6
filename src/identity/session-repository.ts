import { and, eq, gt, isNotNull, isNull, sql } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import type { Db, Tx } from '../db/client.ts';
import { nameStatement } from '../db/named-query.ts';
import { memberships, organizations } from '../db/tables/organizations.ts';
import type { Role } from '../db/tables/organizations.ts';
import { refreshTokens, sessions, users } from '../db/tables/users.ts';
import type { Leftovers } from '../db/leftovers.ts';
import { identityColumns, isMembership, userColumns } from './identity-columns.ts';
import { extendSession, insertRefreshToken, insertSession, LIFETIME_MAX } from './session-statements.ts';

export const sessionLeftovers: readonly Leftovers[] = [
  // Takes its refresh tokens along; spent ones were kept this long to show reuse.
  { table: sessions, areOver: sql`expires_at < now()` },
  { table: refreshTokens, areOver: sql`expires_at < now()` },
];

/** A user, as the database knows them at this moment. */
export interface KnownUser {
  userId: string;
  email: string;
  /** The organization in the path, or null where there is none or the user is no member of it. */
  organizationId: string | null;
  role: Role | null;
  /** Whether the organization in the path demands a second factor of its members, and this one has none. */
  lacksSecondFactor: boolean;
}

/** The caller of a management route. */
export interface AdminIdentity extends KnownUser {
  /** Null where another issuer holds the session. */
  sessionId: string | null;
  /** Since the person last proved to be this user, and did not only bring a token or cookie. */
  provenSecondsAgo: number;
}

export interface NewSession {
  id: string;
  userId: string;
  ttlSeconds: number;
  /** As `truncateAddress` gives it. */
  network: string | null;
  userAgent: string | null;
}

/** A session as its refresh token finds it. */
export interface HeldSession {
  sessionId: string;
  userId: string;
  email: string;
  isEnded: boolean;
  /** The token, not the session. */
  isSpent: boolean;
}

export interface RefreshTokenRecord {
  digest: string;
  sessionId: string;
  ttlSeconds: number;
}

/** What takes the place of a spent refresh token. */
export interface Successor {
  digest: string;
  /** The token itself, sealed. */
  sealed: string;
}

export interface TakenSuccessor {
  sealed: string;
  sessionId: string;
  userId: string;
  email: string;
  secondsLeft: number;
}

/** For answers that were lost on their way. */
const REPEAT_WITHIN = sql`interval '10 seconds'`;

export type SessionRepository = ReturnType<typeof createSessionRepository>;

type IdentityCells = [
  userId: string,
  email: string,
  organizationId: string | null,
  role: Role | null,
  lacksSecondFactor: boolean,
  sessionId: string,
  provenSecondsAgo: number,
];

const findActive = nameStatement<IdentityCells>('find_active_session', (db) =>
  db
    .select(identityColumns)
    .from(sessions)
    .innerJoin(users, eq(users.id, sessions.userId))
    .leftJoin(memberships, isMembership)
    .leftJoin(organizations, eq(organizations.id, memberships.organizationId))
    .where(
      and(
        eq(sessions.id, sql.placeholder('sessionId')),
        eq(sessions.userId, sql.placeholder('userId')),
        isNull(sessions.endedAt),
        gt(sessions.expiresAt, sql`now()`),
        sql`to_timestamp(${sql.placeholder('tokenEnd')}::float8) > now()`,
      ),
    ),
);

type KnownCells = [userId: string, email: string, organizationId: string | null, role: Role | null];

const findByEmail = nameStatement<KnownCells>('find_identity_by_email', (db) =>
  db
    .select(userColumns)
    .from(users)
    .leftJoin(memberships, isMembership)
    .where(eq(users.email, sql.placeholder('email'))),
);

export function createSessionRepository(db: Db | Tx) {
  return {
    /** The user behind a session that has neither ended nor expired, for a token that has not by the database's time. */
    async findActive(
      { sub, sid, exp }: { sub: string; sid: string; exp: number },
      memberOf: string | null,
    ): Promise<AdminIdentity | null> {
      const [cells] = await findActive(db, { userId: sub, sessionId: sid, tokenEnd: exp, organizationId: memberOf });
      if (cells === undefined) return null;
      const [userId, email, organizationId, role, lacksSecondFactor, sessionId, provenSecondsAgo] = cells;
      return { userId, email, organizationId, role, lacksSecondFactor, sessionId, provenSecondsAgo };
    },

    /**
     * The user that a trusted issuer has proven. It answers for the second factor as it does for the password.
     * @param email in lower case
     */
    async findByEmail(email: string, organizationId: string | null): Promise<KnownUser | null> {
      const [cells] = await findByEmail(db, { email, organizationId });
      if (cells === undefined) return null;
      const [userId, foundEmail, foundId, role] = cells;
      return { userId, email: foundEmail, organizationId: foundId, role, lacksSecondFactor: false };
    },

    async insert(session: NewSession): Promise<void> {
      await insertSession(db, { ...session });
    },

    /** Notes that the person has just proven again to be the user. */
    async reauthenticate(sessionId: string): Promise<void> {
      await db
        .update(sessions)
        .set({ reauthenticatedAt: sql`now()` })
        .where(eq(sessions.id, sessionId));
    },

    /** A refresh token ends no later than its session may; tells how many seconds that is from now. */
    async insertRefreshToken(record: RefreshTokenRecord): Promise<number> {
      const [[secondsLeft] = [0]] = await insertRefreshToken(db, { ...record });
      return secondsLeft;
    },

    /** Spends a refresh token: of many uses at the same time, one gets the session. */
    async spendRefreshToken(
      digest: string,
      successor: Successor,
    ): Promise<{ sessionId: string; userId: string } | null> {
      const [row] = await db
        .update(refreshTokens)
        .set({ spentAt: sql`now()`, sealedSuccessor: successor.sealed, successorDigest: successor.digest })
        .from(sessions)
        .where(
          and(
            eq(refreshTokens.digest, digest),
            isNull(refreshTokens.spentAt),
            gt(refreshTokens.expiresAt, sql`now()`),
            eq(sessions.id, refreshTokens.sessionId),
            isNull(sessions.endedAt),
            gt(sessions.expiresAt, sql`now()`),
          ),
        )
        .returning({ sessionId: sessions.id, userId: sessions.userId });
      return row ?? null;
    },

    /**
     * What a refresh token was spent for less than ten seconds ago, unless that is spent itself: of many uses at the same
     * time, one gets it. Tells how many seconds the session has left at most.
     */
    async takeSuccessor(digest: string): Promise<TakenSuccessor | null> {
      const successors = alias(refreshTokens, 'successors');
      const held = db.$with('held').as(
        db
          .select({
            digest: refreshTokens.digest,
            sealed: sql<string>`${refreshTokens.sealedSuccessor}`.as('sealed'),
            sessionId: sql<string>`${sessions.id}`.as('held_session_id'),
            userId: sessions.userId,
            email: users.email,
            secondsLeft:
              sql<number>`floor(extract(epoch from ${sessions.createdAt} + ${LIFETIME_MAX} - now()))::int`.as(
                'seconds_left',
              ),
          })
          .from(refreshTokens)
          .innerJoin(sessions, eq(sessions.id, refreshTokens.sessionId))
          .innerJoin(users, eq(users.id, sessions.userId))
          .innerJoin(successors, eq(successors.digest, refreshTokens.successorDigest))
          .where(
            and(
              eq(refreshTokens.digest, digest),
              isNotNull(refreshTokens.sealedSuccessor),
              gt(refreshTokens.spentAt, sql`now() - ${REPEAT_WITHIN}`),
              isNull(successors.spentAt),
              isNull(sessions.endedAt),
              gt(sessions.expiresAt, sql`now()`),
            ),
          )
          .for('no key update', { of: refreshTokens }),
      );
      const [row] = await db
        .with(held)
        .update(refreshTokens)
        .set({ sealedSuccessor: null })
        .from(held)
        .where(eq(refreshTokens.digest, held.digest))
        .returning({
          sealed: held.sealed,
          sessionId: held.sessionId,
          userId: held.userId,
          email: held.email,
          secondsLeft: held.secondsLeft,
        });
      return row ?? null;
    },

    async extend(sessionId: string, ttlSeconds: number): Promise<void> {
      await extendSession(db, { sessionId, ttlSeconds });
    },

    /** The session that a refresh token belongs to, which nobody else ends or extends until the transaction ends. */
    async holdByRefreshToken(digest: string): Promise<HeldSession | null> {
      const [row] = await db
        .select({
          sessionId: sessions.id,
          userId: users.id,
          email: users.email,
          isEnded: sql<boolean>`${sessions.endedAt} is not null`,
          isSpent: sql<boolean>`${refreshTokens.spentAt} is not null`,
        })
        .from(refreshTokens)
        .innerJoin(sessions, eq(sessions.id, refreshTokens.sessionId))
        .innerJoin(users, eq(users.id, sessions.userId))
        .where(eq(refreshTokens.digest, digest))
        .for('no key update', { of: sessions });
      return row ?? null;
    },

    async end(sessionId: string): Promise<void> {
      await db
        .update(sessions)
        .set({ endedAt: sql`now()` })
        .where(eq(sessions.id, sessionId));
    },

    /** @returns how many sessions there were to end */
    async endAllOfUser(userId: string): Promise<number> {
      const { rowCount } = await db
        .update(sessions)
        .set({ endedAt: sql`now()` })
        .where(and(eq(sessions.userId, userId), isNull(sessions.endedAt)));
      return rowCount ?? 0;
    },
  };
}
