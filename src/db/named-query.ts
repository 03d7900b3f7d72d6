import { DrizzleQueryError, fillPlaceholders } from 'drizzle-orm';
import type { Query } from 'drizzle-orm';
import pg from 'pg';
import type { Db, Tx } from './client.ts';
import { TextQuery } from './text-query.ts';
import type { TextRow } from './text-query.ts';

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
      throw withoutValues(text, cause);
    }
  };
}

/**
 * The same for a query that takes texts and whose cells are read as texts, at half the cost.
 *
 * @returns runs the query with the values of its placeholders in their order; rejects as those of {@link nameQuery} do
 */
export function nameTextQuery(
  db: Db,
  name: string,
  query: { toSQL: () => { sql: string } },
): (values: readonly string[]) => Promise<TextRow[]> {
  const text = query.toSQL().sql;
  return async (values) => {
    try {
      // The types know of queries that are streams only.
      const asked: unknown = db.$client.query(new TextQuery({ name, text, values }));
      return (await (asked as Promise<{ rows: TextRow[] }>)).rows;
    } catch (cause) {
      throw withoutValues(text, cause);
    }
  };
}

function withoutValues(text: string, cause: unknown): DrizzleQueryError {
  return new DrizzleQueryError(text, [], cause instanceof Error ? cause : undefined);
}

/**
 * A statement that drizzle builds once and any connection runs by name, inside a transaction too. Rows are arrays, in the
 * order of the columns, as `pg` gives them; a moment is text. It is asked for at once, before anything is waited for, so that
 * in a transaction it travels with what is asked for at the same time.
 *
 * @param build makes the statement, with a placeholder for each value that changes
 * @returns runs it with the values by the names of their placeholders; rejects as those of {@link nameQuery} do
 */
export function nameStatement<Row extends unknown[]>(
  name: string,
  build: (db: Db | Tx) => { toSQL: () => Query },
): (db: Db | Tx, values: Record<string, unknown>) => Promise<Row[]> {
  let query: Query | undefined;
  return async (db, given) => {
    query ??= build(db).toSQL();
    const { sql: text, params } = query;
    const { client } = db._.session as unknown as { client: pg.Pool };
    try {
      const values = fillPlaceholders(params, given);
      return (await client.query<Row>({ name, text, values, rowMode: 'array', types: textualMoments })).rows;
    } catch (cause) {
      throw withoutValues(text, cause);
    }
  };
}

const { DATE, INTERVAL, TIMESTAMP, TIMESTAMPTZ } = pg.types.builtins;
/** As drizzle has them read: moments are texts. */
const moments = new Set<number>([DATE, INTERVAL, TIMESTAMP, TIMESTAMPTZ]);
const asItIs = (text: string) => text;

const textualMoments: pg.CustomTypesConfig = {
  getTypeParser: (id: number, format?: 'text' | 'binary') =>
    moments.has(id) ? asItIs : (pg.types.getTypeParser as (id: number, format?: string) => unknown)(id, format),
};
