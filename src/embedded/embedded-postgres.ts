import { chmod, mkdir, readFile, realpath, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import pg from 'pg';
import { findPostgresBinaries, makeReachable } from './embedded-binaries.ts';
import { CLUSTER_NAME, openCluster, readCluster, ROLE_NAME } from './embedded-cluster.ts';
import type { Cluster } from './embedded-cluster.ts';
import { EmbeddedPostgresError } from './embedded-error.ts';
import { keepRunning } from './embedded-keeper.ts';
import { isDataDirLocked, lockDataDir } from './embedded-lock.ts';
import { findServerPort, PostmasterEndedError, startPostmaster, stopOrphan } from './embedded-postmaster.ts';
import type { Postmaster, PostmasterSettings } from './embedded-postmaster.ts';
import { hasCode, waitFor } from './embedded-process.ts';
import type { SystemUser } from './embedded-process.ts';
import { findBarrier, findPostgresUser } from './embedded-system-user.ts';
import type { PlainLog } from '../plain-log.ts';

export { EmbeddedPostgresError };

export interface EmbeddedPostgresOptions {
  /** Made when missing. The database is in its folder `postgres`. */
  dataDir: string;
  log: PlainLog;
  /** Without one: the port of last time while it is free, else a free one. */
  port?: number;
  /** False gives up safety against a crash of the host for speed; for databases nobody keeps. */
  isDurable?: boolean;
  /** Called when the server has ended and could not be started again. Nothing runs then, and nothing will. */
  onLost?: (err: EmbeddedPostgresError) => void;
  /** Before each new start of a server that has ended by itself; there are as many as these. */
  restartPausesMs?: readonly number[];
  /** Aborted when the start is to be given up. It rejects then as soon as a step is done, with nothing left running. */
  signal?: AbortSignal;
}

/**
 * A running embedded Postgres with its empty or migrated database. When the server ends by itself it is started again, a
 * few times, at the same address.
 */
export interface EmbeddedPostgres {
  databaseUrl: string;
  /** Disconnects every client and stops the server. Calling it again waits for the same stop. */
  stop(): Promise<void>;
}

const DATABASE_NAME = 'latchkey';
const HOST = '127.0.0.1';
const START_ATTEMPTS_MAX = 5;
/** For the server of another process. */
const READY_TIMEOUT_MS = 5_000;

/**
 * Starts the Postgres that npm brought, with its files under `dataDir`: as a normal user, or as root. A server that a
 * killed process of the service left behind is stopped first.
 * @throws EmbeddedPostgresError when it cannot be started; its message says what to do
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  return explainFileErrors(options.dataDir, async () => {
    const installed = await findPostgresBinaries();
    const user = await findPostgresUser();
    const dataDir = await makeDataDir(options.dataDir);
    const lock = await lockDataDir(dataDir);
    try {
      if (user !== undefined) await requirePassage(dataDir, user);
      const binaries = await makeReachable(installed, { dataDir, user });
      const { isDurable = true, log, signal } = options;
      const cluster = await openCluster({ dataDir, binaries, user, isDurable, log, signal });
      await stopOrphan(cluster.dir, log);
      signal?.throwIfAborted();
      const logPath = join(dataDir, 'postgres.log');
      const settings = { binaries, user, clusterDir: cluster.dir, logPath, isDurable };
      const { postmaster, port } = await startOnFreePort(settings, join(dataDir, 'postgres.port'), options.port);
      try {
        await createDatabase(databaseUrlOf(cluster, port, 'postgres'));
      } catch (err) {
        await postmaster.stop();
        throw err;
      }
      log.info(`The embedded Postgres ${binaries.majorVersion} listens on ${HOST}:${port}, its data in ${dataDir}`);
      const keeper = keepRunning(postmaster, { ...options, settings, port });
      let stopping: Promise<void> | undefined;
      const stop = () => (stopping ??= keeper.stop().then(() => lock.release()));
      return { databaseUrl: databaseUrlOf(cluster, port, DATABASE_NAME), stop };
    } catch (err) {
      await lock.release();
      throw err;
    }
  });
}

/**
 * Stops the server that a process which is gone left running under `dataDir`, if there is one.
 * @throws EmbeddedPostgresError when a running process of the service uses the data dir, or the server does not stop
 */
export async function stopAbandonedPostgres(options: Pick<EmbeddedPostgresOptions, 'dataDir' | 'log'>): Promise<void> {
  return explainFileErrors(options.dataDir, async () => {
    const dataDir = await realpath(options.dataDir);
    const lock = await lockDataDir(dataDir);
    try {
      await stopOrphan(join(dataDir, 'postgres'), options.log);
    } finally {
      await lock.release();
    }
  });
}

/**
 * The database of the process that has the data dir now; undefined when none has it. To connect is as safe as it is for
 * the processes of a service that share a server; who does so loses the connection when that process stops.
 * @throws EmbeddedPostgresError when a process has it whose server is not ready
 */
export async function findRunningPostgres(dataDir: string): Promise<string | undefined> {
  return explainFileErrors(dataDir, async () => {
    const found = await realpath(dataDir).catch(() => undefined);
    if (found === undefined || !(await isDataDirLocked(found))) return undefined;
    const port = await waitFor(() => findServerPort(join(found, CLUSTER_NAME)), READY_TIMEOUT_MS);
    if (port !== undefined) return databaseUrlOf(await readCluster(found), port, DATABASE_NAME);
    throw new EmbeddedPostgresError(
      `The data dir ${found} is in use by another process, and its database is not ready: try again in a moment`,
    );
  });
}

/** What the file system refuses is explained in terms of the setting. */
async function explainFileErrors<T>(dataDir: string, use: () => Promise<T>): Promise<T> {
  try {
    return await use();
  } catch (err) {
    if (!hasCode(err, 'EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST', 'ENOSPC', 'EDQUOT', 'ENAMETOOLONG')) throw err;
    const { message } = err as Error;
    throw new EmbeddedPostgresError(
      `The data dir ${resolve(dataDir)} cannot be used (${message}): ` +
        'make it a folder this user can write, or choose another with LATCHKEY_DATA_DIR',
      { cause: err },
    );
  }
}

/** All is said, so that no variable of the host's (`PGSSLMODE`) is asked for the rest. */
function databaseUrlOf({ password }: Cluster, port: number, name: string): string {
  return `postgres://${ROLE_NAME}:${password}@${HOST}:${port}/${name}?sslmode=disable`;
}

async function makeDataDir(dataDir: string): Promise<string> {
  const wanted = resolve(dataDir);
  const firstMade = await mkdir(wanted, { recursive: true });
  if (firstMade !== undefined) {
    // Whatever the umask: the user Postgres runs as must pass through, and needs no more.
    for (let made = wanted; made.length >= firstMade.length; made = dirname(made)) await chmod(made, 0o711);
  }
  return realpath(wanted);
}

async function requirePassage(dataDir: string, user: SystemUser): Promise<void> {
  const barrier = await findBarrier(dataDir, user);
  if (barrier === undefined) return;
  throw new EmbeddedPostgresError(
    `Postgres does not run as root but as the system user "postgres", which cannot pass through ${barrier}: ` +
      `allow it with chmod o+x ${barrier}, choose another place with LATCHKEY_DATA_DIR, or set DATABASE_URL`,
  );
}

/** The port of last time is kept, so that what was noted of the database's address stays true. */
async function startOnFreePort(
  settings: PostmasterSettings,
  portPath: string,
  wantedPort: number | undefined,
): Promise<{ postmaster: Postmaster; port: number }> {
  let port = wantedPort ?? (await readKeptPort(portPath));
  for (let attempt = 1; ; attempt += 1) {
    if (port === undefined || !(await isPortFree(port))) {
      if (wantedPort !== undefined) throw portTaken(wantedPort);
      port = await findFreePort();
    }
    try {
      const postmaster = await startPostmaster(settings, port);
      await writeFile(portPath, `${port}\n`);
      return { postmaster, port };
    } catch (err) {
      if (!(err instanceof PostmasterEndedError)) throw err;
      // Somebody may have taken the port after it was found free; any other reason would come again.
      if ((await isPortFree(port)) || attempt === START_ATTEMPTS_MAX) {
        throw new EmbeddedPostgresError(
          `The embedded Postgres did not start (${err.message}): ${settings.logPath} says more`,
          { cause: err },
        );
      }
    }
  }
}

function portTaken(port: number): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    `Port ${port} on ${HOST} is taken: end the program that uses it, or let the embedded Postgres choose a port`,
  );
}

async function readKeptPort(portPath: string): Promise<number | undefined> {
  const text = await readFile(portPath, 'utf8').catch(() => '');
  const port = /^\d{1,5}\n$/.test(text) ? Number(text) : 0;
  return port > 0 && port < 65_536 ? port : undefined;
}

async function isPortFree(port: number): Promise<boolean> {
  return (await listenBriefly(port)) !== undefined;
}

async function findFreePort(): Promise<number> {
  const port = await listenBriefly(0);
  if (port === undefined) throw new EmbeddedPostgresError(`There is no free port on ${HOST} for the embedded Postgres`);
  return port;
}

/** Listens and stops at once. @returns the port, or undefined when it is taken */
function listenBriefly(port: number): Promise<number | undefined> {
  return new Promise((done) => {
    const server = createServer();
    server.once('error', () => {
      done(undefined);
    });
    server.listen({ host: HOST, port, exclusive: true }, () => {
      const { port: found } = server.address() as AddressInfo;
      server.close(() => {
        done(found);
      });
    });
  });
}

/** What `pg` would otherwise take from variables named `PG…`. */
const fixedSettings = {
  options: '-c search_path=public',
  sslnegotiation: 'postgres',
  client_encoding: 'utf8',
  replication: 'off',
} as const;

async function createDatabase(serverUrl: string): Promise<void> {
  const client = new pg.Client({ ...fixedSettings, connectionString: serverUrl });
  await client.connect();
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [DATABASE_NAME]);
    if (rowCount === 0) await client.query(`create database ${DATABASE_NAME}`);
  } finally {
    await client.end();
  }
}
