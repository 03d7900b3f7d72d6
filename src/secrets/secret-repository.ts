import { and, asc, eq, gt, isNotNull, isNull, or, sql } from 'drizzle-orm';
import type { Db, Tx } from '../db/client.ts';
import { secrets } from '../db/tables/secrets.ts';
import type { Leftovers } from '../db/leftovers.ts';

export const secretLeftovers: Leftovers = { table: secrets, areOver: sql`expires_at < now() - interval '1 hour'` };

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

export type SecretRepository = ReturnType<typeof createSecretRepository>;

export function createSecretRepository(db: Db | Tx) {
  return {
    async insert(secret: SecretRecord & { id: string; apiClientId: string }): Promise<void> {
      await db.insert(secrets).values(secret);
    },

    async deleteAll(apiClientId: string): Promise<void> {
      await db.delete(secrets).where(eq(secrets.apiClientId, apiClientId));
    },

    /**
     * Lets the current secret run out after the overlap; one that was running out already ends now. Without a current
     * secret nothing changes.
     */
    async expireCurrent(apiClientId: string, overlapSeconds: number): Promise<void> {
      const isOwn = eq(secrets.apiClientId, apiClientId);
      const hasCurrent = sql`exists (
        select from ${secrets} as current where current.api_client_id = ${apiClientId} and current.expires_at is null
      )`;
      await db.delete(secrets).where(and(isOwn, isNotNull(secrets.expiresAt), hasCurrent));
      await db
        .update(secrets)
        .set({ expiresAt: sql`now() + make_interval(secs => ${overlapSeconds})` })
        .where(and(isOwn, isNull(secrets.expiresAt)));
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
     *
     * @param uses milliseconds since the epoch, by the secret's id
     */
    async recordUses(uses: ReadonlyMap<string, number>): Promise<string[]> {
      const ids = [...uses.keys()];
      const times = Array.from(uses.values(), (usedAt) => new Date(usedAt).toISOString());
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
