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

export type { Argon2Cost, CatalogueEntry, Setting };

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
  NODE_ENV: setting(anyText, '', {
    shown: 'none',
    meaning: '`production` refuses the embedded database and keeps mail out of the log',
  }),
} as const;

export type SettingValues = {
  [Name in keyof typeof settings]: (typeof settings)[Name] extends Setting<infer T> ? T : never;
};

/** The checked settings under the names the code uses. */
export interface Config {
  readonly host: string;
  readonly port: number;
  /** Without a trailing slash. */
  readonly publicUrl: string;
  readonly databaseUrl: string | undefined;
  readonly databasePoolMax: number;
  readonly dataDir: string;
  readonly masterKeys: readonly [Buffer, ...Buffer[]] | undefined;
  readonly smtpUrl: string | undefined;
  readonly mailFrom: string;
  readonly permissions: readonly CatalogueEntry[];
  readonly secretPrefix: string;
  readonly adminTokenTtlSeconds: number;
  readonly accessTokenTtlSeconds: number;
  readonly accessTokenAudience: string;
  readonly resourceServers: readonly string[];
  readonly refreshTokenTtlSeconds: number;
  readonly trustedIssuer: { issuer: string; audience: string } | undefined;
  readonly passwordCost: Argon2Cost;
  readonly secretCost: Argon2Cost;
  readonly corsOrigins: readonly string[];
  readonly trustProxy: readonly string[];
  readonly isRateLimitEnabled: boolean;
  readonly logLevel: LogLevel;
  /** From 0 to 1. */
  readonly logAcceptedChecks: number;
  readonly isProduction: boolean;
}

/** Thrown by {@link readConfig}; `problems` has one sentence for every setting that is wrong. */
export class ConfigError extends Error {
  override name = 'ConfigError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The settings are not valid:\n${problems.map((problem) => `- ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

const makeMasterKeyHint =
  "make one with: node -e \"console.log(require('crypto').randomBytes(32).toString('base64'))\"";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads and checks every setting. An empty variable counts as unset.
 * @param needs what may be asked for less than the service does: a migration seals and hashes nothing
 * @throws ConfigError naming all that is wrong
 */
export function readConfig(env: Environment, needs: { isMasterKeyRequired?: boolean } = {}): Config {
  const { config, problems } = inspectSettings(env, needs);
  if (problems.length > 0) throw new ConfigError(problems);
  return Object.freeze(config);
}

/** The settings with all that is wrong about them; a wrong one has its default. Each problem begins with a name. */
export function inspectSettings(
  env: Environment,
  { isMasterKeyRequired = true }: { isMasterKeyRequired?: boolean } = {},
): { values: SettingValues; config: Config; problems: readonly string[] } {
  const problems: string[] = [];
  const values = Object.fromEntries(
    Object.entries(settings).map(([name, setting]: [string, Setting<unknown>]) => {
      const given = env[name];
      if (given === undefined || given === '') return [name, setting.fallback];
      try {
        return [name, setting.parse(given)];
      } catch (err) {
        problems.push(`${name} ${err instanceof Error ? err.message : 'is not valid'}`);
        return [name, setting.fallback];
      }
    }),
  ) as SettingValues;
  problems.push(...findConflicts(env, values, isMasterKeyRequired));
  return { values, config: toConfig(values), problems };
}

function findConflicts(env: Environment, values: SettingValues, isMasterKeyRequired: boolean): string[] {
  const problems: string[] = [];
  const isProduction = values.NODE_ENV === 'production';
  if (isProduction && !env.DATABASE_URL) {
    problems.push('DATABASE_URL is required with NODE_ENV=production: postgres://user:password@host:5432/database');
  }
  if (isMasterKeyRequired && (isProduction || env.DATABASE_URL) && !env.LATCHKEY_MASTER_KEY) {
    problems.push(`LATCHKEY_MASTER_KEY is required with a database of your own; ${makeMasterKeyHint}`);
  }
  if (Boolean(env.LATCHKEY_TRUSTED_ISSUER) !== Boolean(env.LATCHKEY_TRUSTED_AUDIENCE)) {
    problems.push('LATCHKEY_TRUSTED_ISSUER and LATCHKEY_TRUSTED_AUDIENCE go together: set both or neither');
  }
  return problems;
}

function toConfig(values: SettingValues): Config {
  const publicUrl = values.PUBLIC_URL ?? `http://localhost:${values.PORT}`;
  const { LATCHKEY_TRUSTED_ISSUER: issuer, LATCHKEY_TRUSTED_AUDIENCE: audience } = values;
  return {
    host: values.HOST,
    port: values.PORT,
    publicUrl,
    databaseUrl: values.DATABASE_URL,
    databasePoolMax: values.DATABASE_POOL_MAX,
    dataDir: values.LATCHKEY_DATA_DIR,
    masterKeys: values.LATCHKEY_MASTER_KEY,
    smtpUrl: values.SMTP_URL,
    mailFrom: values.MAIL_FROM,
    permissions: values.LATCHKEY_PERMISSIONS,
    secretPrefix: values.LATCHKEY_SECRET_PREFIX,
    adminTokenTtlSeconds: values.ADMIN_TOKEN_TTL_SECONDS,
    accessTokenTtlSeconds: values.ACCESS_TOKEN_TTL_SECONDS,
    accessTokenAudience: values.ACCESS_TOKEN_AUDIENCE ?? publicUrl,
    resourceServers: values.LATCHKEY_RESOURCE_SERVERS,
    refreshTokenTtlSeconds: values.REFRESH_TOKEN_TTL_SECONDS,
    trustedIssuer: issuer !== undefined && audience !== undefined ? { issuer, audience } : undefined,
    passwordCost: values.LATCHKEY_PASSWORD_COST,
    secretCost: values.LATCHKEY_SECRET_COST,
    corsOrigins: values.CORS_ORIGINS,
    trustProxy: values.TRUST_PROXY,
    isRateLimitEnabled: values.RATE_LIMIT_ENABLED,
    logLevel: values.LOG_LEVEL,
    logAcceptedChecks: values.LOG_ACCEPTED_CHECKS,
    isProduction: values.NODE_ENV === 'production',
  };
}
