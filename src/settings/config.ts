import { settings } from './settings.ts';
import type { SettingValues } from './settings.ts';
import type { Setting } from './setting-parsers.ts';
import { OperatorError } from '../operator-error.ts';

/** The checked settings, with what follows from several of them. */
export interface Config extends Omit<SettingValues, 'nodeEnv' | 'trustedAudience' | keyof Derived>, Derived {}

interface Derived {
  /** Without a trailing slash. */
  readonly publicUrl: string;
  /** The first is the default. */
  readonly accessTokenAudiences: readonly [string, ...string[]];
  readonly trustedIssuer: { issuer: string; audience: string } | undefined;
  readonly isProduction: boolean;
}

/** Thrown by {@link readConfig}; `problems` has one sentence for every setting that is wrong. */
export class ConfigError extends OperatorError {
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

/** The settings with all that is wrong about them; a wrong one has its default. Each problem begins with a variable. */
export function inspectSettings(
  env: Environment,
  { isMasterKeyRequired = true, unread = {} }: ReadOptions = {},
): { values: SettingValues; config: Config; problems: readonly string[] } {
  const problems: string[] = [];
  const values = Object.fromEntries(
    Object.entries(settings).map(([name, { as, parse, fallback }]: [string, Setting<string, unknown>]) => {
      const given = env[name];
      if (unread[name] !== undefined) {
        problems.push(unread[name]);
        return [as, fallback];
      }
      if (given === undefined || given === '') return [as, fallback];
      try {
        return [as, parse(given)];
      } catch (err) {
        problems.push(`${name} ${err instanceof Error ? err.message : 'is not valid'}`);
        return [as, fallback];
      }
    }),
  ) as SettingValues;
  problems.push(...findConflicts({ ...env, ...unread }, values, isMasterKeyRequired));
  return { values, config: toConfig(values), problems };
}

function findConflicts(env: Environment, values: SettingValues, isMasterKeyRequired: boolean): string[] {
  const problems: string[] = [];
  const isProduction = values.nodeEnv === 'production';
  if (isProduction && !env.DATABASE_URL) {
    problems.push('DATABASE_URL is required with NODE_ENV=production: postgres://user:password@host:5432/database');
  }
  if (env.DATABASE_READ_URL && !env.DATABASE_URL) {
    problems.push('DATABASE_READ_URL needs DATABASE_URL: the replica of an embedded database cannot be set');
  }
  if (isMasterKeyRequired && (isProduction || env.DATABASE_URL) && !env.LATCHKEY_MASTER_KEY) {
    problems.push(`LATCHKEY_MASTER_KEY is required with a database of your own; ${makeMasterKeyHint}`);
  }
  if (Boolean(env.LATCHKEY_TRUSTED_ISSUER) !== Boolean(env.LATCHKEY_TRUSTED_AUDIENCE)) {
    problems.push('LATCHKEY_TRUSTED_ISSUER and LATCHKEY_TRUSTED_AUDIENCE go together: set both or neither');
  }
  for (const name of ['LATCHKEY_TRUSTED_JIT', 'LATCHKEY_TRUSTED_ONLY']) {
    if (env[name] === 'true' && !env.LATCHKEY_TRUSTED_ISSUER) problems.push(`${name} needs LATCHKEY_TRUSTED_ISSUER`);
  }
  if (isProduction && values.smtpUrl !== undefined && !env.MAIL_FROM) {
    problems.push('MAIL_FROM is required with SMTP_URL and NODE_ENV=production: Acme Accounts <accounts@acme.example>');
  }
  if (values.metricsPort === values.port && values.port !== 0) {
    problems.push('METRICS_PORT must be another port than PORT');
  }
  return problems;
}

function toConfig({ nodeEnv, trustedIssuer: issuer, trustedAudience: audience, ...values }: SettingValues): Config {
  const publicUrl = values.publicUrl ?? `http://localhost:${values.port}`;
  const [defaultAudience = publicUrl, ...audiences] = values.accessTokenAudiences;
  return {
    ...values,
    publicUrl,
    accessTokenAudiences: [defaultAudience, ...audiences],
    trustedIssuer: issuer !== undefined && audience !== undefined ? { issuer, audience } : undefined,
    isProduction: nodeEnv === 'production',
  };
}
