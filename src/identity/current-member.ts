import { and, eq, sql } from 'drizzle-orm';
import type { MemberCaller } from '../changes/caller.ts';
import type { Tx } from '../db/client.ts';
import { memberships, organizations } from '../db/tables/organizations.ts';
import type { Role } from '../db/tables/organizations.ts';
import { sessions, users } from '../db/tables/users.ts';
import { unauthorized } from './admin-auth.ts';
import { identityColumns } from './identity-columns.ts';
import { requireMember } from './roles.ts';

/**
 * Makes the access check of a route once more, by what holds now: for what goes on long after the one in front of it. A
 * session that was ended meanwhile is good for nothing more; one that ran out may end what it began.
 * @throws AppError `unauthorized`, `not_found`, `second_factor_required`, `insufficient_role`
 */
export async function requireCurrentMember(
  tx: Tx,
  { userId, organizationId, sessionId }: MemberCaller,
  least: Role,
): Promise<void> {
  const [row] = await tx
    .select({ role: memberships.role, lacksSecondFactor: identityColumns.lacksSecondFactor, endedAt: sessions.endedAt })
    .from(memberships)
    .innerJoin(users, eq(users.id, memberships.userId))
    .innerJoin(organizations, eq(organizations.id, memberships.organizationId))
    .leftJoin(sessions, eq(sessions.id, sql`${sessionId}::uuid`))
    .where(and(eq(memberships.organizationId, organizationId), eq(memberships.userId, userId)));
  if (row !== undefined && row.endedAt !== null) throw unauthorized('the session was ended meanwhile');
  // A trusted issuer answers for the second factor as it does for the password.
  const lacksSecondFactor = row?.lacksSecondFactor === true && sessionId !== null;
  requireMember({ role: row?.role ?? null, lacksSecondFactor }, least);
}
