import type pg from 'pg';

/** How many API clients hold a permission. */
export interface PermissionGrant {
  name: string;
  clients: number;
}

const BATCH_MAX = 1_000;

type Queryable = Pick<pg.Pool | pg.Client, 'query'>;

/** Every permission that any API client holds, in the order of their names. */
export async function countGrants(client: Queryable): Promise<PermissionGrant[]> {
  const { rows } = await client.query<PermissionGrant>(
    `select held.name, count(*)::int as clients from api_clients, unnest(permissions) as held (name)
     group by held.name order by held.name collate "C"`,
  );
  return rows;
}

/**
 * Takes every permission that is not in the catalogue out of a batch of API clients. A client that would hold none is
 * left as it is.
 * @returns how many clients were changed: less than a batch when there are no more
 */
export async function removeUnknownGrants(client: Queryable, catalogue: readonly string[]): Promise<number> {
  const { rowCount } = await client.query(
    `update api_clients set
       permissions = array(select name from unnest(permissions) with ordinality as held (name, place)
                           where name = any($1) order by place),
       version = version + 1, updated_at = now()
     where id in (select id from api_clients where not permissions <@ $1 and permissions && $1
                  order by id limit ${BATCH_MAX} for update)`,
    [catalogue],
  );
  return rowCount ?? 0;
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
