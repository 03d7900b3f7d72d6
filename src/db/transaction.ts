import { DrizzleQueryError } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import type pg from 'pg';
import type { Db, Tx } from './client.ts';
import { heardWith } from './heard-change.ts';
import { ServicePool, UNSETTLED_COMMIT } from './service-pool.ts';

/** A connection keeps its drizzle: made anew for each transaction, as drizzle's own does, it costs more than the rest. */
const drizzles = new WeakMap<pg.PoolClient, Tx>();

/** How a transaction begins: to change something, to read, or to read what was there at one moment. */
const begins = {
  change: { text: 'begin' },
  read: { text: 'begin read only' },
  snapshot: { text: 'begin isolation level repeatable read read only' },
};

/**
 * Does `work` in a transaction: all of it is committed, or nothing when it throws. Half the service's CPU of drizzle's own
 * `db.transaction`, which would also keep its connection while readers are waited for. There are no savepoints. Resolves
 * when no reader of a replica can answer from before it any more.
 */
export async function runTransaction<T>(
  db: Db,
  work: (tx: Tx) => Promise<T>,
  kind: keyof typeof begins = 'change',
): Promise<T> {
  const pool = db.$client;
  const { result, committed } = await runOn(await pool.connect(), begins[kind], work);
  const change = heardWith(committed);
  // The connection is back in the pool by now.
  if (change !== undefined && pool instanceof ServicePool) await pool.readers.settle(change);
  return result;
}

async function runOn<T>(
  client: pg.PoolClient,
  begin: { text: string },
  work: (tx: Tx) => Promise<T>,
): Promise<{ result: T; committed: pg.QueryResult }> {
  try {
    await send(client, begin);
    try {
      const result = await work(drizzleOf(client));
      return { result, committed: await send(client, UNSETTLED_COMMIT) };
    } catch (err) {
      await send(client, ROLLBACK);
      throw err;
    }
  } finally {
    client.release();
  }
}

const ROLLBACK = { text: 'rollback' };

/** A failure looks as that of any other statement does. */
async function send(client: pg.PoolClient, statement: { text: string }): Promise<pg.QueryResult> {
  try {
    return await client.query(statement);
  } catch (cause) {
    throw new DrizzleQueryError(statement.text, [], cause instanceof Error ? cause : undefined);
  }
}

function drizzleOf(client: pg.PoolClient): Tx {
  const known = drizzles.get(client);
  if (known !== undefined) return known;
  // A drizzle of one connection does all that one of a transaction does but `rollback` and savepoints.
  const made = drizzle({ client }) as unknown as Tx;
  drizzles.set(client, made);
  return made;
}
