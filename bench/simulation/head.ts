import { chmod, chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { runCommand } from '../../src/embedded/embedded-process.ts';
import { findPostgresUser } from '../../src/embedded/embedded-system-user.ts';
import { findFreePort } from '../../test/support/free-port.ts';

/** npm's Postgres has no pg_basebackup. */
const BIN = '/usr/lib/postgresql/15/bin';
const COMMITS = 1_000;
const QUANTILES = 100;

/** How long a transaction holds the head of the change log, in rising order, by how many standbys it waits for. */
export type HoldTimes = Record<'0' | '1' | '2', number[]>;

/**
 * The shape of the change log: a deferred trigger takes the lock that orders transactions, numbers this one, and the commit
 * lets it go, after the disk of the primary and the standbys have what it says.
 */
const schema = `
  create table changes (number bigint primary key, nonce uuid not null);
  create table work (id bigint generated always as identity primary key, body text not null);
  create function number_change() returns trigger language plpgsql as $$
    begin
      perform pg_advisory_xact_lock(1);
      insert into changes
        select coalesce((select number from changes order by number desc limit 1), 0) + 1, gen_random_uuid();
      return null;
    end $$;
  create constraint trigger work__number after insert on work deferrable initially deferred
    for each row execute function number_change();`;

/** Measures on a primary and two standbys of Debian's PostgreSQL 15, durable, on this machine. */
export async function measureHoldTimes(): Promise<HoldTimes> {
  const dir = await mkdtemp(join(tmpdir(), 'latchkey-head-'));
  await chmod(dir, 0o755);
  const user = await findPostgresUser();
  if (user !== undefined) await chown(dir, user.uid, user.gid);
  const started: string[] = [];
  const run = async (tool: string, ...args: string[]) => {
    const { code, stdout, stderr } = await runCommand(join(BIN, tool), args, user);
    if (code !== 0) throw new Error(`${tool}: ${stdout} ${stderr}`);
  };
  const start = async (name: string) => {
    const port = await findFreePort();
    const settings = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c cluster_name=${name}`;
    const log = join(dir, `${name}.log`);
    await run('pg_ctl', '--pgdata', join(dir, name), '--wait', '--log', log, '--options', settings, 'start');
    started.push(name);
    return port;
  };
  try {
    await run('initdb', '--pgdata', join(dir, 'primary'), '--username', 'latchkey', '--auth', 'trust');
    const port = await start('primary');
    const source = ['--host', '127.0.0.1', '--port', String(port), '--username', 'latchkey'];
    for (const name of ['one', 'two']) {
      await run('pg_basebackup', ...source, '--pgdata', join(dir, name), '--write-recovery-conf', '--checkpoint=fast');
      await start(name);
    }
    return await measureOn(`postgres://latchkey@127.0.0.1:${port}/postgres`);
  } finally {
    for (const name of started.reverse()) {
      await run('pg_ctl', '--pgdata', join(dir, name), '--wait', '--mode', 'immediate', 'stop').catch(() => undefined);
    }
    await rm(dir, { recursive: true, force: true, maxRetries: 10 });
  }
}

async function measureOn(connectionString: string): Promise<HoldTimes> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    await client.query(schema);
    const times: Partial<HoldTimes> = {};
    for (const [count, standbys] of [
      ['0', ''],
      ['1', 'FIRST 1 (one)'],
      ['2', 'FIRST 2 (one, two)'],
    ] as const) {
      await client.query(`alter system set synchronous_standby_names = '${standbys}'`);
      await client.query('select pg_reload_conf()');
      await client.query("set synchronous_commit = 'remote_apply'");
      times[count] = await timeCommits(client);
    }
    return times as HoldTimes;
  } finally {
    await client.end();
  }
}

/** The trigger runs in the commit, so that its time is that from taking the lock to letting it go, and a way there and back. */
async function timeCommits(client: pg.Client): Promise<number[]> {
  const times: number[] = [];
  for (let index = 0; index < COMMITS; index += 1) {
    await client.query('begin');
    await client.query("insert into work (body) values (repeat('x', 400))");
    const begun = performance.now();
    await client.query('commit');
    times.push(performance.now() - begun);
  }
  times.sort((a, b) => a - b);
  const step = COMMITS / QUANTILES;
  return Array.from({ length: QUANTILES }, (_, index) => round(times[Math.floor((index + 0.5) * step)]!));
}

export function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
