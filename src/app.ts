import { randomBytes } from 'node:crypto';
import { SerializerSelector } from '@fastify/fast-json-stringify-compiler';
import Fastify from 'fastify';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import { pino } from 'pino';
import type { DestinationStream } from 'pino';
import type { Config } from './settings/config.ts';
import { answerParseError } from './http/parse-errors.ts';
import { loggerOptions, RequestLog } from './telemetry/logging.ts';
import type { OutboxTimes } from './mail/outbox.ts';
import { MasterKey } from './master-key/master-key.ts';
import { adminAuth } from './identity/admin-auth.ts';
import { bodyParser } from './plugins/body-parser.ts';
import { database } from './plugins/database.ts';
import { errorHandler, sendProblem, toAppError } from './plugins/error-handler.ts';
import { gracefulStop } from './plugins/graceful-stop.ts';
import { healthRoutes } from './plugins/health.ts';
import { httpRules } from './plugins/http-rules.ts';
import { maintenance } from './plugins/maintenance.ts';
import { metrics, metricsRoute } from './plugins/metrics.ts';
import { methodNotAllowed } from './plugins/method-not-allowed.ts';
import { openapi } from './plugins/openapi.ts';
import { rateLimit } from './plugins/rate-limit.ts';
import { makeRequestId, requestContext } from './plugins/request-context.ts';
import { securityHeaders } from './plugins/security-headers.ts';
import { routeProblems } from './plugins/route-problems.ts';
import { strictQuery } from './plugins/strict-query.ts';
import { swaggerUi } from './plugins/swagger-ui.ts';
import { Problem } from './http/problems.ts';
import { loginRoutes, registrationRoutes } from './resources/accounts/account-routes.ts';
import * as accountSchemas from './resources/accounts/account-schemas.ts';
import { createSessionRepository } from './identity/session-repository.ts';
import { apiClientRoutes } from './resources/api-clients/api-client-routes.ts';
import * as apiClientSchemas from './resources/api-clients/api-client-schemas.ts';
import { secretRoutes } from './resources/secrets/secret-routes.ts';
import { applicationRoutes } from './resources/applications/application-routes.ts';
import * as applicationSchemas from './resources/applications/application-schemas.ts';
import { oauthRoutes } from './resources/oauth/oauth-routes.ts';
import * as oauthSchemas from './resources/oauth/oauth-schemas.ts';
import { organizationRoutes } from './resources/organizations/organization-routes.ts';
import * as organizationSchemas from './resources/organizations/organization-schemas.ts';
import { permissionRoutes } from './resources/permissions/permission-routes.ts';
import * as permissionSchemas from './resources/permissions/permission-schemas.ts';
import { verifyRoutes } from './resources/verify/verify-routes.ts';
import * as verifySchemas from './resources/verify/verify-schemas.ts';
import { jwksRoutes } from './resources/well-known/jwks-routes.ts';
import { metadataRoutes } from './resources/well-known/metadata-routes.ts';
import * as sharedSchemas from './http/schemas.ts';
import { storePeppers, takeOverPeppers } from './secrets/peppers.ts';
import { createServices } from './services.ts';
import type { Services } from './services.ts';
import { adminTokens } from './identity/admin-tokens.ts';
import { createKeyReports } from './tokens/key-reports.ts';
import { KeyRing } from './tokens/key-ring.ts';
import { createSigningKeyRepository } from './tokens/signing-key-repository.ts';
import { createTrustedIssuer } from './identity/trusted-issuer.ts';
import type { Tracing } from './telemetry/tracing.ts';
import { createValidation } from './http/validation.ts';
import type { Validation } from './http/validation.ts';
import { readVersion } from './version.ts';

const API_PREFIX = '/auth/v2';
/** Room for a hundred redirect URLs of full length, and not much more. */
const BODY_LIMIT_BYTES = 256 * 1024;
const REQUEST_TIMEOUT_MS = 30_000;
const KEEP_ALIVE_TIMEOUT_MS = 72_000;

/**
 * `organizations/me/{org}/…` is `organizations/{org}/…`. What has no second part or another `me`, however spelled, stays
 * as it is: `organizations/me/` is a list of its own.
 */
const ALIAS = /^(\/auth\/v2\/organizations\/)me\/(?=[^/?#])(?!(?:m|%6[Dd])(?:e|%65)(?:[/?#]|$))/;

/** Settings with everything decided that the environment may leave open. */
export interface AppConfig extends Config {
  readonly databaseUrl: string;
  readonly masterKeys: readonly [Buffer, ...Buffer[]];
}

/** What tests put in the place of the world. */
export interface Overrides {
  logStream?: DestinationStream;
  /** Milliseconds since the epoch. */
  now?: () => number;
  mailTimes?: Partial<OutboxTimes>;
  /** Of the process, which has but one. */
  tracing?: Tracing;
}

/**
 * Builds the service on a migrated database. It never listens and never migrates; closing it ends all it began.
 * @throws WrongMasterKeyError when the database was set up under another master key, KeyRingError or PepperError when
 * somebody else has changed what is kept there
 */
export async function buildApp(config: AppConfig, overrides: Overrides = {}): Promise<FastifyInstance> {
  const validation = createValidation(config.permissions);
  const app = createServer(config, overrides, validation);
  const { databaseUrl, databasePoolMax: poolMax, hasPreparedStatements } = config;
  await app.register(database, { databaseUrl, poolMax, hasPreparedStatements });
  try {
    const { masterKey, keyRing, services } = await registerAll(app, { config, overrides, validation });
    // A master key that is not the right one is refused by either before anything is written.
    await takeOverPeppers(app.db, masterKey);
    await keyRing.start();
    await storePeppers(app.db, masterKey);
    services.start();
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
  const parts = { config: { ...config, ...unused }, overrides: {}, validation: createValidation(config.permissions) };
  const app = createServer(parts.config, parts.overrides, parts.validation);
  await app.register(database, { databaseUrl: unused.databaseUrl, poolMax: config.databasePoolMax });
  await registerAll(app, parts);
  await app.ready();
  const document = app.swagger();
  await app.close();
  return document;
}

function createServer(config: AppConfig, overrides: Overrides, validation: Validation): FastifyInstance {
  const options = loggerOptions(config.logLevel);
  const logger: FastifyBaseLogger =
    overrides.logStream === undefined ? pino(options) : pino(options, overrides.logStream);
  const requestLog = new RequestLog({
    acceptedChecksShare: config.logAcceptedChecks,
    onCompleted: (request, reply, routeConfig) => {
      request.server.metrics.observeRequest(request, reply, routeConfig);
    },
  });
  return Fastify({
    // `httpRules` does.
    http: { requireHostHeader: false },
    loggerInstance: logger,
    logController: requestLog,
    genReqId: makeRequestId,
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    // What still arrives on an open connection is answered like any other request, `/readyz` with its own 503.
    return503OnClosing: false,
    trustProxy: config.trustProxy.length === 0 ? false : [...config.trustProxy],
    routerOptions: { ignoreTrailingSlash: true },
    rewriteUrl: ({ url = '/' }) => url.replace(ALIAS, '$1'),
    schemaController: { compilersFactory: { buildValidator: validation.buildValidator, buildSerializer } },
    frameworkErrors: (err, request, reply) => {
      // Without a route, nobody else says when it is done.
      reply.raw.once('finish', () => {
        requestLog.requestCompleted(null, request, reply);
      });
      void sendProblem(toAppError(err, validation), request, reply);
    },
    clientErrorHandler: answerParseError,
  });
}

/** Problems are serialised where they are sent; compiling them for every status of every route would only delay the start. */
const buildSerializer: ReturnType<typeof SerializerSelector> = (shared, options) => {
  const compile = SerializerSelector()(shared, options);
  return (route) => (Number(route.httpStatus) >= 400 ? JSON.stringify : compile(route));
};

interface Parts {
  config: AppConfig;
  overrides: Overrides;
  validation: Validation;
}

/** What has to be started before the app serves. */
interface Startable {
  masterKey: MasterKey;
  keyRing: KeyRing;
  services: Services;
}

/** The order is the order in which a request meets them; what is registered first is closed last. */
async function registerAll(app: FastifyInstance, { config, overrides, validation }: Parts): Promise<Startable> {
  const { publicUrl, trustedIssuer, permissions: catalogue } = config;
  const masterKey = new MasterKey(config.masterKeys);
  const repository = createSigningKeyRepository(app.db);
  const keyRing = new KeyRing({ repository, masterKey, now: overrides.now ?? Date.now, ...createKeyReports(app.log) });
  app.addHook('onClose', async () => {
    keyRing.stop();
  });

  if (overrides.tracing !== undefined) await app.register(overrides.tracing.plugin);
  await app.register(metrics, { version: readVersion(), isPrivate: config.metricsPort !== undefined });
  await app.register(errorHandler, { validation });
  await app.register(gracefulStop);
  await app.register(requestContext);
  await app.register(httpRules);
  await app.register(bodyParser);
  await app.register(securityHeaders, { corsOrigins: config.corsOrigins });
  await app.register(rateLimit, { isEnabled: config.isRateLimitEnabled });
  await app.register(adminTokens, { keyRing, publicUrl, ttlSeconds: config.adminTokenTtlSeconds });
  await app.register(adminAuth, {
    apiPrefix: API_PREFIX,
    sessions: createSessionRepository(app.db),
    trustedIssuer: trustedIssuer && createTrustedIssuer(trustedIssuer),
  });
  await app.register(strictQuery, { apiPrefix: API_PREFIX });
  await app.register(routeProblems, { apiPrefix: API_PREFIX });
  await app.register(openapi, { publicUrl, version: readVersion() });
  await app.register(swaggerUi);
  await app.register(maintenance);
  for (const schema of namedSchemas()) app.addSchema(schema);

  const services = await createServices(app, { config, masterKey, keyRing, mailTimes: overrides.mailTimes ?? {} });
  await app.register(async (api) => registerApi(api, services, { catalogue, validation }), { prefix: API_PREFIX });
  await app.register(jwksRoutes, { keyRing });
  await app.register(metadataRoutes, { publicUrl, catalogue });
  await app.register(healthRoutes);
  if (config.metricsPort === undefined) await app.register(metricsRoute);
  await app.register(methodNotAllowed);
  return { masterKey, keyRing, services };
}

async function registerApi(
  api: FastifyInstance,
  services: Services,
  { catalogue, validation }: { catalogue: Config['permissions']; validation: Validation },
): Promise<void> {
  await api.register(registrationRoutes, services);
  await api.register(loginRoutes, services);
  await api.register(organizationRoutes, services);
  await api.register(applicationRoutes, services);
  await api.register(apiClientRoutes, services);
  await api.register(secretRoutes, services);
  await api.register(permissionRoutes, { catalogue });
  await api.register(verifyRoutes, services);
  await api.register(oauthRoutes, { ...services, validation });
}

/** Every shape with a name, so that any route may refer to it. */
function namedSchemas(): { $id: string }[] {
  return [
    sharedSchemas,
    accountSchemas,
    organizationSchemas,
    applicationSchemas,
    apiClientSchemas,
    permissionSchemas,
    verifySchemas,
    oauthSchemas,
    { Problem },
  ].flatMap((module) => Object.values(module).filter(isNamed));
}

function isNamed(value: unknown): value is { $id: string } {
  return typeof value === 'object' && value !== null && '$id' in value && typeof value.$id === 'string';
}
