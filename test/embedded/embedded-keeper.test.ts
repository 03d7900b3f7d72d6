import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import type { Test } from 'tap';
import { startEmbeddedPostgres } from '../../src/embedded/embedded-postgres.ts';
import type { EmbeddedPostgresError, EmbeddedPostgresOptions } from '../../src/embedded/embedded-postgres.ts';
import { runCommand } from '../../src/embedded/embedded-process.ts';
import { isRunning, makePlace, query, readServerPid, until } from '../support/embedded-service.ts';

/** An embedded Postgres, and all it says. */
async function start(
  t: Pick<Test, 'teardown'>,
  options: Pick<EmbeddedPostgresOptions, 'restartPausesMs' | 'isDurable'> = {},
) {
  const { dataDir } = await makePlace(t);
  const told: string[] = [];
  const lost: EmbeddedPostgresError[] = [];
  const log = { info: (text: string) => told.push(text), error: (text: string) => told.push(text) };
  const onLost = (err: EmbeddedPostgresError) => lost.push(err);
  const postgres = await startEmbeddedPostgres({ dataDir, log, onLost, isDurable: false, ...options });
  t.teardown(() => postgres.stop());
  told.length = 0;
  const { databaseUrl } = postgres;
  const logPath = join(dataDir, 'postgres.log');
  return { dataDir, told, lost, postgres, databaseUrl, logPath, ended: `has ended by itself; ${logPath} says why` };
}

/** `SIGKILL` is what the kernel does; with `SIGINT` none of its children is left for a while. */
async function end(dataDir: string, signal: 'SIGKILL' | 'SIGINT'): Promise<number> {
  const pid = await readServerPid(dataDir);
  process.kill(pid, signal);
  await until(async () => !(await isRunning(pid)));
  return pid;
}

/** The servers that run on a data dir. */
async function listServers(dataDir: string): Promise<number[]> {
  const { stdout } = await runCommand('ps', ['-ww', '-e', '-o', 'pid=,args=']);
  return stdout
    .split('\n')
    .filter((line) => line.includes(`/postgres -D ${join(dataDir, 'postgres')} `))
    .map((line) => Number.parseInt(line, 10));
}

const isThere = (databaseUrl: string) => async () =>
  query(databaseUrl, 'select 1').then(
    () => true,
    () => false,
  );

void t.test(
  'a server that is killed is started again by itself, at its address and with every committed row',
  async (t) => {
    const { dataDir, told, databaseUrl, ended } = await start(t, { isDurable: true });
    await query(databaseUrl, 'create table notes as select 42 as answer');
    // A connection of somebody who is at work: its process outlives the server for a moment.
    const asleep = t.rejects(query(databaseUrl, 'select pg_sleep(600)'));
    await until(async () => {
      const rows = await query(databaseUrl, `select from pg_stat_activity where wait_event = 'PgSleep'`);
      return rows.length === 1;
    });
    const killed = await end(dataDir, 'SIGKILL');
    await asleep;
    await until(isThere(databaseUrl));

    t.same(await query(databaseUrl, 'select * from notes'), [{ answer: 42 }]);
    t.match(told[0], ended);
    t.match(told.at(-1), /^The embedded Postgres runs again \(attempt [1-5] of 5\)$/);
    const server = await readServerPid(dataDir);
    t.not(server, killed);
    t.same(await listServers(dataDir), [server]);
  },
);

void t.test(
  'one that is told to end from outside is started again as well, and ends when the service stops',
  async (t) => {
    const { dataDir, told, databaseUrl, postgres, ended } = await start(t);
    await end(dataDir, 'SIGINT');
    await until(async () => told.length === 2);
    t.match(told, [ended, /runs again \(attempt 1 of 5\)/]);
    t.ok(await isThere(databaseUrl)());
    await postgres.stop();

    t.same(await listServers(dataDir), []);
    t.equal(told.length, 2, 'a stop is no end by itself');
  },
);

void t.test('one that ends again and again is given up, with one line for each attempt', async (t) => {
  const { dataDir, told, lost, logPath, postgres } = await start(t, { restartPausesMs: [0, 0] });
  for (const attempt of [1, 2]) {
    await end(dataDir, 'SIGINT');
    await until(async () => told.some((line) => line.includes(`runs again (attempt ${attempt} of 2)`)));
  }
  await end(dataDir, 'SIGINT');
  await until(async () => lost.length === 1);

  t.match(lost, [{ name: 'EmbeddedPostgresError', message: `is gone (it ended too often): ${logPath} says more` }]);
  t.equal(told.length, 5);
  t.same(await listServers(dataDir), []);
  await postgres.stop();
});

void t.test('one that cannot be started again is given up, and the last reason is told', async (t) => {
  const { dataDir, told, lost, postgres } = await start(t, { restartPausesMs: [0, 10, 10] });
  const settings = join(dataDir, 'postgres', 'postgresql.conf');
  const good = await readFile(settings, 'utf8');
  await appendFile(settings, 'nonsense = 1\n');
  await end(dataDir, 'SIGKILL');
  await until(async () => lost.length === 1);

  t.match(
    told.slice(1),
    [1, 2, 3].map((attempt) => `did not start again (attempt ${attempt} of 3): FATAL`),
  );
  t.match(lost, [{ message: /is gone \(FATAL:.*configuration file/ }]);
  await postgres.stop();
  await writeFile(settings, good);
  const next = await startEmbeddedPostgres({ dataDir, log: { info: () => undefined, error: () => undefined } });
  t.teardown(() => next.stop());
  t.same(await query(next.databaseUrl, 'select 1 as one'), [{ one: 1 }], 'the data dir is free for the next one');
});

void t.test('a stop ends the pause before a start, and a start that is under way', async (t) => {
  for (const pauseMs of [600_000, 0]) {
    const { dataDir, told, lost, postgres, ended } = await start(t, { restartPausesMs: [pauseMs] });
    await end(dataDir, 'SIGKILL');
    await until(async () => told.length > 0);
    await postgres.stop();

    t.match(told[0], ended);
    t.same(await listServers(dataDir), []);
    t.same(lost, []);
  }
});
