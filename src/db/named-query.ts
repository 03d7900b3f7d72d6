import { DrizzleQueryError } from 'drizzle-orm';
import type { Query } from 'drizzle-orm';
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
 * order of the columns, as `pg` gives them; a moment is text.
 *
 * @param build makes the statement, with a placeholder for each value that changes
 * @returns runs it with the values by the names of their placeholders
 */
export function nameStatement<Row extends unknown[]>(
  name: string,
  build: (db: Db | Tx) => { toSQL: () => Query },
): (db: Db | Tx, values: Record<string, unknown>) => Promise<Row[]> {
  let query: Query | undefined;
  return (db, values) => {
    query ??= build(db).toSQL();
    const toRows = (rows: unknown[][]) => rows as Row[];
    return db._.session.prepareQuery<NamedStatement<Row>>(query, undefined, name, true, toRows).execute(values);
  };
}

interface NamedStatement<Row> {
  execute: Row[];
  all: unknown;
  values: unknown;
}
