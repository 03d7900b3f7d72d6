import { sql } from 'drizzle-orm';
import type pg from 'pg';
import { changesBetween } from '../changes/audit-changes.ts';
import { systemCaller } from '../changes/caller.ts';
import type { ChangeRunner } from '../changes/change-runner.ts';
import { targetOf } from '../resources/api-clients/api-client-audit.ts';

/** How many API clients hold a permission. */
export interface PermissionGrant {
  name: string;
  clients: number;
}

/** The chains of so many organizations, at most, are held at a time. */
const BATCH_MAX = 200;

type Queryable = Pick<pg.Pool | pg.Client, 'query'>;

/** Every permission that any API client holds, in the order of their names. */
export async function countGrants(client: Queryable): Promise<PermissionGrant[]> {
  const { rows } = await client.query<PermissionGrant>(
    `select held.name, count(*)::int as clients from api_clients, unnest(permissions) as held (name)
     group by held.name order by held.name collate "C"`,
  );
  return rows;
}

interface ChangedClient extends Record<string, unknown> {
  client_id: string;
  name: string;
  organization_id: string;
  before: string[];
  after: string[];
}

/**
 * Takes every permission that is not in the catalogue out of a batch of API clients, and says so in the audit trail of their
 * organizations. A client that would hold none is left as it is.
 * @returns how many clients were changed: less than a batch when there are no more
 */
export async function removeUnknownGrants(changes: ChangeRunner, catalogue: readonly string[]): Promise<number> {
  const known = sql.param([...catalogue]);
  return changes.run(systemCaller(), {
    async apply({ tx, audit }) {
      const { rows } = await tx.execute<ChangedClient>(sql`
        with held as materialized (
          select id, permissions from api_clients
          where not permissions <@ ${known}::text[] and permissions && ${known}::text[]
          order by id limit ${BATCH_MAX} for update
        )
        update api_clients set
          permissions = array(select name from unnest(held.permissions) with ordinality as given (name, place)
                              where name = any(${known}::text[]) order by place),
          version = version + 1, updated_at = now()
        from held where api_clients.id = held.id
        returning client_id, name, organization_id, held.permissions as before, api_clients.permissions as after`);
      for (const { client_id: clientId, name, organization_id: id, before, after } of rows) {
        audit({
          action: 'api_client.update',
          chain: { type: 'organization', id },
          target: targetOf({ clientId, name }),
          changes: changesBetween({ permissions: before }, { permissions: after }),
        });
      }
      return rows.length;
    },
  });
}

/** The `client_id`s of those who hold nothing that is in the catalogue: the first few, and how many there are. */
export async function findWithoutKnownGrant(
  client: Queryable,
  catalogue: readonly string[],
): Promise<{ firstIds: string[]; count: number }> {
  const { rows } = await client.query<{ client_id: string; count: number }>(
    `select client_id, count(*) over ()::int as count from api_clients where not permissions && $1 order by id limit 20`,
    [catalogue],
  );
  return { firstIds: rows.map((row) => row.client_id), count: rows[0]?.count ?? 0 };
}
