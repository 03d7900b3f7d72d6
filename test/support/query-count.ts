import pg from 'pg';

/** How many queries Postgres is sent while `work` runs, by whichever pool of this process. */
export async function countQueries<T>(work: () => Promise<T>): Promise<{ result: T; count: number }> {
  const { query } = pg.Client.prototype;
  let count = 0;
  pg.Client.prototype.query = function (this: pg.Client, ...input: unknown[]) {
    count += 1;
    return Reflect.apply(query, this, input) as unknown;
  } as typeof query;
  try {
    return { result: await work(), count };
  } finally {
    pg.Client.prototype.query = query;
  }
}
