import { randomBytes } from 'node:crypto';
import Fastify from 'fastify';
import type { FastifyInstance } from 'fastify';
import type { DestinationStream } from 'pino';
import type { Config } from './settings/config.ts';
import type { OutboxTimes } from './mail/outbox-times.ts';
import { API_PREFIX } from './http/api-prefix.ts';
import { MasterKey } from './master-key/master-key.ts';
import { adminAuth } from './identity/admin-auth.ts';
import { clockWatch } from './plugins/clock-watch.ts';
import { DatabaseClock } from './db/database-clock.ts';
import { bodyParser } from './plugins/body-parser.ts';
import { builtConsole, consolePage, describeDeployment } from './plugins/console-page.ts';
import { conditionalReads } from './plugins/conditional-reads.ts';
import { database } from './plugins/database.ts';
import { errorHandler } from './plugins/error-handler.ts';
import { gracefulStop } from './plugins/graceful-stop.ts';
import { httpRules } from './plugins/http-rules.ts';
import { maintenance } from './plugins/maintenance.ts';
import type { MaintenanceTask } from './plugins/maintenance.ts';
import { metrics } from './plugins/metrics.ts';
import { methodNotAllowed } from './plugins/method-not-allowed.ts';
import { openapi } from './plugins/openapi.ts';
import { rateLimit } from './plugins/rate-limit.ts';
import { requestContext } from './plugins/request-context.ts';
import { safeRetries } from './plugins/safe-retries.ts';
import { securityHeaders } from './plugins/security-headers.ts';
import { repeatedIds } from './plugins/repeated-ids.ts';
import { routeProblems } from './plugins/route-problems.ts';
import { settledChanges } from './plugins/settled-changes.ts';
import { source } from './plugins/source.ts';
import { strictQuery } from './plugins/strict-query.ts';
import { trustedOnly } from './plugins/trusted-only.ts';
import { swaggerUi } from './plugins/swagger-ui.ts';
import { createConsoleSessions } from './identity/console-sessions.ts';
import type { ConsoleSessions } from './identity/console-sessions.ts';
import { createSessionRepository } from './identity/session-repository.ts';
import { createSessionUseRepository } from './identity/session-use-repository.ts';
import { LastUsedRecorder } from './secrets/last-used.ts';
import { storePeppers, takeOverPeppers } from './secrets/peppers.ts';
import { namedSchemas, registerRoutes } from './routes.ts';
import { serverOptions } from './server-options.ts';
import { createServices, leftovers } from './services.ts';
import type { Services } from './services.ts';
import { createAuditRetention } from './resources/audit-events/audit-retention.ts';
import { createAuditHeads } from './tokens/audit-heads.ts';
import { consoleCookieOf } from './rules/console-cookie.ts';
import { adminTokens } from './identity/admin-tokens.ts';
import { createKeyReports } from './tokens/key-reports.ts';
import { KeyRing } from './tokens/key-ring.ts';
import { createSigningKeyRepository } from './tokens/signing-key-repository.ts';
import { createTrustedUsers } from './identity/trusted-users.ts';
import type { TrustedUsers } from './identity/trusted-users.ts';
import { createChangeRunner } from './changes/change-runner.ts';
import { PasswordHashing } from './secrets/password-hashing.ts';
import { createTrustedIssuer } from './identity/trusted-issuer.ts';
import type { Tracing } from './telemetry/tracing.ts';
import type { ConnectionTimes } from './http/connections.ts';
import { createValidation } from './http/validation.ts';
import type { Validation } from './http/validation.ts';
import { readVersion } from './version.ts';

/** Settings with everything decided that the environment may leave open. */
export interface AppConfig extends Config {
  readonly databaseUrl: string;
  readonly masterKeys: readonly [Buffer, ...Buffer[]];
}

/** What tests put in the place of the world. */
export interface Overrides {
  logStream?: DestinationStream & { lostLines?: number };
  /** Milliseconds since the epoch. */
  now?: () => number;
  mailTimes?: Partial<OutboxTimes>;
  connectionTimes?: Partial<ConnectionTimes>;
  /** How long a read that checks wait for may take, in milliseconds. */
  readBudgetMs?: number;
  /** Where the built page of the console is. */
  consoleDir?: string;
  /** Of the process, which has but one. */
  tracing?: Tracing;
}

/**
 * Builds the service on a migrated database. It never listens and never migrates; closing it ends all it began.
 * @throws WrongMasterKeyError when the database was set up under another master key, KeyRingError or PepperError when
 * somebody else has changed what is kept there
 */
export async function buildApp(config: AppConfig, overrides: Overrides = {}): Promise<FastifyInstance> {
  const clock = new DatabaseClock(overrides.now);
  const validation = createValidation(config.permissions, () => clock.now());
  const { logStream, connectionTimes: times, readBudgetMs } = overrides;
  const app = Fastify(serverOptions({ config, validation, logStream, times }));
  const { databaseUrl, databaseReadUrl, databasePoolMax: poolMax, hasPreparedStatements } = config;
  await app.register(database, { databaseUrl, databaseReadUrl, poolMax, hasPreparedStatements, readBudgetMs });
  try {
    const { masterKey, keyRing, services } = await registerAll(app, { config, overrides, validation, clock });
    // A master key that is not the right one is refused by either before anything is written.
    await takeOverPeppers(app.db, masterKey);
    await keyRing.start();
    await storePeppers(app.db, masterKey);
    services.start();
    app.addHook('onClose', async () => services.stop());
    // All spans have ended by then; they are sent while the rest is closed.
    app.addHook('onClose', async () => void overrides.tracing?.stop());
    await app.ready();
  } catch (err) {
    await app.close();
    throw err;
  }
  return app;
}

/** The OpenAPI document of the service under these settings. It needs no database: the routes are only registered. */
export async function describeApi(config: Config): Promise<object> {
  const unused = { databaseUrl: 'postgres://127.0.0.1', masterKeys: [randomBytes(32)] } as const;
  const validation = createValidation(config.permissions);
  const parts = { config: { ...config, ...unused }, overrides: {}, validation, clock: new DatabaseClock() };
  const app = Fastify(serverOptions({ ...parts, logStream: undefined }));
  await app.register(database, { databaseUrl: unused.databaseUrl, poolMax: config.databasePoolMax });
  await registerAll(app, parts);
  await app.ready();
  const document = app.swagger();
  await app.close();
  return document;
}

interface AppParts {
  config: AppConfig;
  overrides: Overrides;
  validation: Validation;
  clock: DatabaseClock;
}

/** What has to be started before the app serves. */
interface NotStarted {
  masterKey: MasterKey;
  keyRing: KeyRing;
  services: Services;
}

/** The order is the order in which a request meets them; what is registered first is closed last. */
async function registerAll(app: FastifyInstance, parts: AppParts): Promise<NotStarted> {
  const { config, overrides, validation, clock } = parts;
  const masterKey = new MasterKey(config.masterKeys);
  const repository = createSigningKeyRepository(app.db);
  const now = overrides.now ?? Date.now;
  const { accessTokenAlgorithm } = config;
  const keyRing = new KeyRing({
    repository,
    masterKey,
    now,
    clock,
    accessTokenAlgorithm,
    ...createKeyReports(app.log),
  });
  app.addHook('onClose', async () => {
    keyRing.stop();
  });

  const sessionParts = createSessionParts(app, parts);
  await registerPlugins(app, parts, { keyRing, masterKey, ...sessionParts });
  for (const schema of namedSchemas()) app.addSchema(schema);
  const { db, log, metrics: figures, signAdminToken, readAdminToken } = app;
  const mailTimes = overrides.mailTimes ?? {};
  const services = createServices({
    ...{ db, log, metrics: figures, signAdminToken, readAdminToken, config, masterKey, keyRing, mailTimes, clock },
    ...sessionParts,
    checks: { db: app.checksDb, breaker: app.checksBreaker, budgetMs: overrides.readBudgetMs, replica: app.replica },
    isStopping: () => app.isStopping(),
  });
  await registerRoutes(app, { config, services, keyRing, validation });
  await app.register(methodNotAllowed);
  return { masterKey, keyRing, services };
}

/** What both the checks in front of the routes and the services behind them have to do with. */
interface SessionParts {
  sessionUses: LastUsedRecorder;
  consoleSessions: ConsoleSessions;
}

function createSessionParts({ db, log }: FastifyInstance, { config, clock }: AppParts): SessionParts {
  const repository = createSessionUseRepository(db);
  const uses = new LastUsedRecorder({ repository, what: 'sessions', clock, log });
  const { consoleSessionIdleSeconds: idleSeconds, consoleSessionTtlSeconds: ttlSeconds } = config;
  const cookie = consoleCookieOf(config.publicUrl);
  return { sessionUses: uses, consoleSessions: createConsoleSessions({ db, cookie, uses, idleSeconds, ttlSeconds }) };
}

function createWelcome({ db, log }: FastifyInstance, { passwordCost }: AppConfig, masterKey: MasterKey): TrustedUsers {
  const passwords = new PasswordHashing(masterKey, passwordCost);
  const changes = createChangeRunner({ db, masterKey, log });
  return createTrustedUsers({ changes, makeUnknownPassword: () => passwords.makeUnknown() });
}

async function registerPlugins(
  app: FastifyInstance,
  parts: AppParts,
  { keyRing, masterKey, sessionUses, consoleSessions }: Pick<NotStarted, 'keyRing' | 'masterKey'> & SessionParts,
): Promise<void> {
  const { config, overrides, validation, clock } = parts;
  const { publicUrl, trustedIssuer } = config;
  const apiPrefix = API_PREFIX;
  if (overrides.tracing !== undefined) await app.register(overrides.tracing.plugin);
  await app.register(clockWatch, { clock });
  const isPrivate = config.metricsPort !== undefined;
  const lostLogLines = () => overrides.logStream?.lostLines;
  await app.register(metrics, { version: readVersion(), isPrivate, lostLogLines });
  await app.register(errorHandler, { validation });
  await app.register(gracefulStop);
  await app.register(requestContext);
  await app.register(source, { trustProxy: config.trustProxy });
  await app.register(httpRules);
  await app.register(bodyParser);
  await app.register(securityHeaders, { corsOrigins: config.corsOrigins });
  await app.register(rateLimit, { isEnabled: config.isRateLimitEnabled });
  await app.register(adminTokens, { keyRing, clock, publicUrl, ttlSeconds: config.adminTokenTtlSeconds });
  await app.register(adminAuth, {
    apiPrefix,
    sessions: createSessionRepository(app.db),
    uses: sessionUses,
    clock,
    consoleSessions: config.isConsoleEnabled ? consoleSessions : undefined,
    trustedIssuer: trustedIssuer && createTrustedIssuer(trustedIssuer),
    trustedUsers: config.isTrustedUserMade ? createWelcome(app, config, masterKey) : undefined,
  });
  await app.register(strictQuery, { apiPrefix });
  await app.register(repeatedIds);
  await app.register(safeRetries);
  await app.register(conditionalReads);
  await app.register(settledChanges);
  const issuer = config.isTrustedOnly ? trustedIssuer?.issuer : undefined;
  await app.register(trustedOnly, { issuer });
  await app.register(routeProblems, { apiPrefix });
  await app.register(openapi, { publicUrl, version: readVersion() });
  await app.register(swaggerUi);
  if (config.isConsoleEnabled) {
    const dir = overrides.consoleDir ?? builtConsole;
    await app.register(consolePage, { dir, deployment: describeDeployment(config) });
  }
  await app.register(maintenance, { leftovers, tasks: createTasks(app, parts, { keyRing, masterKey }) });
}

/** What the service does by itself now and then. */
function createTasks(
  { db, log }: FastifyInstance,
  { config, clock }: AppParts,
  { keyRing, masterKey }: Pick<NotStarted, 'keyRing' | 'masterKey'>,
): MaintenanceTask[] {
  const { auditRetentionDays: days } = config;
  const heads = createAuditHeads({ keyRing, clock, issuer: config.publicUrl });
  return days === undefined ? [] : [createAuditRetention({ db, log, heads, masterKey, clock, days })];
}
