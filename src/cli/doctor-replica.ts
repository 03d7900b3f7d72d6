import type pg from 'pg';
import { connectOnce } from '../db/connect-once.ts';
import type { Config } from '../settings/config.ts';
import { describeDatabaseUrl } from '../settings/database-url.ts';
import type { Verdict } from './doctor-rules.ts';

interface Newest {
  number: string;
  nonce: string;
  server: string;
}

const NEWEST = `select number::text, nonce::text, concat(extract(epoch from pg_postmaster_start_time()), ' ', pg_relation_filepath(
  'state_changes'::regclass)) as server from state_changes order by number desc limit 1`;
const HAS = 'select from state_changes where number = $1 and nonce = $2';

/** Looks at the replica that checks are to be answered from, and whether the primary takes promises. */
export async function judgeReplica(
  primary: pg.Client,
  { databaseReadUrl, replicaLeaseSeconds }: Pick<Config, 'databaseReadUrl' | 'replicaLeaseSeconds'>,
): Promise<Verdict> {
  if (databaseReadUrl === undefined) return { status: 'ok', what: 'none is set' };
  const replica = await connectOnce(databaseReadUrl, 'read');
  try {
    await tryPromise(primary, 1_000 * replicaLeaseSeconds);
    const where = describeDatabaseUrl(databaseReadUrl, 'read');
    // In this order: what the primary has by then, the replica may have.
    const copy = await readNewest(replica);
    const own = await readNewest(primary);
    return {
      status: 'ok',
      ...(await compare({ primary, own, replica, copy }, `${where} is believed for ${replicaLeaseSeconds} s`)),
    };
  } finally {
    await replica.end();
  }
}

interface Both {
  primary: pg.Client;
  own: Newest | undefined;
  replica: pg.Client;
  copy: Newest | undefined;
}

async function compare(
  { primary, own, replica, copy }: Both,
  where: string,
): Promise<Partial<Verdict> & { what: string }> {
  if (own === undefined || copy === undefined || !(await has(primary, copy))) {
    return {
      status: 'fail',
      what: 'DATABASE_READ_URL leads to another database than DATABASE_URL, or to a replica of another history: nothing is read from it',
    };
  }
  if (own.server === copy.server) {
    return { status: 'warn', what: 'DATABASE_READ_URL leads to the primary itself, which it relieves of nothing' };
  }
  if (await has(replica, own)) return { what: `${where}, and has all that the primary has` };
  const behind = Number(own.number) - Number(copy.number);
  return { status: 'warn', what: `${where}, but is ${behind} changes behind: until it has them the primary is asked` };
}

async function readNewest(client: pg.Client): Promise<Newest | undefined> {
  return (await client.query<Newest>(NEWEST)).rows[0];
}

async function has(client: pg.Client, { number, nonce }: Newest): Promise<boolean> {
  return (await client.query(HAS, [number, nonce])).rows.length > 0;
}

/** Throws what keeps the role from it. */
async function tryPromise(client: pg.Client, leaseMs: number): Promise<void> {
  await client.query('begin');
  try {
    await client.query('select grant_state_promise(gen_random_uuid(), $1)', [leaseMs]);
  } finally {
    await client.query('rollback');
  }
}
