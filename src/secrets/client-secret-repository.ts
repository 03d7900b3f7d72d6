import { and, asc, eq, inArray, isNull, sql } from 'drizzle-orm';
import type { Db, Tx } from '../db/client.ts';
import { keyset } from '../db/keyset.ts';
import type { KeysetPage } from '../db/keyset.ts';
import { thisMoment } from '../db/tables/columns.ts';
import { secrets } from '../db/tables/secrets.ts';
import type { SecretStatus } from '../db/tables/secrets.ts';
import { emailOf } from '../db/tables/users.ts';
import type { SecretRecord } from './secret-repository.ts';

/** A secret as people see it. */
export interface SecretSummary {
  id: string;
  hint: string;
  /** By the database's clock: what has run out is `expired`, whether that is written down yet or not. */
  status: SecretStatus;
  createdAt: string;
  /** The email of a user; null where that is not known any more. */
  createdBy: string | null;
  expiresAt: string | null;
  lastUsedAt: string | null;
  /** A network of 24 (IPv4) or 48 bits (IPv6). */
  lastUsedIp: string | null;
  endedAt: string | null;
  endedBy: string | null;
}

/** A secret that has not ended, as a change looks at it. */
export interface UsableSecret {
  id: string;
  hint: string;
  status: 'active' | 'retiring';
  createdAt: Date;
  expiresAt: Date | null;
  lastUsedAt: Date | null;
}

/** One that is not written down as ended; it may have run out. */
export interface CurrentSecret extends UsableSecret {
  /** Of a retiring one, the end it had before; it has it again when the rotation is cancelled. */
  ownExpiresAt: Date | null;
  hasRunOut: boolean;
}

export interface NewSecret extends SecretRecord {
  id: string;
  /** The id of a user. */
  createdBy: string | null;
  /** RFC 3339. */
  expiresAt: string | null;
}

const hasRunOut = sql<boolean>`coalesce(${secrets.endedAt} is null and ${secrets.expiresAt} <= now(), false)`;

const columns = {
  id: secrets.id,
  hint: secrets.hint,
  status: sql<SecretStatus>`case when ${hasRunOut} then 'expired' else ${secrets.status} end`,
  createdAt: secrets.createdAt,
  createdBy: emailOf(secrets.createdBy),
  expiresAt: secrets.expiresAt,
  lastUsedAt: secrets.lastUsedAt,
  lastUsedIp: secrets.lastUsedIp,
  endedAt: sql<Date | null>`coalesce(${secrets.endedAt}, case when ${hasRunOut} then ${secrets.expiresAt} end)`.mapWith(
    secrets.endedAt,
  ),
  endedBy: emailOf(secrets.endedBy),
};

/** Makes a secret history. An imported lookup stays, and finds nothing: no other organization is to import it. */
const ended = {
  lookupId: null,
  hash: null,
  pepperVersion: null,
  importedDigest: null,
  ownExpiresAt: null,
};

export type ClientSecretRepository = ReturnType<typeof createClientSecretRepository>;

/**
 * The secrets of one API client, which the caller's tenant was found to own. Changes are for a transaction that holds
 * the client.
 */
export function createClientSecretRepository(db: Db | Tx, apiClientId: string) {
  const own = eq(secrets.apiClientId, apiClientId);
  const ofId = (id: string) => and(own, eq(secrets.id, id));
  const select = () => db.select(columns).from(secrets);

  return {
    /** All that are kept. */
    async list({ limit, ...page }: KeysetPage & { limit: number }): Promise<SecretSummary[]> {
      const { isOnPage, inOrder } = keyset(secrets.id, page);
      const rows = await select().where(and(own, isOnPage)).orderBy(inOrder).limit(limit);
      return rows.map(toSummary);
    },

    async find(id: string): Promise<SecretSummary | null> {
      const [row] = await select().where(ofId(id));
      return row === undefined ? null : toSummary(row);
    },

    /** Those that are not written down as ended, the oldest first: at most two. */
    async listCurrent(): Promise<CurrentSecret[]> {
      const rows = await db
        .select({
          id: secrets.id,
          hint: secrets.hint,
          status: sql<UsableSecret['status']>`${secrets.status}`,
          createdAt: secrets.createdAt,
          expiresAt: secrets.expiresAt,
          ownExpiresAt: secrets.ownExpiresAt,
          lastUsedAt: secrets.lastUsedAt,
          hasRunOut,
        })
        .from(secrets)
        .where(and(own, isNull(secrets.endedAt)))
        .orderBy(asc(secrets.id));
      return rows;
    },

    /** Becomes the active one: the place must be free. */
    async insert({ expiresAt, ...secret }: NewSecret): Promise<void> {
      const end = expiresAt === null ? null : new Date(expiresAt);
      await db.insert(secrets).values({ ...secret, apiClientId, expiresAt: end });
    },

    /** Writes down that time has ended them. */
    async expire(ids: readonly string[]): Promise<void> {
      if (ids.length === 0) return;
      await db
        .update(secrets)
        .set({ ...ended, status: 'expired', endedAt: secrets.expiresAt })
        .where(and(own, inArray(secrets.id, ids)));
    },

    async revoke(ids: readonly string[], endedBy: string): Promise<void> {
      if (ids.length === 0) return;
      await db
        .update(secrets)
        .set({ ...ended, status: 'revoked', endedAt: thisMoment, endedBy, expiresAt: thisMoment })
        .where(and(own, inArray(secrets.id, ids)));
    },

    /** Lets the active one run out after the overlap, or at its own end if that comes first. */
    async retire(id: string, overlapSeconds: number): Promise<void> {
      const overlapEnd = sql`${thisMoment} + make_interval(secs => ${overlapSeconds})`;
      await db
        .update(secrets)
        .set({
          status: 'retiring',
          ownExpiresAt: secrets.expiresAt,
          expiresAt: sql`least(${secrets.expiresAt}, ${overlapEnd})`,
        })
        .where(ofId(id));
    },

    /** Makes the retiring one the active one again, with no end but its own. The place must be free. */
    async reinstate(id: string): Promise<void> {
      await db
        .update(secrets)
        .set({ status: 'active', expiresAt: secrets.ownExpiresAt, ownExpiresAt: null })
        .where(ofId(id));
    },

    /** Of a retiring one, an own end that would come before this moves along. */
    async updateEnd(id: string, expiresAt: string | null): Promise<void> {
      const end = expiresAt === null ? null : new Date(expiresAt);
      const moment = sql`${end?.toISOString() ?? null}::timestamptz`;
      const ownEnd = sql`case when ${secrets.ownExpiresAt} < ${moment} then ${moment} else ${secrets.ownExpiresAt} end`;
      await db.update(secrets).set({ expiresAt: end, ownExpiresAt: ownEnd }).where(ofId(id));
    },
  };
}

type Moment = 'createdAt' | 'expiresAt' | 'lastUsedAt' | 'endedAt';
type Row = Omit<SecretSummary, Moment> & { createdAt: Date } & Record<Exclude<Moment, 'createdAt'>, Date | null>;

function toSummary({ createdAt, expiresAt, lastUsedAt, endedAt, ...row }: Row): SecretSummary {
  return {
    ...row,
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt?.toISOString() ?? null,
    lastUsedAt: lastUsedAt?.toISOString() ?? null,
    endedAt: endedAt?.toISOString() ?? null,
  };
}
