import { drizzle } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import type { TestApp } from './build-app.ts';

/** A database whose statements are kept as they were sent. */
export function captureStatements(test: Pick<TestApp, 'databaseUrl'>) {
  const pool = new pg.Pool({ connectionString: test.databaseUrl, max: 1 });
  // Dropping the database may be quicker than the last connection is to close.
  pool.on('error', () => undefined);
  const seen: { text: string; values: unknown[] }[] = [];
  const logger = {
    logQuery(text: string, values: unknown[]) {
      seen.push({ text, values });
    },
  };
  return { db: drizzle({ client: pool, logger }), seen, end: async () => pool.end() };
}
