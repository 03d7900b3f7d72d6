import {
  addressRange,
  anyText,
  argon2Cost,
  catalogue,
  clientId,
  httpOrigin,
  httpUrl,
  listOf,
  mailSender,
  masterKeys,
  oneOf,
  optional,
  postgresReadUrl,
  postgresUrl,
  quotas,
  secretPrefix,
  setting,
  share,
  smtpUrl,
  trueOrFalse,
  wholeNumber,
} from './setting-parsers.ts';
import { defaultQuotas } from '../rules/quotas.ts';
import { signingAlgorithms } from '../rules/signing-algorithms.ts';
import type { Argon2Cost } from '../rules/argon2-cost.ts';
import type { CatalogueEntry } from '../rules/permission-catalogue.ts';
import type { Setting } from './setting-parsers.ts';

const defaultCatalogue: readonly CatalogueEntry[] = [
  { name: 'api.read', description: 'Read data through the API' },
  { name: 'api.write', description: 'Create and change data through the API' },
  { name: 'flows.execute', description: 'Start and run flows' },
];

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

const passwordCostFloor: Argon2Cost = { memoryKib: 19_456, passes: 2, parallelism: 1 };
const secretCostFloor: Argon2Cost = { memoryKib: 64, passes: 1, parallelism: 1 };

/**
 * Every setting the service reads, in the order the README lists them: the variable, the name its value has in the code,
 * and what makes the value.
 */
export const settings = {
  HOST: setting('host', anyText, { fallback: '127.0.0.1', meaning: 'the address it listens on' }),
  PORT: setting('port', wholeNumber(0, 65_535), {
    fallback: 3000,
    meaning: 'the port it listens on; 0 lets the system choose',
  }),
  METRICS_PORT: setting('metricsPort', optional(wholeNumber(0, 65_535)), {
    fallback: undefined,
    shown: 'none',
    meaning: 'a port for `/metrics` alone; without it they are on `PORT`, with less in them',
  }),
  METRICS_HOST: setting('metricsHost', anyText, {
    fallback: '127.0.0.1',
    meaning: 'the address of `METRICS_PORT`; in a container, `0.0.0.0` lets Prometheus in',
  }),
  KEEP_ALIVE_TIMEOUT_SECONDS: setting('keepAliveTimeoutSeconds', wholeNumber(1, 3_600), {
    fallback: 72,
    meaning:
      'how long a connection stays open for its next request; longer than the proxy in front keeps its own (nginx 60 s, ' +
      'AWS 60 s, Google Cloud 600 s: 620)',
  }),
  PUBLIC_URL: setting('publicUrl', optional(httpOrigin), {
    fallback: undefined,
    shown: '`http://localhost:<PORT>`',
    meaning: 'issuer of tokens, links in mails and metadata',
  }),
  DATABASE_URL: setting('databaseUrl', optional(postgresUrl), {
    fallback: undefined,
    shown: 'embedded',
    meaning:
      'Postgres 15 or newer; several hosts may be listed, `postgres://user:password@a,b:5433/database`, of which the ' +
      'primary is used',
    isSecret: true,
  }),
  DATABASE_POOL_MAX: setting('databasePoolMax', wholeNumber(2, 200), {
    fallback: 10,
    meaning:
      'connections to Postgres for the work of requests; a process opens up to eight more: seven for credential checks and ' +
      'one that tells whether the database is well',
  }),
  DATABASE_PREPARED_STATEMENTS: setting('hasPreparedStatements', trueOrFalse, {
    fallback: true,
    meaning: '`false` behind PgBouncer in transaction mode without `max_prepared_statements`',
  }),
  DATABASE_READ_URL: setting('databaseReadUrl', optional(postgresReadUrl), {
    fallback: undefined,
    shown: 'none',
    meaning:
      'a replica near this instance, or several behind one address, that credential checks are answered from, as strictly ' +
      'as from the primary ([how](docs/operations.md#reads-from-replicas)); up to seven more connections, to it',
    isSecret: true,
  }),
  REPLICA_LEASE_SECONDS: setting('replicaLeaseSeconds', wholeNumber(1, 60), {
    fallback: 3,
    meaning:
      'how long the replica is believed without a word from the primary; a revocation waits at most a tenth longer for an ' +
      'instance that is cut off',
  }),
  LATCHKEY_DATA_DIR: setting('dataDir', anyText, {
    fallback: './data',
    meaning: 'embedded database, outbox, generated master key',
  }),
  LATCHKEY_MASTER_KEY: setting('masterKeys', optional(masterKeys), {
    fallback: undefined,
    shown: 'made once in the data dir when embedded, else required',
    meaning: '32 bytes in base64; comma-separated list: the first is current, the rest are old and still accepted',
    isSecret: true,
  }),
  SMTP_URL: setting('smtpUrl', optional(smtpUrl), {
    fallback: undefined,
    shown: 'none',
    meaning: 'the mail server; without it, outside production, mail goes to the log and to `<data dir>/outbox`',
    isSecret: true,
  }),
  MAIL_FROM: setting('mailFrom', mailSender, {
    fallback: { name: 'Latchkey', address: 'no-reply@localhost' },
    shown: '`Latchkey <no-reply@localhost>`',
    meaning: 'the sender of mail; required in production where `SMTP_URL` is set',
  }),
  LATCHKEY_PERMISSIONS: setting('permissions', catalogue, {
    fallback: defaultCatalogue,
    shown: '`api.read`, `api.write`, `flows.execute`',
    meaning: 'the permission catalogue, JSON `[{"name","description"}]`',
  }),
  LATCHKEY_QUOTAS: setting('quotas', quotas, {
    fallback: defaultQuotas,
    shown: `\`${JSON.stringify(defaultQuotas)}\``,
    meaning: 'how many a user may own (organizations) and an organization may have, JSON; 0 is no limit',
  }),
  LATCHKEY_SECRET_PREFIX: setting('secretPrefix', secretPrefix, {
    fallback: 'lk',
    meaning: 'what every secret begins with',
  }),
  ADMIN_TOKEN_TTL_SECONDS: setting('adminTokenTtlSeconds', wholeNumber(60, 604_800), {
    fallback: 86_400,
    meaning: 'lifetime of an admin token',
  }),
  ACCESS_TOKEN_TTL_SECONDS: setting('accessTokenTtlSeconds', wholeNumber(60, 86_400), {
    fallback: 900,
    meaning: 'lifetime of an access token',
  }),
  ACCESS_TOKEN_AUDIENCE: setting('accessTokenAudiences', listOf(anyText), {
    fallback: [],
    shown: '`PUBLIC_URL`',
    meaning: 'whom access tokens can be for (`aud`), comma-separated; the first where a client names no `resource`',
  }),
  ACCESS_TOKEN_ALGORITHM: setting('accessTokenAlgorithm', oneOf(signingAlgorithms), {
    fallback: 'RS256',
    meaning:
      'what signs access tokens: `RS256`, `ES256` or `EdDSA` ([which one](docs/operations.md#the-algorithm-of-access-tokens)); ' +
      'admin tokens are RS256',
  }),
  LATCHKEY_RESOURCE_SERVERS: setting('resourceServers', listOf(clientId), {
    fallback: [],
    shown: 'none',
    meaning: 'client_ids that may introspect every organization’s tokens, comma-separated',
  }),
  LATCHKEY_ADMIN_RESOURCE_SERVERS: setting('adminResourceServers', listOf(clientId), {
    fallback: [],
    shown: 'none',
    meaning: 'client_ids that may introspect admin tokens, comma-separated',
  }),
  REFRESH_TOKEN_TTL_SECONDS: setting('refreshTokenTtlSeconds', wholeNumber(300, 31_536_000), {
    fallback: 2_592_000,
    meaning: 'how long a login lasts without use; 90 days after it, it ends in any case',
  }),
  CONSOLE_ENABLED: setting('isConsoleEnabled', trueOrFalse, {
    fallback: true,
    meaning: 'the sessions of the service’s own page, `/console/`; it needs HTTPS, but on this machine',
  }),
  CONSOLE_SESSION_IDLE_SECONDS: setting('consoleSessionIdleSeconds', wholeNumber(300, 2_592_000), {
    fallback: 43_200,
    meaning: 'how long a login to the console lasts without use',
  }),
  CONSOLE_SESSION_TTL_SECONDS: setting('consoleSessionTtlSeconds', wholeNumber(300, 2_592_000), {
    fallback: 604_800,
    meaning: 'how long a login to the console lasts in any case',
  }),
  LATCHKEY_TRUSTED_ISSUER: setting('trustedIssuer', optional(httpUrl), {
    fallback: undefined,
    shown: 'none',
    meaning: 'an external issuer whose tokens count as admin tokens of the user with that verified email',
  }),
  LATCHKEY_TRUSTED_AUDIENCE: setting('trustedAudience', optional(anyText), {
    fallback: undefined,
    shown: 'none',
    meaning: 'the audience those tokens must name',
  }),
  LATCHKEY_TRUSTED_JIT: setting('isTrustedUserMade', trueOrFalse, {
    fallback: false,
    meaning: 'whether that issuer’s token makes its user, where the verified email has none yet; without a password',
  }),
  LATCHKEY_TRUSTED_ONLY: setting('isTrustedOnly', trueOrFalse, {
    fallback: false,
    meaning: 'closes passwords and registration: people come in by that issuer’s tokens alone',
  }),
  LATCHKEY_PASSWORD_COST: setting('passwordCost', argon2Cost(passwordCostFloor), {
    fallback: passwordCostFloor,
    shown: '`19456,2,1`',
    meaning: 'argon2id cost of passwords: KiB, passes, lanes; never below the default',
  }),
  LATCHKEY_SECRET_COST: setting('secretCost', argon2Cost(secretCostFloor), {
    fallback: secretCostFloor,
    shown: '`64,1,1`',
    meaning: 'argon2id cost of generated secrets: KiB, passes, lanes; never below the default',
  }),
  CORS_ORIGINS: setting('corsOrigins', listOf(httpOrigin), {
    fallback: [],
    shown: 'none',
    meaning: 'origins of the frontends, exact, comma-separated',
  }),
  TRUST_PROXY: setting('trustProxy', listOf(addressRange), {
    fallback: [],
    shown: 'off',
    meaning:
      'addresses or CIDRs of proxies whose `X-Forwarded-For` counts, with or without ports in it; comma-separated',
  }),
  RATE_LIMIT_ENABLED: setting('isRateLimitEnabled', trueOrFalse, {
    fallback: true,
    meaning:
      'request limits per address, and per user on the management routes (1,200 reads and 300 writes a minute), which ' +
      'each process counts for itself; the account rules (cooldown, code tries, lockout) always hold, across all processes',
  }),
  AUDIT_RETENTION_DAYS: setting('auditRetentionDays', optional(wholeNumber(1, 36_500)), {
    fallback: undefined,
    shown: 'for ever',
    meaning: 'how long audit events are kept; what is left after a cut can still be verified',
  }),
  LOG_LEVEL: setting('logLevel', oneOf(logLevels), { fallback: 'info', meaning: logLevels.join(', ') }),
  LOG_ACCEPTED_CHECKS: setting('logAcceptedChecks', share, {
    fallback: 1,
    meaning: 'share of accepted credential checks that get a log line, from 0 to 1; refused ones always do',
  }),
  OTEL_EXPORTER_OTLP_ENDPOINT: setting('otlpEndpoint', optional(httpUrl), {
    fallback: undefined,
    shown: 'none',
    meaning: 'where traces go (OTLP over HTTP, protobuf); the other `OTEL_…` variables hold as OpenTelemetry says',
  }),
  NODE_ENV: setting('nodeEnv', anyText, {
    fallback: '',
    shown: 'none',
    meaning: '`production` refuses the embedded database and keeps mail out of the log',
  }),
} as const;

type Settings = typeof settings;

/** The values of the settings under the names the code uses. */
export type SettingValues = {
  readonly [Name in keyof Settings as Settings[Name]['as']]: Settings[Name] extends Setting<string, infer T>
    ? T
    : never;
};
