import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { createDb, createPool } from '../../src/db/client.ts';
import type { Db } from '../../src/db/client.ts';
import { databaseUrlOf, findTestServer, runAsAdmin } from './test-server.ts';
import type { TestServer } from './test-server.ts';

const CLONE_ATTEMPTS_MAX = 50;
const CLONE_RETRY_MS = 100;
const CLOSING_ATTEMPTS_MAX = 20;
const CLOSING_RETRY_MS = 5;
const OBJECT_IN_USE = '55006';

/** A migrated database of the test's own. */
export interface TestDatabase {
  databaseUrl: string;
  /** Removes it, whoever is still connected. */
  drop: () => Promise<void>;
}

/** Clones the template that the run's before-script migrated. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const server = await findTestServer();
  return createFrom(server.templateName);
}

/** A database without any table. */
export async function createEmptyDatabase(): Promise<TestDatabase> {
  return createFrom('template0');
}

interface Teardown {
  teardown(handler: () => Promise<void>): unknown;
}

/** A pool such as the service's on a database of the test's own; both go with the test. */
export async function openTestDatabase(
  t: Teardown,
  { poolMax, isEmpty = false }: { poolMax: number; isEmpty?: boolean },
): Promise<{ databaseUrl: string; pool: pg.Pool; db: Db }> {
  const { databaseUrl, drop } = await (isEmpty ? createEmptyDatabase() : createTestDatabase());
  const pool = createPool({ databaseUrl, poolMax });
  // Dropping the database may be quicker than the last connection is to close.
  pool.on('error', () => undefined);
  t.teardown(async () => {
    await pool.end();
    await drop();
  });
  return { databaseUrl, pool, db: createDb(pool) };
}

async function createFrom(template: string): Promise<TestDatabase> {
  const server = await findTestServer();
  const name = `${server.templateName}_${randomBytes(6).toString('hex')}`;
  // Cheaper than the log where nothing is synced to a disk, which it is at both ends of such a copy.
  const strategy = server.isDurable ? 'wal_log' : 'file_copy';
  for (let attempt = 1; ; attempt += 1) {
    try {
      await runAsAdmin(server, `create database ${name} template ${template} strategy ${strategy}`);
      break;
    } catch (err) {
      const isInUse = err instanceof pg.DatabaseError && err.code === OBJECT_IN_USE;
      if (!isInUse || attempt === CLONE_ATTEMPTS_MAX) throw err;
      await delay(CLONE_RETRY_MS);
    }
  }
  return {
    databaseUrl: databaseUrlOf(server, name),
    async drop() {
      await waitForConnections(server, name);
      await runAsAdmin(server, `drop database if exists ${name} with (force)`);
    },
  };
}

/**
 * Waits a moment for connections that are about to close: one that is cut instead fails where nobody listens any more. Those
 * that a test has left open are cut.
 */
async function waitForConnections(server: TestServer, name: string): Promise<void> {
  for (let attempt = 1; attempt < CLOSING_ATTEMPTS_MAX; attempt += 1) {
    const { rowCount } = await runAsAdmin(server, `select from pg_stat_activity where datname = '${name}' limit 1`);
    if (rowCount === 0) return;
    await delay(CLOSING_RETRY_MS);
  }
}

/** The same URL, asking for something more. */
export function withParameter(databaseUrl: string, name: string, value: string): string {
  const url = new URL(databaseUrl);
  url.searchParams.set(name, value);
  return url.href;
}
