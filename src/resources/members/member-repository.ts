import { and, eq, sql } from 'drizzle-orm';
import type { Db, Tx } from '../../db/client.ts';
import { ownedKeyset } from '../../db/keyset.ts';
import { memberships, organizations } from '../../db/tables/organizations.ts';
import type { Role } from '../../db/tables/organizations.ts';
import { hasSecondFactor } from '../../db/tables/second-factors.ts';
import { users } from '../../db/tables/users.ts';
import type { PageRequest } from '../../http/pagination.ts';

export interface Member {
  id: string;
  userId: string;
  email: string;
  role: Role;
  hasSecondFactor: boolean;
  version: number;
  joinedAt: string;
  lastSeenAt: string | null;
}

/** A member, and the name of the organization, which its person knows it by. */
export interface HeldMember extends Member {
  organizationName: string;
}

const columns = {
  id: memberships.id,
  userId: memberships.userId,
  email: users.email,
  role: memberships.role,
  hasSecondFactor: hasSecondFactor(memberships.userId),
  version: memberships.version,
  joinedAt: memberships.createdAt,
  lastSeenAt: users.lastSeenAt,
};

/** Whether the organization has an owner without this member. */
const leavesOwner = sql`(memberships.role <> 'owner' or exists (
  select from memberships as others where others.organization_id = memberships.organization_id
    and others.role = 'owner' and others.id <> memberships.id
))`;

export type MemberRepository = ReturnType<typeof createMemberRepository>;

/** The members of one organization; those of others do not exist here. Who changes one holds the organization. */
export function createMemberRepository(db: Db | Tx, organizationId: string) {
  const owned = eq(memberships.organizationId, organizationId);
  const named = (id: string) => and(owned, eq(memberships.id, id));
  const select = () => db.select(columns).from(memberships).innerJoin(users, eq(users.id, memberships.userId));

  return {
    async list(page: PageRequest): Promise<Member[]> {
      const { isOnPage, inOrder } = ownedKeyset(
        { owner: memberships.organizationId, id: memberships.id, ownerId: organizationId },
        page,
      );
      const rows = await select().where(isOnPage).orderBy(inOrder).limit(page.limit);
      return rows.map(toMember);
    },

    async find(id: string): Promise<Member | null> {
      const [row] = await select().where(named(id));
      return row === undefined ? null : toMember(row);
    },

    /** The role that a user has at this moment; null for who is no member. */
    async findRole(userId: string): Promise<Role | null> {
      const [row] = await db
        .select({ role: memberships.role })
        .from(memberships)
        .where(and(owned, eq(memberships.userId, userId)));
      return row?.role ?? null;
    },

    /** Whether the user of this email, in lower case, is a member. */
    async hasEmail(email: string): Promise<boolean> {
      const rows = await db
        .select({ id: memberships.id })
        .from(memberships)
        .innerJoin(users, eq(users.id, memberships.userId))
        .where(and(owned, eq(users.email, email)));
      return rows.length > 0;
    },

    /** The member, whose row nobody else changes or deletes until the transaction ends. */
    async hold(id: string): Promise<HeldMember | null> {
      const [row] = await db
        .select({ ...columns, organizationName: organizations.name })
        .from(memberships)
        .innerJoin(users, eq(users.id, memberships.userId))
        .innerJoin(organizations, eq(organizations.id, memberships.organizationId))
        .where(named(id))
        .for('update', { of: memberships });
      return row === undefined ? null : { ...toMember(row), organizationName: row.organizationName };
    },

    /**
     * Makes somebody a member; who is one already stays what they are.
     * @returns whether it did
     */
    async insert(member: { id: string; userId: string; role: Role }): Promise<boolean> {
      const { rowCount } = await db
        .insert(memberships)
        .values({ ...member, organizationId })
        .onConflictDoNothing({ target: [memberships.organizationId, memberships.userId] });
      return (rowCount ?? 0) > 0;
    },

    /** @returns false, with nothing changed, where the organization would be left without an owner */
    async updateRole(id: string, role: Role): Promise<boolean> {
      const { rowCount } = await db
        .update(memberships)
        .set({ role, version: sql`${memberships.version} + 1` })
        .where(and(named(id), role === 'owner' ? undefined : leavesOwner));
      return (rowCount ?? 0) > 0;
    },

    /** @returns false, with nothing deleted, where the organization would be left without an owner */
    async delete(id: string): Promise<boolean> {
      const { rowCount } = await db.delete(memberships).where(and(named(id), leavesOwner));
      return (rowCount ?? 0) > 0;
    },
  };
}

type Row = Omit<Member, 'joinedAt' | 'lastSeenAt'> & { joinedAt: Date; lastSeenAt: Date | null };

function toMember(row: Row): Member {
  const { id, userId, email, role, hasSecondFactor, version, joinedAt, lastSeenAt } = row;
  return {
    ...{ id, userId, email, role, hasSecondFactor, version },
    joinedAt: joinedAt.toISOString(),
    lastSeenAt: lastSeenAt?.toISOString() ?? null,
  };
}
