import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, chmod, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startEmbeddedPostgres, stopAbandonedPostgres } from '../../src/embedded/embedded-postgres.ts';
import { readProcessMark } from '../../src/embedded/embedded-process.ts';
import { migrateDatabase } from '../../src/db/migrate.ts';

/** What the processes of one test run need to know of its server. */
export interface TestServer {
  /** Any existing database of the server; its user may create databases. */
  adminUrl: string;
  /** The migrated database that every test database is a clone of; nobody can connect to it. */
  templateName: string;
  /** Where an embedded server lives; null for a server of the user's. */
  dataDir: string | null;
  /** Whether it syncs what it writes to a disk. */
  isDurable: boolean;
  /** Tells this run's process from a later one with the same id. */
  runnerMark: string | null;
}

const stateDir = join(import.meta.dirname, '..', '..', '.tap', 'test-servers');
const admins = new Map<string, pg.Pool>();
const silentLog = { info: () => undefined, error: () => undefined };

/**
 * Starts the server of a test run and migrates its template. tap starts the before-script, the tests and the
 * after-script as children of one process: its id names the run, so that several can share a checkout.
 */
export async function startTestServer(runnerPid: number, userUrl: string | undefined): Promise<void> {
  await mkdir(stateDir, { recursive: true });
  await sweepDeadRuns();
  const server: TestServer = {
    adminUrl: userUrl ?? '',
    templateName: `latchkey_test_${randomBytes(6).toString('hex')}`,
    dataDir: userUrl === undefined ? await mkdtemp(join(tmpdir(), 'latchkey-test-')) : null,
    isDurable: true,
    runnerMark: await readProcessMark(runnerPid),
  };
  // Written first: a run that is killed from here on leaves nothing that the next one would not find.
  await writeState(runnerPid, server);
  try {
    await prepareServer(runnerPid, server);
  } catch (err) {
    await stopTestServer(runnerPid);
    throw err;
  }
}

async function prepareServer(runnerPid: number, server: TestServer): Promise<void> {
  if (server.dataDir !== null) {
    await chmod(server.dataDir, 0o755);
    const { databaseUrl } = await startEmbeddedPostgres({ dataDir: server.dataDir, log: silentLog, isDurable: false });
    server.adminUrl = databaseUrl;
    await makePasswordCheap(server);
  }
  const { rows } = await runAsAdmin(server, "select current_setting('fsync')::boolean as durable");
  server.isDurable = (rows as { durable: boolean }[])[0]!.durable;
  await writeState(runnerPid, server);
  await runAsAdmin(server, `create database ${server.templateName}`);
  await migrateDatabase(databaseUrlOf(server, server.templateName));
  await runAsAdmin(server, `alter database ${server.templateName} with allow_connections false`);
}

/** The tests open thousands of connections, and each end of each would hash the password four thousand times. */
async function makePasswordCheap(server: TestServer): Promise<void> {
  const { username, password } = new URL(server.adminUrl);
  await runAsAdmin(server, `set scram_iterations = 1; alter role ${username} password '${password}'`);
}

/** Stops the server of a test run, or removes its databases from a server of the user's. */
export async function stopTestServer(runnerPid: number): Promise<void> {
  const server = await readState(runnerPid);
  if (server.dataDir !== null) {
    await stopAbandonedPostgres({ dataDir: server.dataDir, log: silentLog });
    await rm(server.dataDir, { recursive: true, force: true });
  } else {
    await dropDatabases(server);
  }
  await rm(statePath(runnerPid), { force: true });
}

/** @throws when the process was not started by a test run */
export async function findTestServer(): Promise<TestServer> {
  return readState(process.ppid);
}

export function databaseUrlOf({ adminUrl }: TestServer, databaseName: string): string {
  const url = new URL(adminUrl);
  url.pathname = `/${databaseName}`;
  return url.href;
}

/** Its connection stays open for the next statement, and keeps no process from ending. */
export async function runAsAdmin({ adminUrl }: TestServer, statement: string): Promise<pg.QueryResult> {
  return findAdmin(adminUrl).query(statement);
}

/** Every test makes and drops a database, and to connect for that costs as much as it does. */
function findAdmin(adminUrl: string): pg.Pool {
  let admin = admins.get(adminUrl);
  if (admin === undefined) {
    admin = new pg.Pool({ connectionString: adminUrl, max: 2, idleTimeoutMillis: 0, allowExitOnIdle: true });
    // The server may be stopped before this process ends.
    admin.on('error', () => undefined);
    admins.set(adminUrl, admin);
  }
  return admin;
}

async function sweepDeadRuns(): Promise<void> {
  for (const name of await readdir(stateDir)) {
    const pid = Number.parseInt(name, 10);
    const server = await readState(pid).catch(() => null);
    if (server === null || (await readProcessMark(pid)) === server.runnerMark) continue;
    // Another run may be sweeping the same leftovers, and a server of the user's may be gone for good.
    await stopTestServer(pid).catch(() => rm(statePath(pid), { force: true }));
  }
}

async function dropDatabases(server: TestServer): Promise<void> {
  const names = await runAsAdmin(
    server,
    `select datname from pg_database where starts_with(datname, '${server.templateName}')`,
  );
  for (const { datname } of names.rows as { datname: string }[]) {
    await runAsAdmin(server, `drop database if exists ${datname} with (force)`);
  }
}

function statePath(runnerPid: number): string {
  return join(stateDir, `${runnerPid}.json`);
}

async function readState(runnerPid: number): Promise<TestServer> {
  return JSON.parse(await readFile(statePath(runnerPid), 'utf8')) as TestServer;
}

async function writeState(runnerPid: number, server: TestServer): Promise<void> {
  const draft = `${statePath(runnerPid)}.${randomBytes(4).toString('hex')}`;
  await writeFile(draft, JSON.stringify(server), { mode: 0o600 });
  await rename(draft, statePath(runnerPid));
}
