import { and, eq, sql } from 'drizzle-orm';
import { memberships, organizations } from '../db/tables/organizations.ts';
import { hasSecondFactor } from '../db/tables/second-factors.ts';
import { sessions, users } from '../db/tables/users.ts';

/** A user, and the membership in the organization that is asked for: by {@link isMembership}. */
export const userColumns = {
  userId: users.id,
  email: users.email,
  organizationId: memberships.organizationId,
  role: memberships.role,
};

/** Joins the membership of a user in the organization of the placeholder `organizationId`. */
export const isMembership = and(
  eq(memberships.userId, users.id),
  eq(memberships.organizationId, sql.placeholder('organizationId')),
);

/** Who is behind a session, whatever it is found by; with the membership, its organization is joined. */
export const identityColumns = {
  ...userColumns,
  lacksSecondFactor: sql<boolean>`coalesce(
    ${organizations.isSecondFactorRequired} and not ${hasSecondFactor(users.id)}, false)`,
  sessionId: sessions.id,
  /** Since the login, or since the password was last asked for again. */
  provenSecondsAgo: sql<number>`extract(epoch
    from now() - coalesce(${sessions.reauthenticatedAt}, ${sessions.createdAt}))::float8`,
};
