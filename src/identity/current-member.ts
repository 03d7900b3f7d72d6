import { sql } from 'drizzle-orm';
import type { SQL } from 'drizzle-orm';
import { PgDialect } from 'drizzle-orm/pg-core';
import type { MemberCaller, OrganizationLock } from '../changes/caller.ts';
import type { Db, Tx } from '../db/client.ts';
import { nameStatement } from '../db/named-query.ts';
import { memberships } from '../db/tables/organizations.ts';
import type { Role } from '../db/tables/organizations.ts';
import { hasSecondFactor } from '../db/tables/second-factors.ts';
import { requireMember, rolesFrom } from './roles.ts';
import { unauthorized } from './unauthorized.ts';

type Asking = Pick<MemberCaller, 'userId' | 'organizationId' | 'sessionId' | 'least'>;

type AccessCells = [role: Role, lacksSecondFactor: boolean, hasEnded: boolean];

/** A trusted issuer answers for the second factor as it does for the password. */
const lacksSecondFactor = sql`(${sql.placeholder('sessionId')}::uuid is not null
  and organizations.second_factor_required and not ${hasSecondFactor(memberships.userId)})`;
const hasEnded = sql`sessions.ended_at is not null`;

const membership = sql`organizations
  join memberships on memberships.organization_id = organizations.id
    and memberships.user_id = ${sql.placeholder('userId')}::uuid
  left join sessions on sessions.id = ${sql.placeholder('sessionId')}::uuid
  where organizations.id = ${sql.placeholder('organizationId')}::uuid`;

/**
 * The caller's membership for a statement that makes a change by itself: no row where there is none. The organization is
 * held first, then the membership, which whoever changes members of the organization waits for, or is waited for: what is
 * read is as it stays until the transaction ends. Its values are {@link accessValues}.
 */
export function heldMembership(lock: OrganizationLock): SQL {
  return sql`${membership} for ${sql.raw(lock)} of organizations for share of memberships`;
}

/** Whether a {@link heldMembership} passes the access check of the route. */
export const hasAccess = sql`(memberships.role = any (${sql.placeholder('roles')}::text[])
  and not ${lacksSecondFactor} and not ${hasEnded})`;

export function accessValues({ userId, organizationId, sessionId, least }: Asking) {
  return { userId, organizationId, sessionId, roles: rolesFrom(least) };
}

const columns = sql`memberships.role, ${lacksSecondFactor}, ${hasEnded}`;
const toQuery = (statement: SQL) => () => ({ toSQL: () => new PgDialect().sqlToQuery(statement) });
const selectHeld = (name: string, lock: OrganizationLock) =>
  nameStatement<AccessCells>(name, toQuery(sql`select ${columns} from ${heldMembership(lock)}`));

const find = nameStatement<AccessCells>('find_membership', toQuery(sql`select ${columns} from ${membership}`));
const holds: Record<OrganizationLock, ReturnType<typeof selectHeld>> = {
  'key share': selectHeld('hold_membership', 'key share'),
  'no key update': selectHeld('hold_membership_and_organization', 'no key update'),
  update: selectHeld('hold_membership_alone', 'update'),
};

/**
 * Makes the access check of a route once more, by what holds now: for what goes on long after the one in front of it. A
 * session that was ended meanwhile is good for nothing more; one that ran out may end what it began.
 * @throws AppError `unauthorized`, `not_found`, `second_factor_required`, `insufficient_role`
 */
export async function requireCurrentMember(tx: Tx, caller: Asking): Promise<void> {
  judge(await find(tx, accessValues(caller)), caller);
}

/**
 * The same by what nobody changes until the transaction ends. The organization is held before the membership: who changes
 * a member holds it as well, so that nobody waits in a circle.
 */
export async function holdMembership(tx: Db | Tx, caller: Asking, lock: OrganizationLock): Promise<Role> {
  return judge(await holds[lock](tx, accessValues(caller)), caller);
}

function judge([cells]: AccessCells[], { least }: Asking): Role {
  const [role = null, isLacking = false, isOver = false] = cells ?? [];
  if (isOver) throw unauthorized('the session was ended meanwhile');
  return requireMember({ role, lacksSecondFactor: isLacking }, least);
}
