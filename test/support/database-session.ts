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

/** Waits until that many statements of the service wait for a lock. */
export async function waitForLockWaiters(test: TestApp, count = 1): Promise<void> {
  await waitFor(async () => {
    const waiting = await test.query(
      `select 1 from pg_stat_activity
        where datname = current_database() and application_name = 'latchkey' and wait_event_type = 'Lock'`,
    );
    return waiting.length === count ? true : undefined;
  });
}
