import { and, asc, eq, exists, inArray, sql } from 'drizzle-orm';
import type { Db, Tx } from '../../db/client.ts';
import { memberships, organizations } from '../../db/tables/organizations.ts';
import type { Role } from '../../db/tables/organizations.ts';

export interface Organization {
  id: string;
  name: string;
  contactEmail: string;
  role: Role;
  version: number;
  createdAt: string;
}

export interface OrganizationChanges {
  name?: string;
  contactEmail?: string;
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
      const rows = await mine().orderBy(asc(organizations.id));
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

    /** Tells whether a row was changed: not when its version is none of those asked for. */
    async update(id: string, changes: OrganizationChanges, versions: number[] | undefined): Promise<boolean> {
      const rows = await db
        .update(organizations)
        .set({ ...changes, version: sql`${organizations.version} + 1`, updatedAt: sql`now()` })
        .where(and(isMine, eq(organizations.id, id), versions && inArray(organizations.version, versions)))
        .returning({ id: organizations.id });
      return rows.length > 0;
    },

    /** Takes everything of the organization along. Only under the name that was confirmed. */
    async delete(id: string, confirmedName: string, versions: number[] | undefined): Promise<boolean> {
      const rows = await db
        .delete(organizations)
        .where(
          and(
            isMine,
            eq(organizations.id, id),
            eq(organizations.name, confirmedName),
            versions && inArray(organizations.version, versions),
          ),
        )
        .returning({ id: organizations.id });
      return rows.length > 0;
    },
  };
}

type Row = Omit<Organization, 'createdAt'> & { createdAt: Date };

function toOrganization({ id, name, contactEmail, role, version, createdAt }: Row): Organization {
  return { id, name, contactEmail, role, version, createdAt: createdAt.toISOString() };
}
