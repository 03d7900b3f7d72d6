import { and, eq, gt, lte, sql } from 'drizzle-orm';
import type { Db, Tx } from '../../db/client.ts';
import { keyset } from '../../db/keyset.ts';
import type { Leftovers } from '../../db/leftovers.ts';
import { invitations } from '../../db/tables/invitations.ts';
import { organizations } from '../../db/tables/organizations.ts';
import type { Role } from '../../db/tables/organizations.ts';
import { emailOf } from '../../db/tables/users.ts';
import type { PageRequest } from '../../http/pagination.ts';

export const invitationLeftovers: Leftovers = { table: invitations, areOver: sql`expires_at < now()` };

export interface Invitation {
  id: string;
  /** Lower case. */
  email: string;
  role: Role;
  /** The email of a user; null once that is gone. */
  invitedBy: string | null;
  version: number;
  createdAt: string;
  sentAt: string;
  expiresAt: string;
}

export interface NewInvitation {
  id: string;
  /** Lower case. */
  email: string;
  role: Role;
  digest: string;
  invitedBy: string;
}

/** What a token opens. */
export interface OpenInvitation {
  organizationId: string;
  organizationName: string;
  email: string;
}

export const INVITATION_DAYS = 7;
const end = sql`now() + make_interval(hours => ${24 * INVITATION_DAYS})`;

const columns = {
  id: invitations.id,
  email: invitations.email,
  role: invitations.role,
  invitedBy: emailOf(invitations.invitedBy),
  version: invitations.version,
  createdAt: invitations.createdAt,
  sentAt: invitations.sentAt,
  expiresAt: invitations.expiresAt,
};

const isOpen = gt(invitations.expiresAt, sql`now()`);

/** The invitation that a token belongs to, whichever organization's it is; null when it is spent, expired or nobody's. */
export async function findOpenInvitation(db: Db | Tx, digest: string): Promise<OpenInvitation | null> {
  const [row] = await db
    .select({
      organizationId: invitations.organizationId,
      organizationName: organizations.name,
      email: invitations.email,
    })
    .from(invitations)
    .innerJoin(organizations, eq(organizations.id, invitations.organizationId))
    .where(and(eq(invitations.digest, digest), isOpen));
  return row ?? null;
}

export type InvitationRepository = ReturnType<typeof createInvitationRepository>;

/** The invitations of one organization that have not run out; those of others do not exist here. */
export function createInvitationRepository(db: Db | Tx, organizationId: string) {
  const owned = and(eq(invitations.organizationId, organizationId), isOpen);
  const named = (id: string) => and(owned, eq(invitations.id, id));
  const select = () => db.select(columns).from(invitations);

  return {
    async list(page: PageRequest): Promise<Invitation[]> {
      const { isOnPage, inOrder } = keyset(invitations.id, page);
      const rows = await select().where(and(owned, isOnPage)).orderBy(inOrder).limit(page.limit);
      return rows.map(toInvitation);
    },

    async find(id: string): Promise<Invitation | null> {
      const [row] = await select().where(named(id));
      return row === undefined ? null : toInvitation(row);
    },

    async findByEmail(email: string): Promise<Invitation | null> {
      const [row] = await select().where(and(owned, eq(invitations.email, email)));
      return row === undefined ? null : toInvitation(row);
    },

    /** The invitation, which nobody else changes, withdraws or accepts until the transaction ends. */
    async hold(id: string): Promise<Invitation | null> {
      const [row] = await select().where(named(id)).for('update', { of: invitations });
      return row === undefined ? null : toInvitation(row);
    },

    /** Null, with nothing made, where the email is invited already. One that ran out gives its place. */
    async insert(invitation: NewInvitation): Promise<Invitation | null> {
      const fresh = { ...invitation, expiresAt: end, version: 1, createdAt: sql`now()`, sentAt: sql`now()` };
      const [row] = await db
        .insert(invitations)
        .values({ ...fresh, organizationId })
        .onConflictDoUpdate({
          target: [invitations.organizationId, invitations.email],
          set: fresh,
          setWhere: lte(invitations.expiresAt, sql`now()`),
        })
        .returning(columns);
      return row === undefined ? null : toInvitation(row);
    },

    /** Begins its time anew. The token before is good for nothing. */
    async renew(id: string, digest: string): Promise<Invitation | null> {
      const [row] = await db
        .update(invitations)
        .set({ digest, sentAt: sql`now()`, expiresAt: end, version: sql`${invitations.version} + 1` })
        .where(named(id))
        .returning(columns);
      return row === undefined ? null : toInvitation(row);
    },

    async delete(id: string): Promise<void> {
      await db.delete(invitations).where(named(id));
    },

    /** Spends a token: of many uses at the same time, and of one beside a withdrawal, one gets the invitation. */
    async take(digest: string): Promise<Invitation | null> {
      const [row] = await db
        .delete(invitations)
        .where(and(owned, eq(invitations.digest, digest)))
        .returning(columns);
      return row === undefined ? null : toInvitation(row);
    },
  };
}

type Row = Omit<Invitation, 'createdAt' | 'sentAt' | 'expiresAt'> & Record<'createdAt' | 'sentAt' | 'expiresAt', Date>;

function toInvitation({ createdAt, sentAt, expiresAt, ...row }: Row): Invitation {
  return {
    ...row,
    createdAt: createdAt.toISOString(),
    sentAt: sentAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
  };
}
