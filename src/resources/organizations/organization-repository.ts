import { and, asc, eq, exists, not, or, sql } from 'drizzle-orm';
import type { Db, Tx } from '../../db/client.ts';
import { applications } from '../../db/tables/api-clients.ts';
import { memberships, organizations } from '../../db/tables/organizations.ts';
import type { Role } from '../../db/tables/organizations.ts';
import { hasSecondFactor } from '../../db/tables/second-factors.ts';

export interface Organization {
  id: string;
  name: string;
  contactEmail: string;
  role: Role;
  version: number;
  createdAt: string;
}

/** The list has no pages, so its length is bounded; each beyond is read by its id. */
export const ORGANIZATIONS_LISTED_MAX = 1_000;

export interface OrganizationChanges {
  name?: string | undefined;
  contactEmail?: string | undefined;
}

const columns = {
  id: organizations.id,
  name: organizations.name,
  contactEmail: organizations.contactEmail,
  role: memberships.role,
  version: organizations.version,
  createdAt: organizations.createdAt,
};

export type OrganizationRepository = ReturnType<typeof createOrganizationRepository>;

/** Organizations as one user sees them: those of which the user is a member. */
export function createOrganizationRepository(db: Db | Tx, userId: string) {
  const mine = () =>
    db
      .select(columns)
      .from(organizations)
      .innerJoin(memberships, and(eq(memberships.organizationId, organizations.id), eq(memberships.userId, userId)));

  const isMine = exists(
    db
      .select({ one: sql`1` })
      .from(memberships)
      .where(and(eq(memberships.organizationId, organizations.id), eq(memberships.userId, userId))),
  );

  return {
    async list(): Promise<Organization[]> {
      const rows = await mine().orderBy(asc(organizations.id)).limit(ORGANIZATIONS_LISTED_MAX);
      return rows.map(toOrganization);
    },

    /** Without those that demand a second factor which the user has not. */
    async listOpen(): Promise<Organization[]> {
      const isOpen = or(not(organizations.isSecondFactorRequired), hasSecondFactor(memberships.userId));
      const rows = await mine().where(isOpen).orderBy(asc(organizations.id)).limit(ORGANIZATIONS_LISTED_MAX);
      return rows.map(toOrganization);
    },

    async find(id: string): Promise<Organization | null> {
      const [row] = await mine().where(eq(organizations.id, id));
      return row === undefined ? null : toOrganization(row);
    },

    async insert(organization: { id: string; name: string; contactEmail: string }): Promise<void> {
      await db.insert(organizations).values(organization);
    },

    async insertMembership(membership: { id: string; organizationId: string; role: Role }): Promise<void> {
      await db.insert(memberships).values({ ...membership, userId });
    },

    /** The organization, whose row nobody else changes or deletes until the transaction ends. */
    async hold(id: string): Promise<Organization | null> {
      const [row] = await mine().where(eq(organizations.id, id)).for('update', { of: organizations });
      return row === undefined ? null : toOrganization(row);
    },

    /** The organization as this change made it. */
    async update(id: string, changes: OrganizationChanges): Promise<Organization | null> {
      const [row] = await db
        .update(organizations)
        .set({ ...changes, version: sql`${organizations.version} + 1`, updatedAt: sql`now()` })
        .from(memberships)
        .where(
          and(
            eq(organizations.id, id),
            eq(memberships.organizationId, organizations.id),
            eq(memberships.userId, userId),
          ),
        )
        .returning(columns);
      return row === undefined ? null : toOrganization(row);
    },

    /**
     * Takes everything of the organization along. The applications are held first, as those who delete an application
     * do: the cascade alone would begin with the API clients and could end in a deadlock.
     */
    async delete(id: string): Promise<void> {
      const isOfMine = and(isMine, eq(organizations.id, id));
      await db
        .select({ id: applications.id })
        .from(applications)
        .innerJoin(organizations, eq(organizations.id, applications.organizationId))
        .where(isOfMine)
        .orderBy(asc(applications.id))
        .for('update', { of: applications });
      await db.delete(organizations).where(isOfMine);
    },
  };
}

type Row = Omit<Organization, 'createdAt'> & { createdAt: Date };

function toOrganization({ id, name, contactEmail, role, version, createdAt }: Row): Organization {
  return { id, name, contactEmail, role, version, createdAt: createdAt.toISOString() };
}
