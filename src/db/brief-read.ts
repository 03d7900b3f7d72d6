import { sql } from 'drizzle-orm';
import type { Db, Tx } from './client.ts';
import { runTransaction } from './transaction.ts';

/**
 * A list that takes longer is given up, so that lists never hold the connections that everything else waits for. Far
 * above what a page costs, and far below what other statements may take.
 */
const TIMEOUT_MS = 1_500;

/**
 * Reads what a caller may make costly, such as a filter that no index serves.
 * @throws what Postgres cancels after {@link TIMEOUT_MS} (57014), which is answered as `overloaded`
 */
export function readBriefly<T>(db: Db, read: (tx: Tx) => Promise<T>): Promise<T> {
  return runTransaction(
    db,
    async (tx) => {
      // A scan by several workers would take the cores that checks need.
      await tx.execute(
        sql.raw(`set local statement_timeout = ${TIMEOUT_MS}; set local max_parallel_workers_per_gather = 0`),
      );
      return read(tx);
    },
    'read',
  );
}
