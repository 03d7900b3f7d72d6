import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { ConfigError, readConfig } from '../../src/settings/config.ts';
import { settings } from '../../src/settings/settings.ts';
import type { Config, Environment } from '../../src/settings/config.ts';
import { readSettingFiles } from '../../src/settings/setting-files.ts';

const key = randomBytes(32);
const secrets = {
  DATABASE_URL: 'postgres://u:hunter2@db/latchkey',
  DATABASE_READ_URL: 'postgres://u:hunter2@near/latchkey',
  LATCHKEY_MASTER_KEY: key.toString('base64'),
  SMTP_URL: 'smtp://u:hunter2@mail:587',
};

void t.test('every secret setting can stand in a file', async (t) => {
  const secretNames = Object.entries(settings).flatMap(([name, { isSecret }]) => (isSecret ? [name] : []));
  t.same(Object.keys(secrets).sort(), secretNames.sort());
  for (const end of ['', '\n', '\r\n']) {
    const config = await loadConfig(await writeSecrets(t, end));
    t.match(config, {
      databaseUrl: secrets.DATABASE_URL,
      databaseReadUrl: secrets.DATABASE_READ_URL,
      masterKeys: [key],
      smtpUrl: secrets.SMTP_URL,
    });
  }
  const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
  for (const name of secretNames) t.ok(readme.includes(`\`${name}_FILE\``), `the README has ${name}_FILE`);
});

void t.test('a setting that is no secret is read from the environment alone', async (t) => {
  const path = join(t.testdir(), 'missing');
  t.match(await loadConfig({ PORT_FILE: path, LOG_LEVEL_FILE: path }), { port: 3000, logLevel: 'info' });
});

void t.test('an empty variable counts as unset, on either side', async (t) => {
  const files = await writeSecrets(t, '');
  t.match(await loadConfig({ ...files, DATABASE_URL: '' }), { databaseUrl: secrets.DATABASE_URL });
  t.match(await loadConfig({ ...secrets, DATABASE_URL_FILE: '' }), { databaseUrl: secrets.DATABASE_URL });
});

void t.test('all that is wrong is named at once, without the secret, its path, or what follows from it', async (t) => {
  const dir = t.testdir({ empty: '\n', wrong: 'hunter2\n', folder: {} });
  const file = (name: string) => ({ NODE_ENV: 'production', ...secretFiles(() => join(dir, name)) });
  const unreadable = (code: string) =>
    Object.keys(secrets).map((name) => `${name} must be in a file that the service's user can read (${code})`);

  t.same(await problemsOf(file('missing')), unreadable('ENOENT'));
  t.same(await problemsOf(file('folder')), unreadable('EISDIR'));
  t.same(
    await problemsOf(file('empty')),
    Object.keys(secrets).map((name) => `${name} must not be an empty file`),
  );
  const wrong = await problemsOf({ ...file('wrong'), PORT: 'x' });
  t.match(wrong, [
    /^PORT must /,
    /^DATABASE_URL must /,
    /^DATABASE_READ_URL must /,
    /^LATCHKEY_MASTER_KEY must /,
    /^SMTP_URL must /,
  ]);
  t.notMatch(wrong.join(), 'hunter2');
  t.same(
    await problemsOf({ ...secrets, ...(await writeSecrets(t, '')) }),
    Object.keys(secrets).map((name) => `${name} and ${name}_FILE are both set: keep one of them`),
  );
});

interface Place {
  testdir(): string;
}

function secretFiles(pathOf: (name: string) => string): Record<string, string> {
  return Object.fromEntries(Object.keys(secrets).map((name) => [`${name}_FILE`, pathOf(name)]));
}

/** @returns the variables that name the files */
async function writeSecrets(t: Place, end: string): Promise<Record<string, string>> {
  const dir = t.testdir();
  for (const [name, value] of Object.entries(secrets)) await writeFile(join(dir, name), `${value}${end}`);
  return secretFiles((name) => join(dir, name));
}

async function loadConfig(env: Environment): Promise<Config> {
  return readConfig(await readSettingFiles(env));
}

async function problemsOf(env: Environment): Promise<readonly string[]> {
  try {
    await loadConfig(env);
    return [];
  } catch (err) {
    if (err instanceof ConfigError) return err.problems;
    throw err;
  }
}
