import { settings } from './settings.ts';
import type { LogLevel, SettingValues } from './settings.ts';
import type { Argon2Cost, CatalogueEntry, Setting } from './setting-parsers.ts';

/** The checked settings under the names the code uses. */
export interface Config {
  readonly host: string;
  readonly port: number;
  /** The port of the metrics; undefined where they are on the service's own. */
  readonly metricsPort: number | undefined;
  /** Without a trailing slash. */
  readonly publicUrl: string;
  readonly databaseUrl: string | undefined;
  readonly databasePoolMax: number;
  readonly hasPreparedStatements: boolean;
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
  /** Where traces go; undefined where there are none. */
  readonly otlpEndpoint: string | undefined;
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

export type Environment = Readonly<Record<string, string | undefined>>;

export interface ReadOptions {
  /** False asks for less than the service does: a migration seals and hashes nothing. */
  isMasterKeyRequired?: boolean;
  /** By name, what is wrong with settings that could not be put into the environment. */
  unread?: Readonly<Record<string, string>>;
}

const makeMasterKeyHint =
  "make one with: node -e \"console.log(require('crypto').randomBytes(32).toString('base64'))\", " +
  'or: openssl rand -base64 32';

/**
 * Reads and checks every setting. An empty variable counts as unset.
 * @throws ConfigError naming all that is wrong
 */
export function readConfig(env: Environment, needs: ReadOptions = {}): Config {
  const { config, problems } = inspectSettings(env, needs);
  if (problems.length > 0) throw new ConfigError(problems);
  return Object.freeze(config);
}

/** The settings with all that is wrong about them; a wrong one has its default. Each problem begins with a name. */
export function inspectSettings(
  env: Environment,
  { isMasterKeyRequired = true, unread = {} }: ReadOptions = {},
): { values: SettingValues; config: Config; problems: readonly string[] } {
  const problems: string[] = [];
  const values = Object.fromEntries(
    Object.entries(settings).map(([name, setting]: [string, Setting<unknown>]) => {
      const given = env[name];
      if (unread[name] !== undefined) {
        problems.push(unread[name]);
        return [name, setting.fallback];
      }
      if (given === undefined || given === '') return [name, setting.fallback];
      try {
        return [name, setting.parse(given)];
      } catch (err) {
        problems.push(`${name} ${err instanceof Error ? err.message : 'is not valid'}`);
        return [name, setting.fallback];
      }
    }),
  ) as SettingValues;
  problems.push(...findConflicts({ ...env, ...unread }, values, isMasterKeyRequired));
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
  if (values.METRICS_PORT === values.PORT && values.PORT !== 0) {
    problems.push('METRICS_PORT must be another port than PORT');
  }
  return problems;
}

function toConfig(values: SettingValues): Config {
  const publicUrl = values.PUBLIC_URL ?? `http://localhost:${values.PORT}`;
  const { LATCHKEY_TRUSTED_ISSUER: issuer, LATCHKEY_TRUSTED_AUDIENCE: audience } = values;
  return {
    host: values.HOST,
    port: values.PORT,
    metricsPort: values.METRICS_PORT,
    publicUrl,
    databaseUrl: values.DATABASE_URL,
    databasePoolMax: values.DATABASE_POOL_MAX,
    hasPreparedStatements: values.DATABASE_PREPARED_STATEMENTS,
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
    otlpEndpoint: values.OTEL_EXPORTER_OTLP_ENDPOINT,
    isProduction: values.NODE_ENV === 'production',
  };
}
