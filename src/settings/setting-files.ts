import { readFile } from 'node:fs/promises';
import { ConfigError, inspectSettings } from './config.ts';
import { settings } from './settings.ts';
import type { Environment } from './config.ts';

/** The environment with what stood in files, and by name what is wrong with files that cannot be used. */
export interface SettingSources {
  env: Environment;
  unread: Readonly<Record<string, string>>;
}

/**
 * Reads the secret settings that stand in files: `<NAME>_FILE` names the file of `<NAME>`. Orchestrators hand secrets out
 * as files, and an environment is shown by more tools than a file is.
 */
export async function findSettings(env: Environment): Promise<SettingSources> {
  const values: Record<string, string> = {};
  const unread: Record<string, string> = {};
  for (const [name, { isSecret }] of Object.entries(settings)) {
    const path = env[`${name}_FILE`];
    if (!isSecret || !path) continue;
    try {
      if (env[name]) throw new Error(`and ${name}_FILE are both set: keep one of them`);
      values[name] = await readSecret(path);
    } catch (err) {
      unread[name] = `${name} ${err instanceof Error ? err.message : 'cannot be read'}`;
    }
  }
  return { env: { ...env, ...values }, unread };
}

/**
 * The environment with what stood in files.
 * @throws ConfigError naming all that is wrong, in the environment as well, when a file cannot be used
 */
export async function readSettingFiles(given: Environment): Promise<Environment> {
  const { env, unread } = await findSettings(given);
  if (Object.keys(unread).length > 0) throw new ConfigError(inspectSettings(env, { unread }).problems);
  return env;
}

/** The path stays out of the message: it could be the secret itself, set under the wrong name. */
async function readSecret(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error';
    throw new Error(`must be in a file that the service's user can read (${code})`, { cause });
  });
  const secret = text.replace(/[\r\n]+$/, '');
  if (secret === '') throw new Error('must not be an empty file');
  return secret;
}
