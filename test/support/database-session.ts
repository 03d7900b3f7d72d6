import pg from 'pg';
import { waitFor } from './build-app.ts';
import type { TestApp } from './build-app.ts';

/** A transaction of somebody else's, by which a test holds up the service at the very place it wants to. */
export interface OtherTransaction {
  query: (text: string, values?: unknown[]) => Promise<unknown>;
  commit: () => Promise<void>;
}

export async function beginTransaction(test: TestApp): Promise<OtherTransaction> {
  const client = new pg.Client({ connectionString: test.databaseUrl });
  // A test that fails in between leaves it open, and the database is dropped under it.
  client.on('error', () => undefined);
  await client.connect();
  await client.query('begin');
  return {
    query: (text, values) => client.query(text, values),
    async commit() {
      await client.query('commit');
      await client.end();
    },
  };
}

/** Begins a transaction with a statement whose locks it keeps. */
export async function holdLock(test: TestApp, statement: string, values: unknown[] = []): Promise<OtherTransaction> {
  const transaction = await beginTransaction(test);
  await transaction.query(statement, values);
  return transaction;
}

/** Waits until that many statements, or more, wait for a lock. */
export async function waitForLockWaiters(test: TestApp, count = 1): Promise<void> {
  await waitFor(async () => ((await countLockWaiters(test)) >= count ? true : undefined));
}

/** Cuts the connections to the test's database that wait for a lock; other tests have theirs on the same server. */
export async function cutLockWaiters(test: TestApp): Promise<void> {
  await test.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and wait_event_type = 'Lock'`,
  );
}

/** How many connections to the test's database wait for a lock now. */
export async function countLockWaiters(test: TestApp): Promise<number> {
  const waiting = await test.query(
    `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
  );
  return waiting.length;
}
