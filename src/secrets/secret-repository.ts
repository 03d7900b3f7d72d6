import { and, asc, eq, gt, isNotNull, isNull, or, sql } from 'drizzle-orm';
import type { Db, Tx } from '../db/client.ts';
import { apiClients } from '../db/tables/api-clients.ts';
import type { ClientStatus, Environment } from '../db/tables/api-clients.ts';
import { applications } from '../db/tables/applications.ts';
import { secrets } from '../db/tables/secrets.ts';

export interface SecretRecord {
  lookupId: string;
  hash: string;
  pepperVersion: string;
  hint: string;
}

/** A secret as people see it. */
export interface SecretSummary {
  id: string;
  hint: string;
  createdAt: string;
  expiresAt: string | null;
  lastUsedAt: string | null;
}

/** A stored secret with the current state of the client it belongs to. */
export interface SecretState {
  secretId: string;
  hash: string;
  pepperVersion: string;
  clientId: string;
  name: string;
  organizationId: string;
  applicationId: string | null;
  environment: Environment;
  permissions: string[];
  status: ClientStatus;
  /** When the secret or its client runs out, whichever comes first. */
  expiresAt: Date | null;
  /** By the clock of the database, which all processes share. */
  isExpired: boolean;
  allowedRedirectUrls: string[];
  applicationRedirectUris: string[] | null;
}

export type SecretRepository = ReturnType<typeof createSecretRepository>;

export function createSecretRepository(db: Db | Tx) {
  return {
    async insert(secret: SecretRecord & { id: string; apiClientId: string }): Promise<void> {
      await db.insert(secrets).values(secret);
    },

    async deleteAll(apiClientId: string): Promise<void> {
      await db.delete(secrets).where(eq(secrets.apiClientId, apiClientId));
    },

    /** Lets the current secret run out after the overlap, and any that was running out already end now. */
    async expireCurrent(apiClientId: string, overlapSeconds: number): Promise<void> {
      await db.delete(secrets).where(and(eq(secrets.apiClientId, apiClientId), isNotNull(secrets.expiresAt)));
      await db
        .update(secrets)
        .set({ expiresAt: sql`now() + make_interval(secs => ${overlapSeconds})` })
        .where(eq(secrets.apiClientId, apiClientId));
    },

    /** The usable secrets of a client, the oldest first. */
    async list(apiClientId: string): Promise<SecretSummary[]> {
      const rows = await db
        .select({
          id: secrets.id,
          hint: secrets.hint,
          createdAt: secrets.createdAt,
          expiresAt: secrets.expiresAt,
          lastUsedAt: secrets.lastUsedAt,
        })
        .from(secrets)
        .where(
          and(eq(secrets.apiClientId, apiClientId), or(isNull(secrets.expiresAt), gt(secrets.expiresAt, sql`now()`))),
        )
        .orderBy(asc(secrets.id));
      return rows.map(({ createdAt, expiresAt, lastUsedAt, ...row }) => ({
        ...row,
        createdAt: createdAt.toISOString(),
        expiresAt: expiresAt?.toISOString() ?? null,
        lastUsedAt: lastUsedAt?.toISOString() ?? null,
      }));
    },

    async delete(apiClientId: string, id: string): Promise<boolean> {
      const rows = await db
        .delete(secrets)
        .where(and(eq(secrets.apiClientId, apiClientId), eq(secrets.id, id)))
        .returning({ id: secrets.id });
      return rows.length > 0;
    },

    /** Replaces a hash, if it still is the one that was read. */
    async updateHash(secretId: string, oldHash: string, fresh: { hash: string; pepperVersion: string }): Promise<void> {
      await db
        .update(secrets)
        .set(fresh)
        .where(and(eq(secrets.id, secretId), eq(secrets.hash, oldHash)));
    },

    /**
     * Moves `last_used_at` forward, of secrets and of their clients, in one statement; never back. Rows that somebody
     * else is changing are not waited for, so this can be part of no deadlock; their ids are returned.
     */
    async recordUses(uses: ReadonlyMap<string, Date>): Promise<string[]> {
      const ids = [...uses.keys()];
      const times = [...uses.values()].map((time) => time.toISOString());
      const { rows } = await db.execute<{ secret_id: string }>(sql`
        with used as (
          select * from unnest(${sql.param(ids)}::uuid[], ${sql.param(times)}::timestamptz[]) as used (secret_id, used_at)
        ), held as materialized (
          select api_clients.id as client_id, secrets.id as secret_id, used.used_at
          from used
          join secrets on secrets.id = used.secret_id
          join api_clients on api_clients.id = secrets.api_client_id
          for no key update of secrets, api_clients skip locked
        ), moved as (
          update secrets set last_used_at = greatest(secrets.last_used_at, held.used_at)
          from held where secrets.id = held.secret_id
        ), moved_clients as (
          update api_clients set last_used_at = greatest(api_clients.last_used_at, latest.used_at)
          from (select client_id, max(used_at) as used_at from held group by client_id) as latest
          where api_clients.id = latest.client_id
        )
        select used.secret_id from used join secrets on secrets.id = used.secret_id
        where not exists (select from held where held.secret_id = used.secret_id)
      `);
      return rows.map((row) => row.secret_id);
    },
  };
}

/** Reads the state that decides about a presented secret. One prepared query on primary and unique keys. */
export function createSecretStateReader(db: Db): (lookupId: string) => Promise<SecretState | undefined> {
  const expiresAt = sql`least(${secrets.expiresAt}, ${apiClients.expiresAt})`;
  const query = db
    .select({
      secretId: secrets.id,
      hash: secrets.hash,
      pepperVersion: secrets.pepperVersion,
      clientId: apiClients.clientId,
      name: apiClients.name,
      organizationId: apiClients.organizationId,
      applicationId: apiClients.applicationId,
      environment: apiClients.environment,
      permissions: apiClients.permissions,
      status: apiClients.status,
      expiresAt: sql<Date | null>`${expiresAt}`.mapWith(secrets.expiresAt),
      isExpired: sql<boolean>`coalesce(${expiresAt} <= now(), false)`,
      allowedRedirectUrls: apiClients.allowedRedirectUrls,
      applicationRedirectUris: applications.redirectUris,
    })
    .from(secrets)
    .innerJoin(apiClients, eq(apiClients.id, secrets.apiClientId))
    .leftJoin(applications, eq(applications.id, apiClients.applicationId))
    .where(eq(secrets.lookupId, sql.placeholder('lookupId')))
    .prepare('find_secret_state');

  return async (lookupId) => {
    const [row] = await query.execute({ lookupId });
    return row;
  };
}
