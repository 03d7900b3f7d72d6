import { DrizzleQueryError } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import type pg from 'pg';
import type { Db, Tx } from './client.ts';
import { heardWith } from './heard-change.ts';
import { ServicePool } from './service-pool.ts';
import { LOOK } from './reader-promises.ts';
import type { LookRow } from './reader-promises.ts';
import type { Statement } from './statement-group.ts';
import { TransactionClient } from './transaction-client.ts';
import type { Committed } from './transaction-client.ts';

/** How a transaction begins: to change something, to read, or to read what was there at one moment. */
const begins = {
  change: { name: 'begin', text: 'begin' },
  read: { name: 'begin_read', text: 'begin read only' },
  snapshot: { name: 'begin_snapshot', text: 'begin isolation level repeatable read read only' },
};

/** Has `ask` called at the end of a transaction: what it asks then goes out with the commit, and what it throws undoes all. */
export type AtEnd = (ask: () => Promise<unknown>) => void;

export interface TransactionOptions {
  /** Default: `change`. */
  kind?: keyof typeof begins;
  /**
   * Has it also wait for what others changed before, which it may have found, and is called then: for who answers that
   * something has ended. That is looked at in the way to the database that the commit takes.
   */
  onSettled?: (() => void) | undefined;
}

/**
 * Does `work` in a transaction: all of it is committed, or nothing when it throws. Statements that are asked for at the same
 * time are one way to the database, as are the beginning with the first ones and the commit with those `atEnd`. Half the
 * service's CPU of drizzle's own `db.transaction`, which would also keep its connection while readers are waited for. There
 * are no savepoints. Resolves when no reader of a replica can answer from before it any more.
 */
export async function runTransaction<T>(
  db: Db,
  work: (tx: Tx, atEnd: AtEnd) => Promise<T>,
  { kind = 'change', onSettled }: TransactionOptions = {},
): Promise<T> {
  const pool = db.$client;
  const readers = pool instanceof ServicePool ? pool.readers : undefined;
  const { result, heard, rows } = await runOn(await pool.connect(), work, {
    begin: begins[kind],
    after: onSettled && LOOK,
  });
  // The connection is back in the pool by now.
  const change = heardWith(heard);
  // The look shows what readers have promised of this change as well.
  if (change !== undefined && rows === undefined) await readers?.settle(change);
  if (onSettled !== undefined) {
    await readers?.settleNewest(rows as LookRow[] | undefined);
    onSettled();
  }
  return result;
}

async function runOn<T>(
  client: pg.PoolClient,
  work: (tx: Tx, atEnd: AtEnd) => Promise<T>,
  { begin, after }: { begin: Statement; after: Statement | undefined },
): Promise<Committed & { result: T }> {
  const { link, tx } = linkOf(client);
  const last: (() => Promise<unknown>)[] = [];
  link.begin(begin);
  try {
    const result = await work(tx, (ask) => void last.push(ask));
    const committed = await commitWith(link, last, after);
    client.release();
    return { result, ...committed };
  } catch (err) {
    // What another branch of `work` asks later is for this transaction, and not for the next one of the connection.
    links.delete(client);
    await link.rollback().then(
      () => {
        client.release();
      },
      () => {
        client.release(true);
      },
    );
    throw err;
  }
}

async function commitWith(
  link: TransactionClient,
  last: readonly (() => Promise<unknown>)[],
  after: Statement | undefined,
): Promise<Committed> {
  // What fails without having been sent keeps the commit from being sent.
  const asked = last.map(async (ask) => {
    try {
      await ask();
    } catch (err) {
      link.fail(err);
      throw err;
    }
  });
  const commit = link.commit(after).catch((cause: unknown) => {
    // A failure looks as that of any other statement does.
    throw new DrizzleQueryError('commit', [], cause instanceof Error ? cause : undefined);
  });
  const [committed] = await Promise.all([commit, ...asked]);
  return committed;
}

/** A connection keeps its drizzle: made anew for each transaction, as drizzle's own does, it costs more than the rest. */
const links = new WeakMap<pg.PoolClient, { link: TransactionClient; tx: Tx }>();

function linkOf(client: pg.PoolClient) {
  const known = links.get(client);
  if (known !== undefined) return known;
  const link = new TransactionClient(client);
  // A drizzle of one connection does all that one of a transaction does but `rollback` and savepoints.
  const tx = drizzle({ client: link as unknown as pg.PoolClient }) as unknown as Tx;
  const made = { link, tx };
  links.set(client, made);
  return made;
}
