import { and, eq, gt, sql } from 'drizzle-orm';
import type { Db, Tx } from '../../db/client.ts';
import { nameStatement } from '../../db/named-query.ts';
import { apiClients, applications } from '../../db/tables/api-clients.ts';
import { invitations } from '../../db/tables/invitations.ts';
import { memberships } from '../../db/tables/organizations.ts';
import { users } from '../../db/tables/users.ts';
import { AppError } from '../../errors.ts';
import type { Quotas } from '../../rules/quotas.ts';

const id = sql.placeholder('id');
const max = sql.placeholder('max');

const holdUser = nameStatement('hold_user', (db) =>
  db.select({ id: users.id }).from(users).where(eq(users.id, id)).for('no key update'),
);

const one = { one: sql`1`.as('one') };
const countRows = (db: Db | Tx, rows: ReturnType<typeof selectApiClients>) =>
  db.select({ count: sql<number>`count(*)::int` }).from(rows);
const selectApiClients = (db: Db | Tx) =>
  db.select(one).from(apiClients).where(eq(apiClients.organizationId, id)).limit(max).as('counted');

/**
 * The quotas: how the row they belong to is held, where that is not done already, and the count of what
 * there is, up to the quota.
 */
const rules = {
  organizations: {
    hold: holdUser,
    count: nameStatement<[number]>('count_owned_organizations', (db) => {
      const isOwned = and(eq(memberships.userId, id), eq(memberships.role, 'owner'));
      return countRows(db, db.select(one).from(memberships).where(isOwned).limit(max).as('counted'));
    }),
    of: 'organizations that one user owns',
  },
  applications: {
    hold: undefined,
    count: nameStatement<[number]>('count_applications', (db) => {
      const isOwned = eq(applications.organizationId, id);
      return countRows(db, db.select(one).from(applications).where(isOwned).limit(max).as('counted'));
    }),
    of: 'applications in one organization',
  },
  members: {
    hold: undefined,
    count: nameStatement<[number]>('count_members', (db) => {
      const isOwned = eq(memberships.organizationId, id);
      return countRows(db, db.select(one).from(memberships).where(isOwned).limit(max).as('counted'));
    }),
    of: 'members of one organization',
  },
  pending_invitations: {
    hold: undefined,
    count: nameStatement<[number]>('count_invitations', (db) => {
      const isOpen = and(eq(invitations.organizationId, id), gt(invitations.expiresAt, sql`now()`));
      return countRows(db, db.select(one).from(invitations).where(isOpen).limit(max).as('counted'));
    }),
    of: 'open invitations of one organization',
  },
  api_clients: {
    hold: undefined,
    count: nameStatement<[number]>('count_api_clients', (db) => countRows(db, selectApiClients(db))),
    of: 'API clients in one organization',
  },
};

/**
 * Makes sure that there is room for one more, of which the caller is told: never asked of a user for somebody else. The row
 * that the quota belongs to is held until the transaction ends: of simultaneous creations each counts those before it.
 *
 * @param owner the user for organizations, otherwise the organization, which the caller holds (`holdPolicy`)
 * @throws AppError `quota_reached`, and `not_found` when the user is gone
 */
export async function requireRoom(
  tx: Tx,
  quotas: Quotas,
  [name, owner]: [name: keyof typeof rules, owner: string],
): Promise<void> {
  if ((await countRoom(tx, quotas, [name, owner])) > 0) return;
  throw quotaReached(name, quotas[name]);
}

/**
 * For how many more there is room, as {@link requireRoom} counts; infinity without a quota.
 * @throws AppError `not_found` when the user is gone
 */
export async function countRoom(
  tx: Tx,
  quotas: Quotas,
  [name, owner]: [name: keyof typeof rules, owner: string],
): Promise<number> {
  const quota = quotas[name];
  if (quota === 0) return Infinity;
  const { hold, count } = rules[name];
  if (hold !== undefined && (await hold(tx, { id: owner })).length === 0) throw new AppError('not_found');
  // A statement of its own: it sees what was committed while the row was waited for.
  const [[counted] = [0]] = await count(tx, { id: owner, max: quota });
  return quota - counted;
}

export function quotaReached(name: keyof typeof rules, quota: number): AppError {
  return new AppError('quota_reached', { detail: `The limit is ${quota} ${rules[name].of}.` });
}
