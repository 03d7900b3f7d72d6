import { and, eq, sql } from 'drizzle-orm';
import type { Db, Tx } from '../db/client.ts';
import type { Leftovers } from '../db/leftovers.ts';
import { secrets } from '../db/tables/secrets.ts';
import type { LastUse } from './last-used.ts';

/** For how long one can see that there was a secret. */
export const ENDED_SECRET_DAYS = 90;

export const secretLeftovers: Leftovers = {
  table: secrets,
  areOver: sql.raw(`ended_at < now() - interval '${ENDED_SECRET_DAYS} days'`),
};

/** What of a secret is compared with and found by. */
export interface SecretRecord {
  lookupId: string;
  hash: string;
  pepperVersion: string;
  hint: string;
}

export type SecretRepository = ReturnType<typeof createSecretRepository>;

/** What the hashed-secret store writes, whoever a secret belongs to. */
export function createSecretRepository(db: Db | Tx) {
  return {
    /** Replaces a hash, if it still is the one that was read. */
    async updateHash(secretId: string, oldHash: string, fresh: { hash: string; pepperVersion: string }): Promise<void> {
      await db
        .update(secrets)
        .set(fresh)
        .where(and(eq(secrets.id, secretId), eq(secrets.hash, oldHash)));
    },

    /** The network that a secret was last used from, as far as that was written; null where nobody knows. */
    async findLastNetwork(secretId: string): Promise<string | null> {
      const [row] = await db.select({ network: secrets.lastUsedIp }).from(secrets).where(eq(secrets.id, secretId));
      return row?.network ?? null;
    },

    /**
     * Moves `last_used_at` forward, of secrets and of their clients, in one statement; never back. Rows that somebody
     * else is changing are not waited for, so this can be part of no deadlock; their ids are returned.
     *
     * @param uses by the secret's id
     */
    async recordUses(uses: ReadonlyMap<string, LastUse>): Promise<string[]> {
      const ids = [...uses.keys()];
      const times = Array.from(uses.values(), ({ usedAt }) => new Date(usedAt).toISOString());
      const networks = Array.from(uses.values(), ({ network }) => network);
      const { rows } = await db.execute<{ secret_id: string }>(sql`
        with used as (
          select * from unnest(${sql.param(ids)}::uuid[], ${sql.param(times)}::timestamptz[], ${sql.param(networks)}::text[])
            as used (secret_id, used_at, network)
        ), held as materialized (
          select api_clients.id as client_id, secrets.id as secret_id, used.used_at, used.network
          from used
          join secrets on secrets.id = used.secret_id
          join api_clients on api_clients.id = secrets.api_client_id
          for no key update of secrets, api_clients skip locked
        ), moved as (
          update secrets set last_used_at = greatest(secrets.last_used_at, held.used_at), last_used_ip = case
            when secrets.last_used_at > held.used_at then secrets.last_used_ip
            else coalesce(held.network, secrets.last_used_ip)
          end
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
