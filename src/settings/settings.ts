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
  postgresUrl,
  secretPrefix,
  setting,
  share,
  smtpUrl,
  trueOrFalse,
  wholeNumber,
} from './setting-parsers.ts';
import type { Argon2Cost, CatalogueEntry, Setting } from './setting-parsers.ts';

const defaultCatalogue: readonly CatalogueEntry[] = [
  { name: 'api.read', description: 'Read data through the API' },
  { name: 'api.write', description: 'Create and change data through the API' },
  { name: 'flows.execute', description: 'Start and run flows' },
];

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

const passwordCostFloor: Argon2Cost = { memoryKib: 19_456, passes: 2, parallelism: 1 };
const secretCostFloor: Argon2Cost = { memoryKib: 1_024, passes: 1, parallelism: 1 };

/** Every setting the service reads, in the order the README lists them. */
export const settings = {
  HOST: setting(anyText, '127.0.0.1', { meaning: 'the address it listens on' }),
  PORT: setting(wholeNumber(0, 65_535), 3000, { meaning: 'the port it listens on; 0 lets the system choose' }),
  METRICS_PORT: setting(optional(wholeNumber(0, 65_535)), undefined, {
    shown: 'none',
    meaning: 'a port for `/metrics` alone; without it they are on `PORT`, with less in them',
  }),
  PUBLIC_URL: setting(optional(httpOrigin), undefined, {
    shown: '`http://localhost:<PORT>`',
    meaning: 'issuer of tokens, links in mails and metadata',
  }),
  DATABASE_URL: setting(optional(postgresUrl), undefined, {
    shown: 'embedded',
    meaning: 'Postgres 15 or newer',
    isSecret: true,
  }),
  DATABASE_POOL_MAX: setting(wholeNumber(2, 200), 10, { meaning: 'connections to Postgres' }),
  DATABASE_PREPARED_STATEMENTS: setting(trueOrFalse, true, {
    meaning: '`false` behind PgBouncer in transaction mode without `max_prepared_statements`',
  }),
  LATCHKEY_DATA_DIR: setting(anyText, './data', { meaning: 'embedded database, outbox, generated master key' }),
  LATCHKEY_MASTER_KEY: setting(optional(masterKeys), undefined, {
    shown: 'made once in the data dir when embedded, else required',
    meaning: '32 bytes in base64; comma-separated list: the first is current, the rest are old and still accepted',
    isSecret: true,
  }),
  SMTP_URL: setting(optional(smtpUrl), undefined, {
    shown: 'none',
    meaning: 'the mail server; without it, outside production, mail goes to the log and to `<data dir>/outbox`',
    isSecret: true,
  }),
  MAIL_FROM: setting(mailSender, 'Latchkey <no-reply@localhost>', { meaning: 'the sender of mail' }),
  LATCHKEY_PERMISSIONS: setting(catalogue, defaultCatalogue, {
    shown: '`api.read`, `api.write`, `flows.execute`',
    meaning: 'the permission catalogue, JSON `[{"name","description"}]`',
  }),
  LATCHKEY_SECRET_PREFIX: setting(secretPrefix, 'lk', { meaning: 'what every secret begins with' }),
  ADMIN_TOKEN_TTL_SECONDS: setting(wholeNumber(60, 604_800), 86_400, { meaning: 'lifetime of an admin token' }),
  ACCESS_TOKEN_TTL_SECONDS: setting(wholeNumber(60, 86_400), 900, { meaning: 'lifetime of an access token' }),
  ACCESS_TOKEN_AUDIENCE: setting(optional(anyText), undefined, {
    shown: '`PUBLIC_URL`',
    meaning: '`aud` of access tokens',
  }),
  LATCHKEY_RESOURCE_SERVERS: setting(listOf(clientId), [], {
    shown: 'none',
    meaning: 'client_ids that may introspect every organization’s tokens, comma-separated',
  }),
  REFRESH_TOKEN_TTL_SECONDS: setting(wholeNumber(300, 31_536_000), 2_592_000, {
    meaning: 'how long a login lasts without use',
  }),
  LATCHKEY_TRUSTED_ISSUER: setting(optional(httpUrl), undefined, {
    shown: 'none',
    meaning: 'an external issuer whose tokens count as admin tokens of the user with that verified email',
  }),
  LATCHKEY_TRUSTED_AUDIENCE: setting(optional(anyText), undefined, {
    shown: 'none',
    meaning: 'the audience those tokens must name',
  }),
  LATCHKEY_PASSWORD_COST: setting(argon2Cost(passwordCostFloor), passwordCostFloor, {
    shown: '`19456,2,1`',
    meaning: 'argon2id cost of passwords: KiB, passes, lanes; never below the default',
  }),
  LATCHKEY_SECRET_COST: setting(argon2Cost(secretCostFloor), secretCostFloor, {
    shown: '`1024,1,1`',
    meaning: 'argon2id cost of generated secrets: KiB, passes, lanes; never below the default',
  }),
  CORS_ORIGINS: setting(listOf(httpOrigin), [], {
    shown: 'none',
    meaning: 'origins of the frontends, exact, comma-separated',
  }),
  TRUST_PROXY: setting(listOf(addressRange), [], {
    shown: 'off',
    meaning: 'addresses or CIDRs whose `X-Forwarded-For` counts, comma-separated',
  }),
  RATE_LIMIT_ENABLED: setting(trueOrFalse, true, {
    meaning:
      'request limits per address, which each process counts for itself; the account rules (cooldown, code tries, ' +
      'lockout) always hold, across all processes',
  }),
  LOG_LEVEL: setting(oneOf(logLevels), 'info', { meaning: logLevels.join(', ') }),
  LOG_ACCEPTED_CHECKS: setting(share, 1, {
    meaning: 'share of accepted credential checks that get a log line, from 0 to 1; refused ones always do',
  }),
  OTEL_EXPORTER_OTLP_ENDPOINT: setting(optional(httpUrl), undefined, {
    shown: 'none',
    meaning: 'where traces go (OTLP over HTTP, protobuf); the other `OTEL_…` variables hold as OpenTelemetry says',
  }),
  NODE_ENV: setting(anyText, '', {
    shown: 'none',
    meaning: '`production` refuses the embedded database and keeps mail out of the log',
  }),
} as const;

export type SettingValues = {
  [Name in keyof typeof settings]: (typeof settings)[Name] extends Setting<infer T> ? T : never;
};
