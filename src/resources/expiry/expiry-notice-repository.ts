import { sql } from 'drizzle-orm';
import type { Db, Tx } from '../../db/client.ts';
import type { Leftovers } from '../../db/leftovers.ts';
import { expiryNotices } from '../../db/tables/expiry-notices.ts';
import type { EndingCredential } from '../../mail/text/en.ts';

export const expiryNoticeLeftovers: Leftovers = {
  table: expiryNotices,
  areOver: sql`expires_at < now() - interval '1 day'`,
};

/**
 * What ends within 30 days and whose notice for the nearest of 30, 7 and 1 days is still to be given. Not what was made to
 * last no more than a day: whoever makes such things knows. Not a secret that its client does not outlive: one line is
 * enough.
 */
const due = sql`
  select ends.*, case when expires_at <= now() + interval '1 day' then 1
    when expires_at <= now() + interval '7 days' then 7 else 30 end as days_before
  from (
    select organization_id, id as subject_id, id as api_client_id, null as hint, false as is_retiring, expires_at,
      created_at as began_at
    from api_clients where expires_at > now() and expires_at <= now() + interval '30 days'
    union all
    select organization_id, s.id, c.id, s.hint, s.status = 'retiring', s.expires_at,
      coalesce((select active.created_at from secrets active
        where s.status = 'retiring' and active.api_client_id = c.id and active.status = 'active'), s.created_at)
    from secrets s join api_clients c on c.id = s.api_client_id
    where s.ended_at is null and s.expires_at > now() and s.expires_at <= now() + interval '30 days'
      and (c.expires_at is null or c.expires_at > s.expires_at)
  ) ends
  where expires_at - began_at > interval '1 day'`;

/** One of the last day counts for another end as well: an end that is moved again and again is no way to send mails. */
const isToBeGiven = sql`not exists (select from expiry_notices given where given.subject_id = due.subject_id
  and given.days_before = due.days_before
  and (given.expires_at = due.expires_at or given.created_at > now() - interval '1 day'))`;

/** The organizations in which something is to be told, by their ids, after `afterId`. */
export async function listOrganizationsToTell(
  db: Db,
  { afterId, limit }: { afterId: string; limit: number },
): Promise<string[]> {
  const { rows } = await db.execute<{ id: string }>(sql`
    select distinct organization_id as id from (${due}) due
    where organization_id > ${afterId} and ${isToBeGiven} order by organization_id limit ${limit}`);
  return rows.map(({ id }) => id);
}

/** What was claimed: the first to end, and how many there are. */
export interface Claimed {
  first: EndingCredential[];
  count: number;
}

type Row = EndingCredential & { count: number } & Record<string, unknown>;

/** The notices of one organization; those of others do not exist here. */
export function createExpiryNoticeRepository(tx: Tx, organizationId: string) {
  return {
    /**
     * Notes every notice that is due as given. Of processes that do so at once, the later one waits and gets nothing.
     * @param firstMax how many of them are named
     */
    async claim(firstMax: number): Promise<Claimed> {
      const { rows } = await tx.execute<Row>(sql`
        with due as materialized (
          select * from (${due}) due where organization_id = ${organizationId} and ${isToBeGiven}
        ), claimed as (
          insert into expiry_notices (subject_id, expires_at, days_before)
          select subject_id, expires_at, days_before from due on conflict do nothing returning subject_id
        )
        select client_id as "clientId", name, environment, hint, is_retiring as "isRetiring",
          to_char(due.expires_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI') as "endsAt", (count(*) over ())::int as count
        from claimed join due using (subject_id) join api_clients on api_clients.id = due.api_client_id
        order by due.expires_at, subject_id limit ${firstMax}`);
      return { first: rows, count: rows[0]?.count ?? 0 };
    },
  };
}
