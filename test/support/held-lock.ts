import pg from 'pg';
import { waitFor } from './build-app.ts';
import type { TestApp } from './build-app.ts';

/** What a statement locked, until it is let go. */
export interface HeldLock {
  /** Waits until that many connections of the service wait for a lock. */
  waiters: (count: number) => Promise<void>;
  /** Commits what the statement did and lets the others go on. */
  release: () => Promise<void>;
}

/** Runs a statement in a transaction of its own and keeps that open. */
export async function holdLock(test: TestApp, statement: string, values: unknown[] = []): Promise<HeldLock> {
  const client = new pg.Client({ connectionString: test.databaseUrl });
  // A test that fails in between leaves it open, and the database is dropped under it.
  client.on('error', () => undefined);
  await client.connect();
  await client.query('begin');
  await client.query(statement, values);
  return {
    async waiters(count) {
      await waitFor(async () => ((await countWaiting(test)) >= count ? true : undefined));
    },
    async release() {
      await client.query('commit');
      await client.end();
    },
  };
}

/** How many connections to the test's database wait for a lock now. */
export async function countWaiting(test: TestApp): Promise<number> {
  const rows = await test.query(
    `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
  );
  return rows.length;
}
