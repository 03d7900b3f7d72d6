import { DrizzleQueryError } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import type pg from 'pg';
import type { Db, Tx } from './client.ts';

/** A connection keeps its drizzle: made anew for each transaction, as drizzle's own does, it costs more than the rest. */
const drizzles = new WeakMap<pg.PoolClient, Tx>();

/**
 * Does `work` in a transaction: all of it is committed, or nothing when it throws. Half the service's CPU of drizzle's own
 * `db.transaction`. There are no savepoints: `tx.transaction` is not for use inside.
 */
export async function runTransaction<T>(db: Db, work: (tx: Tx) => Promise<T>): Promise<T> {
  const client = await db.$client.connect();
  try {
    await send(client, 'begin');
    try {
      const result = await work(drizzleOf(client));
      await send(client, 'commit');
      return result;
    } catch (err) {
      await send(client, 'rollback');
      throw err;
    }
  } finally {
    client.release();
  }
}

/** A failure looks as that of any other statement does. */
async function send(client: pg.PoolClient, text: string): Promise<void> {
  try {
    await client.query(text);
  } catch (cause) {
    throw new DrizzleQueryError(text, [], cause instanceof Error ? cause : undefined);
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
