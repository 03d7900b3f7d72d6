import { and, asc, eq, gt, inArray, isNotNull, sql } from 'drizzle-orm';
import type { SQL } from 'drizzle-orm';
import type { Db, Tx } from '../../db/client.ts';
import { apiClients } from '../../db/tables/api-clients.ts';
import type { Environment } from '../../db/tables/api-clients.ts';
import { thisMoment } from '../../db/tables/columns.ts';
import { organizations } from '../../db/tables/organizations.ts';

/** So long before it happens is a pause announced. */
export const NOTICE_DAYS = 7;
/** Of one mail: as many as an organization has at most by default. */
const ANNOUNCED_MAX = 10_000;
/** Each leaves an audit event. */
export const PAUSED_MAX = 100;

/** A client that is paused for not having been used, or will be. */
export interface UnusedClient {
  clientId: string;
  name: string;
  environment: Environment;
}

const days = (count: number | SQL | typeof organizations.unusedPauseDays) => sql`make_interval(days => ${count})`;
const notice = days(sql.raw(String(NOTICE_DAYS)));
/** A client that was never used counts from its making. */
const lastActive = sql`coalesce(${apiClients.lastUsedAt}, ${apiClients.createdAt})`;

/** What the conditions say goes by the number of days that the policy says. */
function conditions(pauseDays: number | typeof organizations.unusedPauseDays) {
  const isDueAt = (moment: SQL) => sql`${lastActive} + ${days(pauseDays)} <= ${moment}`;
  // Announced, not used since, and the policy has not become more patient meanwhile.
  const isAnnounced = sql`(${isDueAt(sql`${apiClients.unusedPauseAt}`)}
    and ${lastActive} <= ${apiClients.unusedPauseAt} - ${notice}) is true`;
  const isActive = sql`${apiClients.status} = 'active'
    and (${apiClients.expiresAt} is null or ${apiClients.expiresAt} > now())`;
  return {
    // What was used within a day is in use, also where the policy's days are fewer than those of the notice.
    mustBeAnnounced: sql`${isActive} and ${isDueAt(sql`now() + ${notice}`)} and ${lastActive} <= now() - ${days(1)}
      and not ${isAnnounced}`,
    mustBePaused: sql`${isActive} and ${isAnnounced} and ${apiClients.unusedPauseAt} <= now()`,
  };
}

/** Organizations in which there is something to announce or to pause, by their ids. */
export async function listOrganizationsWithUnusedClients(
  db: Db,
  { afterId, limit }: { afterId: string; limit: number },
): Promise<string[]> {
  const { mustBeAnnounced, mustBePaused } = conditions(organizations.unusedPauseDays);
  const rows = await db
    .select({ id: organizations.id })
    .from(organizations)
    .where(
      and(
        isNotNull(organizations.unusedPauseDays),
        gt(organizations.id, afterId),
        sql`exists (select from ${apiClients} where ${apiClients.organizationId} = ${organizations.id}
          and ((${mustBeAnnounced}) or (${mustBePaused})))`,
      ),
    )
    .orderBy(asc(organizations.id))
    .limit(limit);
  return rows.map(({ id }) => id);
}

/** The clients of one organization that are not used; those of others do not exist here. */
export function createUnusedClientRepository(tx: Tx, organizationId: string) {
  /** Clients that somebody else changes now wait for the next time: nobody waits in a circle, and none is taken twice. */
  const take = (condition: SQL, limit: number) =>
    tx
      .select({ id: apiClients.id })
      .from(apiClients)
      .where(and(eq(apiClients.organizationId, organizationId), condition))
      .orderBy(asc(apiClients.id))
      .limit(limit)
      .for('update', { skipLocked: true });
  const shown = { clientId: apiClients.clientId, name: apiClients.name, environment: apiClients.environment };

  return {
    /** Sets the day of the pause, of those that are due for it. */
    async announce(pauseDays: number): Promise<UnusedClient[]> {
      const due = tx.$with('due').as(take(conditions(pauseDays).mustBeAnnounced, ANNOUNCED_MAX));
      return tx
        .with(due)
        .update(apiClients)
        .set({ unusedPauseAt: sql`${thisMoment} + ${notice}` })
        .where(inArray(apiClients.id, tx.select({ id: due.id }).from(due)))
        .returning(shown);
    },

    /** Pauses those whose day has come, {@link PAUSED_MAX} at most. */
    async pause(pauseDays: number): Promise<UnusedClient[]> {
      const due = tx.$with('due').as(take(conditions(pauseDays).mustBePaused, PAUSED_MAX));
      return tx
        .with(due)
        .update(apiClients)
        .set({
          status: 'paused',
          unusedPauseAt: null,
          version: sql`${apiClients.version} + 1`,
          updatedAt: sql`now()`,
        })
        .where(inArray(apiClients.id, tx.select({ id: due.id }).from(due)))
        .returning(shown);
    },
  };
}
