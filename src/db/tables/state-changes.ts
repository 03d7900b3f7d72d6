import { sql } from 'drizzle-orm';
import { bigint, pgTable, uuid } from 'drizzle-orm/pg-core';
import { moment } from './columns.ts';

/**
 * What transactions have changed of that which checks of credentials look at, numbered in the order of their commits. Only
 * triggers (migrations/0026) and the first promise of all (0029) write it, and the newest row is never deleted: the next
 * number follows from it.
 */
export const stateChanges = pgTable('state_changes', {
  number: bigint('number', { mode: 'number' }).primaryKey(),
  /** Tells the history of this database from another one that has the same numbers. */
  nonce: uuid('nonce')
    .notNull()
    .default(sql`gen_random_uuid()`),
  /** Of API clients and of access tokens that were revoked; null where there were too many to be named. */
  keys: uuid('keys').array(),
  at: moment('at')
    .notNull()
    .default(sql`clock_timestamp()`),
});
