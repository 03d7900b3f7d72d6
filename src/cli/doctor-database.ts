import { access } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type pg from 'pg';
import { connectOnce } from '../db/connect-once.ts';
import { inspectMigrations, requireServerVersion } from '../db/migrate.ts';
import { findRunningPostgres, startEmbeddedPostgres } from '../embedded/embedded-postgres.ts';
import { describeDatabaseUrl, readDatabaseUrl } from '../settings/database-url.ts';
import { plainLog } from '../telemetry/logging.ts';
import { waitAtMost } from '../wait-at-most.ts';
import { createLog } from './command-session.ts';
import { requirePresent } from './doctor-patient.ts';
import type { Patient } from './doctor-patient.ts';
import { judgeClock } from './doctor-rules.ts';
import type { Verdict } from './doctor-rules.ts';

const END_TIMEOUT_MS = 1_000;

export async function checkDatabase(patient: Patient): Promise<Verdict> {
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

export async function checkVersion({ client }: Patient): Promise<Verdict> {
  const { rows } = await requirePresent(client).query<{ number: string; name: string }>(
    `select current_setting('server_version_num') as number, current_setting('server_version') as name`,
  );
  const { number = '', name = '' } = rows[0] ?? {};
  requireServerVersion(Number(number));
  return { status: 'ok', what: `Postgres ${name}` };
}

export async function checkClock({ client }: Patient): Promise<Verdict> {
  const beforeMs = Date.now();
  const { rows } = await requirePresent(client).query<{ ms: number }>(
    'select extract(epoch from clock_timestamp())::float8 * 1000 as ms',
  );
  return judgeClock({ beforeMs, databaseMs: rows[0]?.ms ?? NaN, afterMs: Date.now() });
}

export async function checkMigrations(patient: Patient): Promise<Verdict> {
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
