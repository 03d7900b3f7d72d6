import { DrizzleQueryError } from 'drizzle-orm';
import type { Db } from './client.ts';

/**
 * A query that drizzle builds and `pg` runs by name, for the reads that every check waits for: drizzle's own mapping costs
 * the service more for each row than the read costs Postgres. Rows are arrays, in the order of the columns.
 *
 * @returns runs the query with the values of its placeholders in their order; rejects with a DrizzleQueryError, as
 * drizzle does, but without the values
 */
export function nameQuery<Row extends unknown[]>(
  db: Db,
  name: string,
  query: { toSQL: () => { sql: string } },
): (values: unknown[]) => Promise<Row[]> {
  const text = query.toSQL().sql;
  return async (values) => {
    try {
      return (await db.$client.query<Row>({ name, text, values, rowMode: 'array' })).rows;
    } catch (cause) {
      throw new DrizzleQueryError(text, [], cause instanceof Error ? cause : undefined);
    }
  };
}
