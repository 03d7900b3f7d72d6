import { and, asc, eq, sql } from 'drizzle-orm';
import type { Db } from '../../db/client.ts';
import type { Leftovers } from '../../db/leftovers.ts';
import { clientUsage } from '../../db/tables/client-usage.ts';

/** As many days can be asked for; older ones are deleted. */
export const USAGE_DAYS_MAX = 400;

const today = sql`(now() at time zone 'utc')::date`;

export const usageLeftovers: Leftovers = {
  table: clientUsage,
  areOver: sql`day < (now() at time zone 'utc')::date - ${sql.raw(String(USAGE_DAYS_MAX))}`,
};

/** Checks of one client on one day. */
export interface UsageCount {
  clientId: string;
  /** `YYYY-MM-DD`, UTC. */
  day: string;
  accepted: number;
  refused: number;
}

export type DayUsage = Omit<UsageCount, 'clientId'>;

export interface Usage {
  /** The first of the days that were asked for. */
  since: string;
  /** The days with a check, the oldest first. */
  days: DayUsage[];
}

export interface UsageRepository {
  /**
   * Adds to what is there, of clients and of their applications and organizations. Rows are taken in one order, so that
   * any number of processes may do it at once. Clients that are gone are left out.
   */
  add: (counts: readonly UsageCount[]) => Promise<void>;
  /** @param subjectId of an API client, an application or an organization that the caller may see */
  find: (subjectId: string, days: number) => Promise<Usage>;
}

export function createUsageRepository(db: Db): UsageRepository {
  return {
    async add(counts) {
      const column = <T>(read: (count: UsageCount) => T) => sql.param(counts.map(read));
      await db.execute(sql`
        with counted as (
          select * from unnest(
            ${column(({ clientId }) => clientId)}::text[], ${column(({ day }) => day)}::date[],
            ${column(({ accepted }) => accepted)}::bigint[], ${column(({ refused }) => refused)}::bigint[]
          ) as counted (client_id, day, accepted, refused)
        ), summed as (
          select subject.id, counted.day, sum(counted.accepted) as accepted, sum(counted.refused) as refused
          from counted
          join api_clients on api_clients.client_id = counted.client_id
          cross join lateral (
            values (api_clients.id), (api_clients.application_id), (api_clients.organization_id)
          ) as subject (id)
          where subject.id is not null
          group by subject.id, counted.day
        )
        insert into client_usage (subject_id, day, accepted, refused)
        select id, day, accepted, refused from summed order by id, day
        on conflict (subject_id, day) do update set
          accepted = client_usage.accepted + excluded.accepted, refused = client_usage.refused + excluded.refused
      `);
    },

    async find(subjectId, days) {
      const since = sql`${today} - ${days - 1}::int`;
      const [{ first } = { first: '' }] = await db
        .select({ first: sql<string>`first::text`.as('first') })
        .from(sql`(select ${since} as first) as range`);
      const found = await db
        .select({ day: clientUsage.day, accepted: clientUsage.accepted, refused: clientUsage.refused })
        .from(clientUsage)
        .where(and(eq(clientUsage.subjectId, subjectId), sql`${clientUsage.day} >= ${first}::date`))
        .orderBy(asc(clientUsage.day));
      return { since: first, days: found };
    },
  };
}
