import { sql } from 'drizzle-orm';
import type { SQL } from 'drizzle-orm';
import type { PgTable } from 'drizzle-orm/pg-core';
import type { Db } from './client.ts';

/** Rows of a table that nobody can use any more. */
export interface Leftovers {
  table: PgTable;
  /** What is true of such a row. */
  areOver: SQL;
}

/** Few enough that a statement ends long before its time-out, with what goes along by cascade. */
export const LEFTOVERS_BATCH = 1_000;

/**
 * Deletes one batch of them. A row that somebody else changes meanwhile stays. Any number of processes may do it at once.
 * @returns how many rows went: less than {@link LEFTOVERS_BATCH} when no more are left
 */
export async function deleteLeftoverBatch(db: Db, { table, areOver }: Leftovers): Promise<number> {
  const { rowCount } = await db.execute(
    sql`delete from ${table} where ctid = any(array(select ctid from ${table} where ${areOver} limit ${LEFTOVERS_BATCH}))`,
  );
  return rowCount ?? 0;
}
