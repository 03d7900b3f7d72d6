import { sql } from 'drizzle-orm';
import type { Db, Tx } from './client.ts';
import { nameStatement } from './named-query.ts';
import { runTransaction } from './transaction.ts';

/**
 * A list that takes longer is given up, so that lists never hold the connections that everything else waits for. Far
 * above what a page costs, and far below what other statements may take.
 */
const TIMEOUT_MS = 1_500;

/** A scan by several workers would take the cores that checks need. */
const bound = nameStatement('bound_read', (db) =>
  db
    .select({
      timeout: sql`set_config('statement_timeout', ${sql.raw(`'${TIMEOUT_MS}'`)}, true)`,
      workers: sql`set_config('max_parallel_workers_per_gather', '0', true)`,
    })
    .from(sql`(select) as nothing`),
);

/**
 * Reads what a caller may make costly, such as a filter that no index serves.
 * @throws what Postgres cancels after {@link TIMEOUT_MS} (57014), which is answered as `overloaded`
 */
export function readBriefly<T>(db: Db, read: (tx: Tx) => Promise<T>): Promise<T> {
  return runTransaction(
    db,
    async (tx) => {
      // In one way to the database with what is read, and before it.
      const [, result] = await Promise.all([bound(tx, {}), read(tx)]);
      return result;
    },
    { kind: 'read' },
  );
}
