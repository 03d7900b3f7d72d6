import { readFile, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { startEmbeddedPostgres } from '../../src/embedded/embedded-postgres.ts';
import {
  isRoot,
  isRunning,
  makePlace,
  NORMAL_USER,
  query,
  readServerPid,
  run,
  quick,
  silentLog,
  until,
} from '../support/embedded-service.ts';

void t.test('the first start makes a durable database that only this host can reach', async (t) => {
  const { dataDir } = await makePlace(t);
  const told: string[] = [];
  const log = { ...silentLog, info: (message: string) => told.push(message) };
  const postgres = await startEmbeddedPostgres({ dataDir, log });
  t.teardown(() => postgres.stop());

  t.match(told, [/Creating the embedded Postgres 18 database .* takes a few seconds/, /listens on 127\.0\.0\.1:\d+/]);
  t.equal(new URL(postgres.databaseUrl).pathname, '/latchkey');
  const settings = await query(
    postgres.databaseUrl,
    `select name, setting from pg_settings where name in ('listen_addresses', 'unix_socket_directories', 'fsync',
      'full_page_writes', 'synchronous_commit', 'data_checksums', 'max_connections', 'server_encoding') order by name`,
  );
  t.same(Object.fromEntries(settings.map(({ name, setting }) => [name, setting])), {
    data_checksums: 'on',
    fsync: 'on',
    full_page_writes: 'on',
    listen_addresses: '127.0.0.1',
    max_connections: '100',
    server_encoding: 'UTF8',
    synchronous_commit: 'on',
    unix_socket_directories: '',
  });
  t.same(await query(postgres.databaseUrl, `select lower('ÀÉ@X') as low`), [{ low: 'àé@x' }]);
});

void t.test('the password is random, needed, and readable by its owner alone', async (t) => {
  const { dataDir } = await makePlace(t);
  const postgres = await startEmbeddedPostgres({ dataDir, ...quick });
  t.teardown(() => postgres.stop());

  const url = new URL(postgres.databaseUrl);
  t.match(url.password, /^[0-9a-f]{48}$/);
  t.equal((await readFile(join(dataDir, 'postgres.password'), 'utf8')).trim(), url.password);
  t.equal((await stat(join(dataDir, 'postgres.password'))).mode & 0o777, 0o600);
  t.equal((await stat(join(dataDir, 'postgres'))).mode & 0o777, 0o700);
  for (const password of ['wrong', '']) {
    url.password = password;
    await t.rejects(query(url.href, 'select 1'), /password/);
  }
});

void t.test('a later start finds the data at the same address', async (t) => {
  const { dataDir } = await makePlace(t);
  const first = await startEmbeddedPostgres({ dataDir, ...quick });
  await query(first.databaseUrl, 'create table notes as select 42 as answer');
  await first.stop();
  const second = await startEmbeddedPostgres({ dataDir, ...quick });
  t.teardown(() => second.stop());

  t.equal(second.databaseUrl, first.databaseUrl);
  t.same(await query(second.databaseUrl, 'select * from notes'), [{ answer: 42 }]);
});

void t.test('stopping ends the server whoever is connected, and twice is once', async (t) => {
  const { dataDir } = await makePlace(t);
  const postgres = await startEmbeddedPostgres({ dataDir, ...quick });
  const pid = await readServerPid(dataDir);
  const asleep = query(postgres.databaseUrl, 'select pg_sleep(600)');
  const refused = t.rejects(asleep, { code: '57P01' });
  await until(async () => {
    const rows = await query(postgres.databaseUrl, `select from pg_stat_activity where wait_event = 'PgSleep'`);
    return rows.length === 1;
  });
  await Promise.all([postgres.stop(), postgres.stop()]);
  await postgres.stop();
  await refused;

  t.equal(await isRunning(pid), false);
});

void t.test('when another program has taken the port meanwhile, a new one is chosen and kept', async (t) => {
  const { dataDir } = await makePlace(t);
  const first = await startEmbeddedPostgres({ dataDir, ...quick });
  const { port } = new URL(first.databaseUrl);
  await first.stop();
  await occupy(t, Number(port));
  const second = await startEmbeddedPostgres({ dataDir, ...quick });
  t.not(new URL(second.databaseUrl).port, port);
  await query(second.databaseUrl, 'select 1');
  await second.stop();
  const third = await startEmbeddedPostgres({ dataDir, ...quick });
  t.teardown(() => third.stop());

  t.equal(third.databaseUrl, second.databaseUrl);
});

void t.test('a port that was asked for is used, and is an error when it is taken', async (t) => {
  const { dataDir } = await makePlace(t);
  const { port, release } = await occupy(t, 0);
  await t.rejects(startEmbeddedPostgres({ dataDir, ...quick, port }), {
    name: 'EmbeddedPostgresError',
    message: `Port ${port} on 127.0.0.1 is taken: end the program that uses it, or let the embedded Postgres choose a port`,
  });
  release();
  const postgres = await startEmbeddedPostgres({ dataDir, ...quick, port });
  t.teardown(() => postgres.stop());

  t.equal(new URL(postgres.databaseUrl).port, String(port));
});

void t.test('its log holds neither values nor statements, and a big one is put aside', async (t) => {
  const { dataDir } = await makePlace(t);
  const first = await startEmbeddedPostgres({ dataDir, ...quick });
  await query(first.databaseUrl, 'create table people (email text unique)');
  await query(first.databaseUrl, `insert into people values ('ann@example.com')`);
  await t.rejects(query(first.databaseUrl, `insert into people values ('ann@example.com')`), { code: '23505' });
  await query(
    first.databaseUrl,
    `do $$ begin for i in 1..12 loop raise log '%', repeat('x', 1000000); end loop; end $$`,
  );
  await first.stop();
  const log = await readFile(join(dataDir, 'postgres.log'), 'utf8');
  t.match(log, /ERROR: {2}duplicate key/);
  t.notMatch(log, /ann@example\.com|insert into/);
  const second = await startEmbeddedPostgres({ dataDir, ...quick });
  t.teardown(() => second.stop());

  t.equal((await stat(join(dataDir, 'postgres.log.1'))).size, log.length);
  t.ok((await stat(join(dataDir, 'postgres.log'))).size < 100_000);
});

void t.test('a Ctrl-C in the terminal does not reach Postgres before the service has finished', async (t) => {
  const { dataDir, launch } = await makePlace(t);
  const service = launch({ dataDir });
  const { databaseUrl = '' } = await service.outcome();
  process.kill(-service.pid, 'SIGINT');
  await service.said(({ interrupted }) => interrupted === true);

  t.same(await query(databaseUrl, 'select 1 as one'), [{ one: 1 }]);
  t.equal(await service.end('SIGTERM'), 0);
  await t.rejects(query(databaseUrl, 'select 1'), { code: 'ECONNREFUSED' });
});

void t.test('what the service was told in its environment is not passed on', async (t) => {
  const { dataDir, launch } = await makePlace(t);
  const service = launch({ dataDir });
  await service.outcome();

  const environment = await readFile(`/proc/${await readServerPid(dataDir)}/environ`, 'utf8').catch(() => null);
  if (environment === null) {
    t.comment('no /proc on this host');
    return;
  }
  const names = [...environment.matchAll(/(?:^|\0)([^=\0]+)=/g)].map(([, name = '']) => name);
  t.same(names.filter((name) => !name.startsWith('PG')).sort(), ['LC_ALL', 'PATH', 'TZ']);
});

void t.test('a normal user can run it', async (t) => {
  const { place, launch } = await makePlace(t);
  const dataDir = join(place, 'own', 'data');
  if (isRoot)
    await run('install', ['-d', '-o', String(NORMAL_USER.uid), '-g', String(NORMAL_USER.gid), join(place, 'own')]);
  const user = isRoot ? NORMAL_USER : undefined;
  const first = launch({ dataDir, ...(user && { user }) });
  const { databaseUrl = '' } = await first.outcome();
  await query(databaseUrl, 'create table notes as select 42 as answer');
  t.equal((await stat(join(dataDir, 'postgres'))).uid, user?.uid ?? process.getuid?.());
  t.equal(await first.end('SIGTERM'), 0);
  const second = launch({ dataDir, ...(user && { user }) });
  const again = await second.outcome();

  t.same(await query(again.databaseUrl ?? '', 'select * from notes'), [{ answer: 42 }]);
  t.equal(await second.end('SIGTERM'), 0);
});

async function occupy(
  t: { teardown(handler: () => void): unknown },
  port: number,
): Promise<{ port: number; release: () => void }> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
  const release = () => void server.close();
  t.teardown(release);
  return { port: (server.address() as AddressInfo).port, release };
}
