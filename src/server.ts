import closeWithGrace from 'close-with-grace';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import pretty from 'pino-pretty';
import type { DestinationStream, Logger } from 'pino';
import { buildApp } from './app.ts';
import type { AppConfig } from './app.ts';
import { ConfigError, readConfig } from './config.ts';
import type { Config } from './config.ts';
import { EmbeddedPostgresError, startEmbeddedPostgres } from './db/embedded.ts';
import { migrateDatabase, MigrationError } from './db/migrate.ts';
import { loggerOptions } from './logging.ts';
import { MasterKeyFileError, readOrMakeMasterKey } from './master-key-file.ts';
import { MasterKey } from './master-key.ts';
import { requireMasterKey } from './tokens/key-check.ts';
import { KeyRingError } from './tokens/key-ring.ts';

/** Under the ten seconds that the contract gives a stop, with room for Postgres to end. */
const STOP_TIMEOUT_MS = 9_000;

type Undo = () => Promise<void>;

await main().catch((err: unknown) => {
  if (!isExpected(err)) throw err;
  process.stderr.write(`${err.message}\n`);
  process.exitCode = 1;
});

async function main(): Promise<void> {
  const config = readConfig(process.env);
  const logStream = process.stdout.isTTY ? pretty({ colorize: true, ignore: 'pid,hostname' }) : pino.destination(1);
  const log = pino(loggerOptions(config.logLevel), logStream);
  const undo: Undo[] = [];
  // Installed before anything starts: a signal during the start undoes what was begun.
  const grace = closeWithGrace({ delay: STOP_TIMEOUT_MS, logger: log }, async ({ err, signal }) => {
    if (err !== undefined) log.fatal({ err }, 'stopping after an error nobody caught');
    else log.info({ signal }, 'stopping');
    for (const step of undo.reverse()) await step();
    log.info('stopped');
  });
  try {
    await start(config, { log, logStream, undo });
  } catch (err) {
    grace.uninstall();
    for (const step of undo.reverse()) await step();
    throw err;
  }
}

interface Surroundings {
  log: Logger;
  logStream: DestinationStream;
  undo: Undo[];
}

async function start(config: Config, { log, logStream, undo }: Surroundings): Promise<void> {
  const ready = await decideOpenSettings(config, log, undo);
  await requireMasterKey(ready.databaseUrl, new MasterKey(ready.masterKeys));
  await migrateDatabase(ready.databaseUrl, { log: tagged(log) });
  const app = await buildApp(ready, { logStream });
  undo.push(async () => app.close());
  await listen(app, ready);
}

/** Finds the database and the master key where the settings leave them to the service. */
async function decideOpenSettings(config: Config, log: Logger, undo: Undo[]): Promise<AppConfig> {
  const { databaseUrl, dataDir } = config;
  if (databaseUrl !== undefined && config.masterKeys !== undefined) {
    return { ...config, databaseUrl, masterKeys: config.masterKeys };
  }
  const embedded = await startEmbeddedPostgres({ dataDir, log: tagged(log) });
  undo.push(() => embedded.stop());
  const masterKeys = config.masterKeys ?? (await readOrMakeMasterKey(dataDir));
  return { ...config, databaseUrl: embedded.databaseUrl, masterKeys };
}

async function listen(app: FastifyInstance, { host, port, publicUrl, logLevel }: AppConfig): Promise<void> {
  // Fastify announces every address of the machine; one line that says where to go is enough.
  app.log.level = 'warn';
  const address = await app.listen({ host, port });
  app.log.level = logLevel;
  app.log.info(`Latchkey is listening on ${address}. Swagger UI: ${port === 0 ? address : publicUrl}/docs`);
}

function tagged(log: Logger) {
  return {
    info: (message: string) => {
      log.info(message);
    },
    error: (message: string) => {
      log.error(message);
    },
  };
}

/** A bad start that the operator can mend: one sentence says how, and a stack trace would only hide it. */
function isExpected(err: unknown): err is Error {
  const kinds = [ConfigError, EmbeddedPostgresError, MigrationError, KeyRingError, MasterKeyFileError];
  return (
    kinds.some((kind) => err instanceof kind) || (err instanceof Error && 'syscall' in err && err.syscall === 'listen')
  );
}
