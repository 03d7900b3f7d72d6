import { ConfigError, inspectSettings } from '../settings/config.ts';
import { settings } from '../settings/settings.ts';
import type { Config } from '../settings/config.ts';
import { MasterKey } from '../master-key/master-key.ts';
import type { Outcome, Shell } from './command-line.ts';

/** One line of the report. */
interface Line {
  name: string;
  /** Never a secret. */
  value: unknown;
  is_default: boolean;
  is_secret: boolean;
  is_valid: boolean;
}

/** Shows the settings in effect and every fault in them. */
export async function showConfig({ env, unread }: Shell): Promise<Outcome> {
  const { values, config, problems } = inspectSettings(env, { unread });
  const lines = Object.entries(settings).map(([name, { as, isSecret }]): Line => {
    const value = values[as];
    const isDefault = !env[name] && unread[name] === undefined;
    const isValid = !problems.some((problem) => problem.startsWith(`${name} `));
    const shown = isDefault ? describeDefault(name, config, value) : withoutSecrets(value, isSecret);
    return { name, value: isValid ? shown : null, is_default: isDefault, is_secret: isSecret, is_valid: isValid };
  });
  const widest = Math.max(...lines.map(({ name }) => name.length));
  return {
    text: lines.map((line) => `${line.name.padEnd(widest)}  ${describe(line)}`).join('\n'),
    document: { settings: lines, problems },
    complaint: problems.length === 0 ? undefined : new ConfigError(problems).message,
  };
}

function describe({ value, is_default: isDefault, is_valid: isValid }: Line): string {
  if (!isValid) return 'not valid';
  const isNothing = value === null || value === '' || (Array.isArray(value) && value.length === 0);
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return `${isNothing ? 'none' : text}${isDefault ? ' (default)' : ''}`;
}

/** A default, in words where it depends on other settings. */
function describeDefault(name: string, config: Config, fallback: unknown): unknown {
  switch (name) {
    case 'PUBLIC_URL':
      return config.publicUrl;
    case 'ACCESS_TOKEN_AUDIENCE':
      return config.accessTokenAudiences;
    case 'DATABASE_URL':
      return `embedded, in ${config.dataDir}`;
    case 'LATCHKEY_MASTER_KEY':
      return `made once in ${config.dataDir}`;
    default:
      return fallback ?? null;
  }
}

function withoutSecrets(value: unknown, isSecret: boolean): unknown {
  if (typeof value === 'string' && URL.canParse(value)) return maskUrl(value);
  if (!isSecret) return value;
  return areKeys(value) ? describeKeys(value) : '***';
}

function areKeys(value: unknown): value is [Buffer, ...Buffer[]] {
  return Array.isArray(value) && value.length > 0 && value.every((entry) => Buffer.isBuffer(entry));
}

/** By the versions that are stored beside what was made under them: they tell keys apart, and no key follows from one. */
function describeKeys(keys: [Buffer, ...Buffer[]]): string {
  const versions = new MasterKey(keys).peppers.map(({ version }) => version);
  return versions.map((version, index) => `${version} (${index === 0 ? 'current' : 'old'})`).join(', ');
}

/** User, password and parameters may all be secret; the host and the path say which server it is. */
function maskUrl(text: string): string {
  const url = new URL(text);
  const credentials = url.username + url.password === '' ? '' : '***@';
  const parameters = url.search === '' ? '' : '?***';
  if (credentials + parameters === '') return text;
  return `${url.protocol}//${credentials}${url.host}${url.pathname}${parameters}`;
}
