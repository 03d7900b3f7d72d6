import { sql } from 'drizzle-orm';
import { bigint, check, integer, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { moment } from './columns.ts';

/** A row for each process that answers checks from a replica: what whoever takes something away waits for (ADR 25). */
export const statePromises = pgTable(
  'state_promises',
  {
    /** Made by each process for itself. */
    reader: uuid('reader').primaryKey(),
    /** Another with each renewal: one that stays for longer than a lease is of a process that believes nothing. */
    renewal: uuid('renewal')
      .notNull()
      .default(sql`gen_random_uuid()`),
    /** Of the log of changes: the process answers from no state that is older than this. */
    number: bigint('number', { mode: 'number' }).notNull(),
    leaseMs: integer('lease_ms').notNull(),
    renewedAt: moment('renewed_at')
      .notNull()
      .default(sql`clock_timestamp()`),
  },
  ({ leaseMs }) => [check('state_promises__lease_ms_check', sql`${leaseMs} > 0`)],
);

/** The server on which all promises stand that were made: another one, or one that was started anew, may lack some. */
export const statePromiseEpoch = pgTable(
  'state_promise_epoch',
  {
    /** There is one row at most. */
    id: integer('id').primaryKey().default(1),
    /** When it was started, seconds since the epoch. */
    serverStart: text('server_start').notNull(),
    /** The longest of any reader since the server was entered, and of those that there were then. */
    leaseMs: integer('lease_ms').notNull(),
  },
  ({ id }) => [check('state_promise_epoch__id_check', sql`${id} = 1`)],
);
