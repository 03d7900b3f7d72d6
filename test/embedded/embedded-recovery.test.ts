import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { startEmbeddedPostgres, stopAbandonedPostgres } from '../../src/embedded/embedded-postgres.ts';
import {
  isRoot,
  isRunning,
  makePlace,
  query,
  readServerPid,
  quick,
  silentLog,
  until,
  withoutContainers,
} from '../support/embedded-service.ts';
import type { Place } from '../support/embedded-service.ts';

void t.test('a second process on the same data dir is told which one has it, and disturbs nothing', async (t) => {
  const { dataDir, launch } = await makePlace(t);
  const first = launch({ dataDir });
  const { databaseUrl = '' } = await first.outcome();
  const second = launch({ dataDir });

  t.match(await second.outcome(), {
    name: 'EmbeddedPostgresError',
    refused:
      `The data dir ${dataDir} is in use by process ${first.pid}: ` +
      'stop that one first, or give this one another LATCHKEY_DATA_DIR',
  });
  t.same(await query(databaseUrl, 'select 1 as one'), [{ one: 1 }]);
});

const skip = await withoutContainers();

void t.test(
  'a second container on the same data dir is refused, though it sees no process of the first',
  { skip },
  async (t) => {
    const { dataDir, launch } = await makePlace(t);
    const first = launch({ dataDir, isContainer: true, isDurable: true });
    const { databaseUrl = '' } = await first.outcome();
    const second = launch({ dataDir, isContainer: true });

    t.match(await second.outcome(), {
      name: 'EmbeddedPostgresError',
      refused: `The data dir ${dataDir} is in use by a process of another container: stop that one first`,
    });
    t.same(await query(databaseUrl, 'select 1 as one'), [{ one: 1 }]);

    await t.test('and after kill -9 of the first takes over what was written', async (t) => {
      await query(databaseUrl, 'create table notes as select 42 as answer');
      await first.end('SIGKILL');
      const third = launch({ dataDir, isContainer: true });
      const { databaseUrl: thirdUrl = '' } = await third.outcome();
      t.same(await query(thirdUrl, 'select answer from notes'), [{ answer: 42 }]);
    });
  },
);

void t.test(
  'a Postgres that nobody can see and that a killed service left in its container is not joined by another',
  { skip },
  async (t) => {
    const { dataDir, launch } = await makePlace(t);
    const { orphan } = await leaveOrphan({ dataDir, launch });
    const inContainer = launch({ dataDir, isContainer: true });
    t.match(await inContainer.outcome(), {
      name: 'EmbeddedPostgresError',
      refused:
        /^A Postgres that this process cannot see serves .*\/postgres, in another container perhaps: stop that one/,
    });
    t.ok(await isRunning(orphan));
  },
);

void t.test('a second start within one process is refused as well', async (t) => {
  const { dataDir } = await makePlace(t);
  const starts = await Promise.allSettled([1, 2].map(() => startEmbeddedPostgres({ dataDir, ...quick })));
  for (const start of starts) if (start.status === 'fulfilled') t.teardown(() => start.value.stop());

  t.same(starts.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
  t.match(
    starts.find(({ status }) => status === 'rejected'),
    {
      reason: { name: 'EmbeddedPostgresError', message: `is in use by process ${process.pid}` },
    },
  );
});

void t.test('of five processes that start at once on a new data dir, one wins', async (t) => {
  const { place, dataDir, launch } = await makePlace(t);
  await exactlyOneWins(t, { place, dataDir, launch }, 5);
});

void t.test('after kill -9 of the service the next start stops its Postgres and keeps the data', async (t) => {
  const { dataDir, launch } = await makePlace(t);
  const { orphan, databaseUrl } = await leaveOrphan({ dataDir, launch });
  t.ok(await isRunning(orphan));
  const told: string[] = [];
  const next = await startEmbeddedPostgres({
    dataDir,
    isDurable: false,
    log: { ...silentLog, info: (text) => told.push(text) },
  });
  t.teardown(() => next.stop());

  t.equal(await isRunning(orphan), false);
  t.equal(told[0], `Stopping the Postgres that an earlier process left running (process ${orphan})`);
  t.equal(next.databaseUrl, databaseUrl);
  t.same(await query(next.databaseUrl, 'select * from notes'), [{ answer: 42 }]);
});

void t.test('of three processes that start at once after a kill -9, one wins, with the data', async (t) => {
  const { place, dataDir, launch } = await makePlace(t);
  await leaveOrphan({ dataDir, launch });
  const databaseUrl = await exactlyOneWins(t, { place, dataDir, launch }, 3);
  t.same(await query(databaseUrl, 'select * from notes'), [{ answer: 42 }]);
});

void t.test('after kill -9 of the service and of Postgres every committed row is there', async (t) => {
  const { dataDir, launch } = await makePlace(t);
  const { orphan } = await leaveOrphan({ dataDir, launch });
  await killAndWait(orphan);
  const next = await startEmbeddedPostgres({ dataDir, ...quick });
  t.teardown(() => next.stop());

  t.same(await query(next.databaseUrl, 'select * from notes'), [{ answer: 42 }]);
});

void t.test("a stranger's process that has the id of the dead Postgres is left alone", async (t) => {
  const { dataDir, launch } = await makePlace(t);
  const { orphan } = await leaveOrphan({ dataDir, launch });
  await killAndWait(orphan);
  // Of the same user as Postgres and named like it: Postgres itself would take it for its server and refuse.
  const { uid, gid } = await stat(join(dataDir, 'postgres'));
  const stranger = spawn('sleep', ['600'], { argv0: '/usr/bin/postgres', ...(isRoot && { uid, gid }) });
  t.teardown(async () => {
    stranger.kill('SIGKILL');
    await once(stranger, 'exit');
  });
  await replacePid(dataDir, stranger.pid!);
  const next = await startEmbeddedPostgres({ dataDir, ...quick });
  t.teardown(() => next.stop());

  t.ok(await isRunning(stranger.pid!));
  t.same(await query(next.databaseUrl, 'select * from notes'), [{ answer: 42 }]);
});

void t.test('the Postgres of another data dir is left alone, whatever a stale file says', async (t) => {
  const { place, dataDir, launch } = await makePlace(t);
  const other = await startEmbeddedPostgres({ dataDir: join(place, 'other'), ...quick });
  t.teardown(() => other.stop());
  const { orphan } = await leaveOrphan({ dataDir, launch });
  await killAndWait(orphan);
  await replacePid(dataDir, await readServerPid(join(place, 'other')));
  const next = await startEmbeddedPostgres({ dataDir, ...quick });
  t.teardown(() => next.stop());

  t.same(await query(other.databaseUrl, 'select 1 as one'), [{ one: 1 }]);
});

void t.test('a lock whose owner is gone holds nobody up, even if its id is in use again', async (t) => {
  const { dataDir } = await makePlace(t);
  const owners = [`${process.pid}.12345-of-another-time.abcdef`, '4194305.12345-of-another-time.abcdef', 'not a lock'];
  for (const owner of owners) {
    await mkdir(join(dataDir, 'postgres.lock'), { recursive: true });
    await writeFile(join(dataDir, 'postgres.lock', owner), '');
    await mkdir(join(dataDir, `postgres.lock.${owner}`));
    await stopAbandonedPostgres({ dataDir, log: silentLog });
  }

  t.same(await readdir(dataDir), []);
});

void t.test('a first start that was interrupted leaves nothing that stops the next one', async (t) => {
  const { dataDir, launch } = await makePlace(t);
  const first = launch({ dataDir });
  // Half-way through initdb: the cluster has files, but not yet the last one.
  await until(async () => {
    const names = await readdir(dataDir, { recursive: true }).catch(() => []);
    return names.some((name) => name.endsWith('PG_VERSION'));
  });
  await first.end('SIGKILL');
  t.notOk((await readdir(dataDir)).includes('postgres'));
  const next = await startEmbeddedPostgres({ dataDir, ...quick });
  t.teardown(() => next.stop());

  t.same(await query(next.databaseUrl, 'select 1 as one'), [{ one: 1 }]);
  t.same(
    (await readdir(dataDir)).filter((name) => name.startsWith('postgres.new-')),
    [],
  );
});

async function leaveOrphan({ dataDir, launch }: Pick<Place, 'dataDir' | 'launch'>) {
  const service = launch({ dataDir, isDurable: true });
  const { databaseUrl = '' } = await service.outcome();
  await query(databaseUrl, 'create table notes as select 42 as answer');
  const orphan = await readServerPid(dataDir);
  await service.end('SIGKILL');
  return { orphan, databaseUrl };
}

/** @returns the winner's database */
async function exactlyOneWins(
  t: Pick<typeof import('tap').default, 'same' | 'match'>,
  { dataDir, launch }: Place,
  processes: number,
): Promise<string> {
  const started = Array.from({ length: processes }, () => launch({ dataDir }));
  const outcomes = await Promise.all(started.map((service) => service.outcome()));
  const winners = started.filter((_, index) => outcomes[index]?.databaseUrl !== undefined);
  const refusals = outcomes.filter(({ refused }) => refused !== undefined);
  t.same([winners.length, refusals.length], [1, processes - 1]);
  for (const refusal of refusals) {
    t.match(refusal, { name: 'EmbeddedPostgresError', refused: `is in use by process ${winners[0]!.pid}:` });
  }
  return outcomes.find(({ databaseUrl }) => databaseUrl !== undefined)?.databaseUrl ?? '';
}

async function killAndWait(pid: number): Promise<void> {
  process.kill(pid, 'SIGKILL');
  await until(async () => !(await isRunning(pid)));
}

async function replacePid(dataDir: string, pid: number): Promise<void> {
  const path = join(dataDir, 'postgres', 'postmaster.pid');
  const { uid, gid } = await stat(path);
  const [, ...rest] = (await readFile(path, 'utf8')).split('\n');
  await writeFile(path, [pid, ...rest].join('\n'));
  await chown(path, uid, gid);
}
