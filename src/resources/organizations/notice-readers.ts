import { and, asc, eq, inArray } from 'drizzle-orm';
import type { Tx } from '../../db/client.ts';
import { memberships, organizations } from '../../db/tables/organizations.ts';
import { users } from '../../db/tables/users.ts';

/** So many of an organization's owners and admins are mailed. */
const READERS_MAX = 100;

/** Who is told what concerns an organization. */
export interface NoticeReaders {
  organizationName: string;
  emails: string[];
}

/** The owners and admins of an organization, the longest members first. */
export async function findNoticeReaders(tx: Tx, organizationId: string): Promise<NoticeReaders> {
  const rows = await tx
    .select({ organizationName: organizations.name, email: users.email })
    .from(memberships)
    .innerJoin(users, eq(users.id, memberships.userId))
    .innerJoin(organizations, eq(organizations.id, memberships.organizationId))
    .where(and(eq(memberships.organizationId, organizationId), inArray(memberships.role, ['owner', 'admin'])))
    .orderBy(asc(memberships.id))
    .limit(READERS_MAX);
  return { organizationName: rows[0]?.organizationName ?? '', emails: rows.map(({ email }) => email) };
}
