import { access } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { drizzle } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import { ConfigError, readConfig } from '../settings/config.ts';
import type { Config } from '../settings/config.ts';
import { describeDatabaseUrl, readDatabaseUrl } from '../settings/database-url.ts';
import { findRunningPostgres, startEmbeddedPostgres } from '../embedded/embedded-postgres.ts';
import { connectOnce } from '../db/connect-once.ts';
import { inspectMigrations, requireServerVersion } from '../db/migrate.ts';
import { plainLog } from '../telemetry/logging.ts';
import { describeSendFailure } from '../mail/send-failure.ts';
import { greetSmtpServer } from '../mail/smtp-transport.ts';
import { readMasterKey } from '../embedded/master-key-file.ts';
import { consoleCookieOf } from '../rules/console-cookie.ts';
import { MasterKey } from '../master-key/master-key.ts';
import { waitAtMost } from '../wait-at-most.ts';
import type { Shell } from './command-line.ts';
import { examineDurability } from './doctor-durability.ts';
import { judgeStoredKeys } from './doctor-keys.ts';
import { judgeReplica } from './doctor-replica.ts';
import { judgeClock } from './doctor-rules.ts';
import type { Check, Verdict } from './doctor-rules.ts';
import { createLog } from './command-session.ts';
import { countGrants } from './permission-grants.ts';

const CHECK_TIMEOUT_MS = 15_000;
const STATEMENT_TIMEOUT_MS = 10_000;
/** An embedded database may have a crash to recover from. */
const START_TIMEOUT_MS = 150_000;
const END_TIMEOUT_MS = 1_000;
const QUERY_CANCELED = '57014';

/** What the checks find out for one another. */
interface Patient extends Shell {
  config: Config | undefined;
  client: pg.Client | undefined;
  masterKey: MasterKey | undefined;
  undo: (() => Promise<void>)[];
}

/** The checks of the doctor, and what closes all they opened. */
export function createChecks(shell: Shell): { checks: Check[]; close: () => Promise<void> } {
  const patient: Patient = { ...shell, config: undefined, client: undefined, masterKey: undefined, undo: [] };
  const check = (name: string, needs: string[], run: (patient: Patient) => Promise<Verdict>): Check => ({
    name,
    needs,
    timeoutMs: name === 'database' ? START_TIMEOUT_MS : CHECK_TIMEOUT_MS,
    run: () => run(patient),
  });
  return {
    checks: [
      check('settings', [], checkSettings),
      check('database', ['settings'], checkDatabase),
      check('version', ['database'], checkVersion),
      check('durability', ['database'], ({ client }) => examineDurability(requirePresent(client))),
      check('clock', ['database'], checkClock),
      check('migrations', ['version'], checkMigrations),
      check('keys', ['migrations'], checkKeys),
      check('secrets', ['keys'], checkSecrets),
      check('permissions', ['migrations'], checkPermissions),
      ...(shell.env.DATABASE_READ_URL ? [check('replica', ['migrations'], checkReplica)] : []),
      check('mail', ['settings'], checkMail),
    ],
    async close() {
      for (const step of patient.undo.reverse()) await step();
    },
  };
}

async function checkSettings(patient: Patient): Promise<Verdict> {
  try {
    patient.config = readConfig(patient.env, patient);
  } catch (err) {
    if (!(err instanceof ConfigError)) throw err;
    return { status: 'fail', what: err.problems.join('; ') };
  }
  const warnings = warnOfSettings(patient.config, patient.env);
  if (warnings.length === 0) return { status: 'ok', what: 'all of them are valid' };
  return { status: 'warn', what: warnings.join('; ') };
}

function warnOfSettings(
  { isProduction, publicUrl, trustedIssuer, isConsoleEnabled }: Config,
  env: Shell['env'],
): string[] {
  const isUrlMissing = isProduction && !env.PUBLIC_URL;
  const isIssuerInClear = trustedIssuer?.issuer.startsWith('http:') === true;
  const isConsoleInClear = isConsoleEnabled && consoleCookieOf(publicUrl) === null;
  return [
    ...(isUrlMissing ? [`PUBLIC_URL is not set: tokens and mails name ${publicUrl}`] : []),
    ...(isIssuerInClear
      ? ['LATCHKEY_TRUSTED_ISSUER is an http:// address: whoever is on the way to it can log in as anybody']
      : []),
    ...(isConsoleInClear
      ? [
          `nobody can log in to the console over ${publicUrl}: it needs an https:// PUBLIC_URL, or CONSOLE_ENABLED=false`,
        ]
      : []),
  ];
}

async function checkDatabase(patient: Patient): Promise<Verdict> {
  const { databaseUrl, dataDir } = requirePresent(patient.config);
  const found = databaseUrl ?? (await findRunningPostgres(dataDir));
  if (found !== undefined) return connect(patient, found);
  const hasCluster = await access(join(dataDir, 'postgres')).then(
    () => true,
    () => false,
  );
  if (!hasCluster) {
    const what = `not made yet: the first start of the service makes it in ${resolve(dataDir)}`;
    return { status: 'warn', what, isDeadEnd: true };
  }
  const started = await startEmbeddedPostgres({
    dataDir,
    log: plainLog(await createLog('error', patient.stderr)),
    signal: patient.signal,
  });
  patient.undo.push(() => started.stop());
  return connect(patient, started.databaseUrl);
}

async function connect(patient: Patient, databaseUrl: string): Promise<Verdict> {
  const client = await connectOnce(databaseUrl);
  patient.client = client;
  patient.undo.push(async () => {
    await waitAtMost(END_TIMEOUT_MS, client.end());
    client.connection.stream.destroy();
  });
  const { urls } = readDatabaseUrl(databaseUrl);
  const role = urls.length > 1 ? `, of which ${client.host}:${client.port} is the primary` : '';
  return { status: 'ok', what: `answers at ${describeDatabaseUrl(databaseUrl)}${role}` };
}

async function checkVersion({ client }: Patient): Promise<Verdict> {
  const { rows } = await requirePresent(client).query<{ number: string; name: string }>(
    `select current_setting('server_version_num') as number, current_setting('server_version') as name`,
  );
  const { number = '', name = '' } = rows[0] ?? {};
  requireServerVersion(Number(number));
  return { status: 'ok', what: `Postgres ${name}` };
}

async function checkClock({ client }: Patient): Promise<Verdict> {
  const beforeMs = Date.now();
  const { rows } = await requirePresent(client).query<{ ms: number }>(
    'select extract(epoch from clock_timestamp())::float8 * 1000 as ms',
  );
  return judgeClock({ beforeMs, databaseMs: rows[0]?.ms ?? NaN, afterMs: Date.now() });
}

async function checkMigrations(patient: Patient): Promise<Verdict> {
  const client = requirePresent(patient.client);
  const { applied, pending } = await inspectMigrations(client);
  if (pending === 0) {
    const what = `all ${applied} are applied`;
    if (await hasTrigrams(client)) return { status: 'ok', what };
    return {
      status: 'warn',
      what: `${what}, but searches read every name: give the database trigrams, see docs/operations.md`,
    };
  }
  return {
    status: 'fail',
    what: `${pending} of ${applied + pending} are not applied: run latchkey migrate, or start the service, which does it`,
  };
}

/** A role that may not create in the database migrates without them. */
async function hasTrigrams(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query(`select to_regclass('public.api_clients__name_trigrams_idx') as found`);
  return (rows as { found: string | null }[])[0]?.found !== null;
}

async function checkKeys(patient: Patient): Promise<Verdict> {
  const client = requirePresent(patient.client);
  const { masterKeys, dataDir, accessTokenAlgorithm } = requirePresent(patient.config);
  const keys = masterKeys ?? (await readMasterKey(dataDir));
  if (keys === undefined) {
    return { status: 'fail', what: `there is no ${join(dataDir, 'master-key')}: put back the one of this data dir` };
  }
  const masterKey = new MasterKey(keys);
  const verdict = await judgeStoredKeys(drizzle({ client }), masterKey, accessTokenAlgorithm);
  patient.masterKey = masterKey;
  return verdict;
}

async function checkSecrets({ client, masterKey }: Patient): Promise<Verdict> {
  const rows = await countSecrets(requirePresent(client));
  if (rows === undefined) return { status: 'warn', what: 'too many to look at in time' };
  const isLost = (version: string | null) =>
    version !== null && requirePresent(masterKey).findPepper(version) === undefined;
  const lost = rows.filter(({ version }) => isLost(version));
  const sum = (list: typeof rows) => list.reduce((total, { count }) => total + count, 0);
  if (lost.length === 0) return { status: 'ok', what: `${sum(rows)} can be checked` };
  return {
    status: 'fail',
    what:
      `${sum(lost)} of ${sum(rows)} are refused, because they were made under a master key that is neither listed nor ` +
      `kept (${lost.map(({ version }) => version).join(', ')}): list it in LATCHKEY_MASTER_KEY, behind the current one`,
  };
}

/** A permission that left the catalogue still opens what asks for it. */
async function checkPermissions({ client, config }: Patient): Promise<Verdict> {
  const grants = await withinStatementTime(requirePresent(client), countGrants);
  if (grants === undefined) return { status: 'warn', what: 'too many API clients to look at in time' };
  const catalogue = new Set(requirePresent(config).permissions.map(({ name }) => name));
  const unknown = grants.filter(({ name }) => !catalogue.has(name));
  if (unknown.length === 0) return { status: 'ok', what: 'API clients hold none but those of the catalogue' };
  const names = unknown.map(({ name, clients }) => `${name} (${clients})`).join(', ');
  return {
    status: 'warn',
    what: `API clients still hold some that are not in the catalogue, ${names}: latchkey permissions takes them out`,
  };
}

/**
 * How many secrets there are by the version of their pepper, which imported ones have from their first use on; undefined
 * when there are too many to count in time.
 */
function countSecrets(client: pg.Client): Promise<{ version: string | null; count: number }[] | undefined> {
  return withinStatementTime(client, async () => {
    const { rows } = await client.query<{ version: string | null; count: number }>(
      'select pepper_version as version, count(*)::int as count from secrets where ended_at is null group by pepper_version',
    );
    return rows;
  });
}

/** The outcome of a long query, or undefined when the statement takes too long. */
async function withinStatementTime<T>(
  client: pg.Client,
  read: (client: pg.Client) => Promise<T>,
): Promise<T | undefined> {
  // A setting of the session would stay behind on a connection of a pooler's.
  await client.query('begin read only');
  try {
    await client.query(`select set_config('statement_timeout', $1, true)`, [`${STATEMENT_TIMEOUT_MS}ms`]);
    return await read(client);
  } catch (err) {
    if (err instanceof pg.DatabaseError && err.code === QUERY_CANCELED) return undefined;
    throw err;
  } finally {
    await client.query('rollback');
  }
}

function checkReplica({ client, config }: Patient): Promise<Verdict> {
  return judgeReplica(requirePresent(client), requirePresent(config));
}

async function checkMail({ config }: Patient): Promise<Verdict> {
  const { smtpUrl, publicUrl, isProduction, dataDir } = requirePresent(config);
  if (smtpUrl === undefined) {
    const fate = isProduction
      ? 'every mail is dropped, so nobody can register or reset a password; set SMTP_URL'
      : `mails go to the log and to ${join(dataDir, 'outbox')}`;
    return { status: 'warn', what: `no mail server is set: ${fate}` };
  }
  const { host } = new URL(smtpUrl);
  try {
    await greetSmtpServer({ smtpUrl, publicUrl, isTlsRequired: isProduction });
    return { status: 'ok', what: `${host} takes mail` };
  } catch (err) {
    const { smtpCode, errorCode, reason } = describeSendFailure(err);
    const codes = [errorCode, smtpCode].filter((code) => code !== undefined).join(' ');
    const words = [codes || 'unknown error', ...(reason === undefined ? [] : [reason])].join(': ');
    return { status: 'fail', what: `${host} cannot be used (${words}): check SMTP_URL and the server` };
  }
}

function requirePresent<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('a check ran without the one it needs');
  return value;
}
