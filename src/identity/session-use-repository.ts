import { sql } from 'drizzle-orm';
import type { Db } from '../db/client.ts';
import type { LastUses } from '../secrets/last-used.ts';

/** Where it is kept when sessions were last used, and when their users were last seen. */
export function createSessionUseRepository(db: Db): LastUses {
  return {
    /**
     * Moves `last_seen_at` forward, of sessions and of their users, in one statement; never back. Rows that somebody else
     * is changing are not waited for, so this can be part of no deadlock.
     * @param uses by the session's id, or the user's where another issuer holds the session
     */
    async recordUses(uses) {
      const ids = [...uses.keys()];
      const times = Array.from(uses.values(), ({ usedAt }) => new Date(usedAt).toISOString());
      const networks = Array.from(uses.values(), ({ network }) => network);
      const { rows } = await db.execute<{ id: string }>(sql`
        with seen as (
          select * from unnest(${sql.param(ids)}::uuid[], ${sql.param(times)}::timestamptz[], ${sql.param(networks)}::text[])
            as seen (id, at, network)
        ), held as materialized (
          select sessions.id, sessions.user_id, seen.at, seen.network
          from seen join sessions on sessions.id = seen.id
          for no key update of sessions skip locked
        ), moved as (
          update sessions set last_seen_at = greatest(sessions.last_seen_at, held.at), last_seen_ip = case
            when sessions.last_seen_at > held.at then sessions.last_seen_ip
            else coalesce(held.network, sessions.last_seen_ip)
          end
          from held where sessions.id = held.id
        ), people as (
          select user_id, max(at) as at from (
            select user_id, at from held
            union all
            select users.id, seen.at from seen join users on users.id = seen.id
          ) as uses group by user_id
        ), held_users as materialized (
          select users.id, people.at from people join users on users.id = people.user_id
          for no key update of users skip locked
        ), moved_users as (
          update users set last_seen_at = greatest(users.last_seen_at, held_users.at)
          from held_users where users.id = held_users.id
        )
        select seen.id from seen join sessions on sessions.id = seen.id
        where not exists (select from held where held.id = seen.id)
      `);
      return rows.map((row) => row.id);
    },
  };
}
