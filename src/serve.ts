import closeWithGrace from 'close-with-grace';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import type { DestinationStream, Logger } from 'pino';
import { buildApp } from './app.ts';
import type { AppConfig } from './app.ts';
import { CONSOLE_PATH } from './plugins/console-page.ts';
import { readConfig } from './settings/config.ts';
import type { Config } from './settings/config.ts';
import { EmbeddedPostgresError, startEmbeddedPostgres } from './embedded/embedded-postgres.ts';
import { migrateDatabase } from './db/migrate.ts';
import { createLogStream } from './telemetry/log-stream.ts';
import { loggerOptions, plainLog } from './telemetry/logging.ts';
import { LISTEN_BACKLOG } from './http/connections.ts';
import { lowerPoolPriority } from './secrets/pool-priority.ts';
import { listenForScrapes } from './metrics/metrics-listener.ts';
import type { MetricsListener } from './metrics/metrics-listener.ts';
import { readOrMakeMasterKey } from './embedded/master-key-file.ts';
import { MasterKey } from './master-key/master-key.ts';
import { OperatorError } from './operator-error.ts';
import { readSettingFiles } from './settings/setting-files.ts';
import { requireMasterKey } from './master-key/key-check.ts';
import type { Tracing } from './telemetry/tracing.ts';
import { readVersion } from './version.ts';

/** Under the ten seconds that the contract gives a stop. Its parts are bounded so that together they take less. */
const STOP_TIMEOUT_MS = 9_500;

/** What undoes one step of the start. */
type Undo = () => Promise<void>;

/**
 * Runs the service: settings, database, app, listen. Resolves when it listens; a signal or an error nobody caught ends
 * it, and the process with it.
 * @throws what `describeFailure` puts into words, with everything undone that was begun
 */
export async function serve(env: Readonly<Record<string, string | undefined>>): Promise<void> {
  const config = readConfig(await readSettingFiles(env));
  // What makes it pretty is loaded for people alone.
  const logStream = process.stdout.isTTY
    ? (await import('pino-pretty')).default({ colorize: true, ignore: 'pid,hostname', sync: true })
    : createLogStream(1);
  const log = pino(loggerOptions(config.logLevel), logStream);
  const undo: Undo[] = [];
  const stopping = new AbortController();
  // Installed before anything starts: a signal during the start undoes what was begun.
  const grace = closeWithGrace({ delay: STOP_TIMEOUT_MS, logger: log }, async ({ err, signal }) => {
    if (err instanceof EmbeddedPostgresError) log.fatal(`stopping: ${err.message}`);
    else if (err !== undefined) log.fatal({ err }, 'stopping after an error nobody caught');
    else log.info({ signal }, 'stopping');
    stopping.abort();
    for (const step of undo.reverse()) await step();
    log.info('stopped');
  });
  try {
    await start(config, { log, logStream, undo, signal: stopping.signal });
  } catch (err) {
    // A start that was interrupted fails in any way; the stop is what counts, and it ends the process.
    if (stopping.signal.aborted) return;
    grace.uninstall();
    for (const step of undo.reverse()) await step();
    throw err;
  }
}

interface Surroundings {
  log: Logger;
  logStream: DestinationStream;
  undo: Undo[];
  /** Aborted when the service is to stop. */
  signal: AbortSignal;
}

async function start(config: Config, surroundings: Surroundings): Promise<void> {
  const { log, logStream, undo, signal } = surroundings;
  const ready = await decideOpenSettings(config, surroundings);
  signal.throwIfAborted();
  await requireMasterKey(ready.databaseUrl, new MasterKey(ready.masterKeys));
  signal.throwIfAborted();
  await migrateDatabase(ready.databaseUrl, { log: plainLog(log) });
  signal.throwIfAborted();
  const tracing = await undoLater(undo, loadTracing(ready, log), async (loaded) => loaded?.stop());
  const overrides = { logStream, ...(tracing && { tracing }) };
  const app = await undoLater(undo, buildApp(ready, overrides), (built) => built.close());
  signal.throwIfAborted();
  if (ready.metricsPort !== undefined) {
    await undoLater(undo, listenForMetrics(app, { host: ready.metricsHost, port: ready.metricsPort }), (metrics) =>
      metrics.close(),
    );
  }
  signal.throwIfAborted();
  await lowerPoolPriority();
  await listen(app, ready);
}

/** Loads OpenTelemetry where traces are wanted, and nothing of it elsewhere. */
async function loadTracing({ otlpEndpoint }: AppConfig, log: Logger): Promise<Tracing | undefined> {
  if (otlpEndpoint === undefined) return undefined;
  const { startTracing } = await import('./telemetry/tracing.ts');
  return startTracing({ version: readVersion(), log });
}

/** Finds the database and the master key where the settings leave them to the service. */
async function decideOpenSettings(config: Config, { log, undo, signal }: Surroundings): Promise<AppConfig> {
  const { databaseUrl, dataDir } = config;
  if (databaseUrl !== undefined && config.masterKeys !== undefined) {
    return { ...config, databaseUrl, masterKeys: config.masterKeys };
  }
  const onLost = (err: EmbeddedPostgresError) => {
    // An error that nobody catches: the service stops as after a signal, and ends with 1.
    setImmediate(() => {
      throw err;
    });
  };
  const starting = startEmbeddedPostgres({ dataDir, log: plainLog(log), signal, onLost });
  const embedded = await undoLater(undo, starting, (started) => started.stop());
  const masterKeys = config.masterKeys ?? (await readOrMakeMasterKey(dataDir));
  return { ...config, databaseUrl: embedded.databaseUrl, masterKeys };
}

/** Notes how to undo a step from its beginning on: a stop that comes in the middle waits for it to be done. */
async function undoLater<T>(undo: Undo[], step: Promise<T>, end: (result: T) => Promise<void>): Promise<T> {
  undo.push(async () => {
    const [outcome] = await Promise.allSettled([step]);
    if (outcome.status === 'fulfilled') await end(outcome.value);
  });
  return step;
}

async function listen(app: FastifyInstance, { host, port, publicUrl, logLevel }: AppConfig): Promise<void> {
  // Fastify announces every address of the machine; one line that says where to go is enough.
  app.log.level = 'warn';
  const address = await app.listen({ host, port, backlog: LISTEN_BACKLOG }).catch((cause: unknown) => {
    throw new OperatorError(`The service cannot listen on port ${port} of ${host}: ${explainListening(cause)}`, {
      cause,
    });
  });
  app.log.level = logLevel;
  const origin = port === 0 ? address : publicUrl;
  // The router knows it without the slash at its end.
  const page = app.hasRoute({ method: 'GET', url: CONSOLE_PATH.slice(0, -1) })
    ? ` Console: ${origin}${CONSOLE_PATH}`
    : '';
  app.log.info(`Latchkey is listening on ${address}.${page} Swagger UI: ${origin}/docs`);
}

async function listenForMetrics(
  app: FastifyInstance,
  { host, port }: { host: string; port: number },
): Promise<MetricsListener> {
  const onError = (err: unknown) => {
    app.log.error({ err }, 'the metrics could not be read');
  };
  const listener = await listenForScrapes({ host, port, metrics: app.metrics, onError }).catch((cause: unknown) => {
    const reason = explainListening(cause, 'METRICS');
    throw new OperatorError(`The metrics cannot be served on port ${port} of ${host}: ${reason}`, { cause });
  });
  app.log.info(`The metrics are on ${listener.url}`);
  return listener;
}

function explainListening(err: unknown, settings = ''): string {
  const [host, port] = settings === '' ? ['HOST', 'PORT'] : [`${settings}_HOST`, `${settings}_PORT`];
  const code = err instanceof Error && 'code' in err ? String(err.code) : '';
  if (code === 'EADDRINUSE') return `another program does; end that one, or choose another ${port}`;
  if (code === 'EACCES') return `this user may not; choose a ${port} above 1023`;
  return `${code || String(err)}; ${host} must be an address of this machine`;
}
