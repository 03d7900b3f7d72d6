import { join } from 'node:path';
import { drizzle } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import { readMasterKey } from '../embedded/master-key-file.ts';
import { MasterKey } from '../master-key/master-key.ts';
import { judgeStoredKeys } from './doctor-keys.ts';
import { requirePresent } from './doctor-patient.ts';
import type { Patient } from './doctor-patient.ts';
import type { Verdict } from './doctor-rules.ts';
import { countGrants } from './permission-grants.ts';

const STATEMENT_TIMEOUT_MS = 10_000;
const QUERY_CANCELED = '57014';

export async function checkKeys(patient: Patient): Promise<Verdict> {
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

export async function checkSecrets({ client, masterKey }: Patient): Promise<Verdict> {
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
export async function checkPermissions({ client, config }: Patient): Promise<Verdict> {
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
