import { pino } from 'pino';
import type { Logger } from 'pino';
import type { AppConfig } from '../app.ts';
import { readConfig } from '../settings/config.ts';
import type { Config } from '../settings/config.ts';
import type { LogLevel } from '../settings/settings.ts';
import { createDb, createPool } from '../db/client.ts';
import type { Db } from '../db/client.ts';
import { findRunningPostgres, startEmbeddedPostgres } from '../embedded/embedded-postgres.ts';
import { migrateDatabase } from '../db/migrate.ts';
import { loggerOptions, plainLog } from '../telemetry/logging.ts';
import { readOrMakeMasterKey } from '../embedded/master-key-file.ts';
import { MasterKey } from '../master-key/master-key.ts';
import { storePeppers, takeOverPeppers } from '../secrets/peppers.ts';
import { requireMasterKey } from '../master-key/key-check.ts';
import { waitAtMost } from '../wait-at-most.ts';
import type { Shell, Streams } from './command-line.ts';

const POOL_MAX = 4;
const END_TIMEOUT_MS = 1_000;

/** The service's database in the hand of a command. */
export interface Session {
  config: AppConfig;
  masterKey: MasterKey;
  db: Db;
  /** On standard error. */
  log: Logger;
}

/**
 * Prepares the database as a start of the service does (master key, migrations, peppers), lets the command work on it,
 * and closes all it opened.
 */
export async function withSession<T>(shell: Shell, work: (session: Session) => Promise<T>): Promise<T> {
  const config = readConfig(shell.env, shell);
  const log = await createLog(config.logLevel, shell.stderr);
  return withDatabase({ config, log, signal: shell.signal }, async (databaseUrl) => {
    const masterKeys = config.masterKeys ?? (await readOrMakeMasterKey(config.dataDir));
    const masterKey = new MasterKey(masterKeys);
    await requireMasterKey(databaseUrl, masterKey);
    await migrateDatabase(databaseUrl, { log: plainLog(log) });
    const { hasPreparedStatements } = config;
    const pool = createPool({ databaseUrl, poolMax: POOL_MAX, hasPreparedStatements });
    pool.on('error', (err) => {
      log.warn({ err }, 'an idle database connection was lost');
    });
    try {
      const db = createDb(pool);
      await takeOverPeppers(db, masterKey);
      await storePeppers(db, masterKey);
      shell.signal.throwIfAborted();
      return await work({ config: { ...config, databaseUrl, masterKeys }, masterKey, db, log });
    } finally {
      await waitAtMost(END_TIMEOUT_MS, pool.end());
    }
  });
}

export interface Surroundings {
  config: Pick<Config, 'databaseUrl' | 'dataDir'>;
  log: Logger;
  signal: AbortSignal;
}

/**
 * Finds the database the settings mean: the one of `DATABASE_URL`, the embedded one of a service that runs on this data
 * dir, or else the embedded one started for as long as the work takes.
 */
export async function withDatabase<T>(
  { config: { databaseUrl, dataDir }, log, signal }: Surroundings,
  work: (databaseUrl: string) => Promise<T>,
): Promise<T> {
  const found = databaseUrl ?? (await findRunningPostgres(dataDir));
  if (found !== undefined) return work(found);
  const started = await startEmbeddedPostgres({ dataDir, log: plainLog(log), signal });
  try {
    return await work(started.databaseUrl);
  } finally {
    await started.stop();
  }
}

/** A command's log: on standard error, because standard output is for its outcome. */
export async function createLog(level: LogLevel, stderr: Streams['stderr']): Promise<Logger> {
  const options = { colorize: true, ignore: 'pid,hostname', sync: true, destination: 2 };
  const stream = stderr.isTTY === true ? (await import('pino-pretty')).default(options) : stderr;
  return pino(loggerOptions(level), stream);
}
