import { once } from 'node:events';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { isRunning, query, readServerPid } from '../support/embedded-service.ts';
import { call, LISTENING, makeMasterKey, makeServicePlace } from '../support/service-process.ts';
import { plantKeys } from '../support/signing-keys.ts';
import { startSmtpServer } from '../support/smtp-server.ts';
import { createEmptyDatabase, createTestDatabase } from '../support/test-database.ts';
import { signUp, verify } from '../support/service-user.ts';

const smtp = await startSmtpServer();
t.teardown(() => smtp.stop());

void t.test(
  'one process goes from nothing to serving, survives kill -9 with its data, and keeps its master key',
  async (t) => {
    const { dataDir, launch } = await makeServicePlace(t);
    const env = { SMTP_URL: smtp.smtpUrl };
    const first = launch(env);
    const origin = await first.listening();
    const keyPath = join(dataDir, 'master-key');
    const key = await readFile(keyPath, 'utf8');

    t.equal((await call(origin, '/docs/')).status, 200);
    t.equal((await stat(keyPath)).mode & 0o777, 0o600);
    t.match(key, /^[A-Za-z0-9+/]{43}=\n$/);
    t.same(first.strays, []);
    t.equal(first.stderr(), '');
    const [said, ...more] = first.logs.filter(({ msg }) => LISTENING.test(msg));
    t.match(said?.msg, ` Console: ${origin}/console/ `);
    t.same(more, []);
    t.equal(first.logs.filter(({ msg }) => /listening at/i.test(msg)).length, 0);
    const user = await signUp(origin, smtp);

    await t.test('a second process on its data dir is refused in one sentence, and disturbs nothing', async (t) => {
      const second = launch(env);
      t.equal(await second.ended(), 1);
      t.equal(
        second.stderr(),
        `The data dir ${dataDir} is in use by process ${first.pid}: ` +
          'stop that one first, or give this one another LATCHKEY_DATA_DIR\n',
      );
      t.equal(await verify(origin, user.apiKey), 200);
    });

    await t.test('after kill -9 the next one serves everything that was written', async (t) => {
      const orphan = await readServerPid(dataDir);
      first.kill('SIGKILL');
      t.equal(await first.ended(), 'SIGKILL');
      const next = launch(env);
      const nextOrigin = await next.listening();

      t.equal(await isRunning(orphan), false);
      t.equal(await readFile(keyPath, 'utf8'), key);
      t.equal(await verify(nextOrigin, user.apiKey), 200);
      const { body } = await call<{ uuid: string }[]>(nextOrigin, '/auth/v2/organizations/me/', { token: user.token });
      t.same(
        body.map(({ uuid }) => uuid),
        [user.organizationId],
      );
      const server = await readServerPid(dataDir);
      next.kill('SIGTERM');
      t.equal(await next.ended(), 0);
      t.equal(await isRunning(server), false);
    });

    await t.test('a master key file that was replaced is refused, and the database stays as it was', async (t) => {
      await writeFile(keyPath, `${makeMasterKey()}\n`);
      const service = launch(env);
      t.equal(await service.ended(), 1);
      t.match(service.stderr(), /^LATCHKEY_MASTER_KEY is not the key this database was set up with[^\n]*\n$/);
      await writeFile(keyPath, 'nonsense\n');
      const other = launch(env);
      t.equal(await other.ended(), 1);
      t.equal(other.stderr(), `${keyPath} does not hold a master key: put back the one this data dir was made with\n`);
      await writeFile(keyPath, key);
      const restored = launch(env);
      t.equal(await verify(await restored.listening(), user.apiKey), 200);
    });
  },
);

void t.test('a port that is in use is one clear sentence, and nothing is left running', async (t) => {
  const { dataDir, launch } = await makeServicePlace(t);
  const taker = createServer().listen(0, '127.0.0.1');
  await once(taker, 'listening');
  t.teardown(() => taker.close());
  const port = String((taker.address() as AddressInfo).port);
  const service = launch({ PORT: port });

  t.equal(await service.ended(), 1);
  t.equal(
    service.stderr(),
    `The service cannot listen on port ${port} of 127.0.0.1: another program does; end that one, or choose another PORT\n`,
  );
  t.same(
    (await readdir(dataDir)).filter((name) => name === 'postgres.lock'),
    [],
  );
  await t.rejects(readServerPid(dataDir), { code: 'ENOENT' });
});

void t.test('variables of the host that are meant for other clients of Postgres change nothing', async (t) => {
  const { launch } = await makeServicePlace(t);
  const service = launch({
    ...{ PGSSLMODE: 'require', PGSSLNEGOTIATION: 'direct', PGOPTIONS: '-c search_path=nowhere', PGREPLICATION: 'true' },
    ...{ PGHOST: '192.0.2.1', PGPORT: '1', PGUSER: 'nobody', PGPASSWORD: 'x', PGDATABASE: 'x', PGCLIENT_ENCODING: 'x' },
  });
  t.equal((await fetch(`${await service.listening()}/readyz`)).status, 200);
  t.equal(service.stderr(), '');
});

void t.test('a host that is no address of the machine is one clear sentence', async (t) => {
  const { launch } = await makeServicePlace(t);
  const database = await makeDatabase(t, { isNew: false });
  const service = launch({ ...database, HOST: '192.0.2.1', PORT: '3000' });
  t.equal(await service.ended(), 1);
  t.equal(
    service.stderr(),
    'The service cannot listen on port 3000 of 192.0.2.1: EADDRNOTAVAIL; HOST must be an address of this machine\n',
  );
});

void t.test('every setting that is wrong is named at once, and no value is repeated', async (t) => {
  const { launch } = await makeServicePlace(t);
  const service = launch({
    PORT: 'seventy',
    DATABASE_URL: 'mysql://root:hunter2@db/x',
    LATCHKEY_MASTER_KEY: 'hunter2',
    SMTP_URL: 'hunter2',
    LOG_LEVEL: 'loud',
  });
  t.equal(await service.ended(), 1);
  for (const name of ['PORT', 'DATABASE_URL', 'LATCHKEY_MASTER_KEY', 'SMTP_URL', 'LOG_LEVEL']) {
    t.match(service.stderr(), new RegExp(`^- ${name} must be `, 'm'));
  }
  t.notMatch(service.stderr(), 'hunter2');
  t.same(service.logs, []);
});

void t.test('production names the database and the master key it needs, and how to make the key', async (t) => {
  const { launch } = await makeServicePlace(t);
  const service = launch({ NODE_ENV: 'production' });
  t.equal(await service.ended(), 1);
  t.match(service.stderr(), /^- DATABASE_URL is required with NODE_ENV=production: postgres:/m);
  const commands = /^- LATCHKEY_MASTER_KEY is required [^;]*; make one with: (.*)$/m.exec(service.stderr())?.[1] ?? '';
  t.match(commands, /^node -e "console\.log\(.*randomBytes\(32\).*\)", or: openssl rand -base64 32$/);
});

void t.test('secrets that stand in files start the service like those in the environment', async (t) => {
  const { dir, launch } = await makeServicePlace(t);
  const files: Record<string, string> = {};
  for (const [name, value] of Object.entries(await makeDatabase(t, { isNew: false }))) {
    files[`${name}_FILE`] = join(dir, name);
    await writeFile(join(dir, name), `${value}\n`);
  }
  const service = launch({ ...files, NODE_ENV: 'production', MAIL_FROM: 'accounts@acme.example' });
  t.equal((await call(await service.listening(), '/readyz')).status, 200);
  service.kill('SIGTERM');
  t.equal(await service.ended(), 0);

  const refused = launch({ ...files, DATABASE_URL_FILE: join(dir, 'hunter2') });
  t.equal(await refused.ended(), 1);
  t.match(refused.stderr(), /^- DATABASE_URL must be in a file that the service's user can read \(ENOENT\)$/m);
  t.notMatch(refused.stderr(), 'hunter2');
});

void t.test('a database that cannot be reached, or a user without rights, is one clear sentence', async (t) => {
  const { launch } = await makeServicePlace(t);
  const away = launch({ DATABASE_URL: 'postgres://u:hunter2@127.0.0.1:1/x', LATCHKEY_MASTER_KEY: makeMasterKey() });
  t.equal(await away.ended(), 1);
  t.match(away.stderr(), /^The database cannot be reached \(connect ECONNREFUSED[^\n]*DATABASE_URL and the server\n$/);

  const database = await makeDatabase(t);
  const role = `reader_${Date.now()}`;
  await query(database.DATABASE_URL, `create role ${role} login password 'hunter2'`);
  t.teardown(() => query(database.DATABASE_URL, `drop role ${role}`).then(() => undefined));
  const url = new URL(database.DATABASE_URL);
  url.username = role;
  url.password = 'hunter2';
  const powerless = launch({ ...database, DATABASE_URL: url.href });
  t.equal(await powerless.ended(), 1);
  t.match(powerless.stderr(), /^[^\n]*permission denied[^\n]*\n$/);
  t.notMatch(powerless.stderr(), 'hunter2');
});

void t.test('another master key than the one of the database is refused, and nothing is written', async (t) => {
  const { launch } = await makeServicePlace(t);
  const database = await makeDatabase(t, { isNew: false });
  const first = launch(database);
  await first.listening();
  first.kill('SIGTERM');
  t.equal(await first.ended(), 0);
  // An older release's database: its newest migration is missing, and would be applied now.
  await query(database.DATABASE_URL, 'create table marks as select * from drizzle.__drizzle_migrations');
  await query(database.DATABASE_URL, 'delete from drizzle.__drizzle_migrations where id > 1');
  const before = await describeDatabase(database.DATABASE_URL);
  const second = launch({ ...database, LATCHKEY_MASTER_KEY: makeMasterKey() });

  t.equal(await second.ended(), 1);
  t.equal(
    second.stderr(),
    'LATCHKEY_MASTER_KEY is not the key this database was set up with: ' +
      'start with that one, or list it behind the new one.\n',
  );
  t.same(await describeDatabase(database.DATABASE_URL), before);

  await query(database.DATABASE_URL, 'insert into drizzle.__drizzle_migrations select * from marks where id > 1');
  const rotated = launch({ ...database, LATCHKEY_MASTER_KEY: `${makeMasterKey()},${database.LATCHKEY_MASTER_KEY}` });
  await t.resolves(rotated.listening());
});

void t.test('a database that a newer release has migrated is refused', async (t) => {
  const { launch } = await makeServicePlace(t);
  const database = await makeDatabase(t);
  await query(database.DATABASE_URL, 'create schema drizzle');
  await query(
    database.DATABASE_URL,
    'create table drizzle.__drizzle_migrations (id serial primary key, hash text not null, created_at bigint)',
  );
  await query(
    database.DATABASE_URL,
    `insert into drizzle.__drizzle_migrations (hash, created_at) values ('x', 4102444800000)`,
  );
  const service = launch(database);
  t.equal(await service.ended(), 1);
  t.match(service.stderr(), /^The database was migrated by another release: [^\n]*; run the newer release\n$/);
});

interface Teardown {
  teardown(handler: () => Promise<void>): unknown;
}

/** @param options whether it is empty, or as after a first start, which takes longer than any other */
async function makeDatabase(t: Teardown, { isNew = true } = {}) {
  const { databaseUrl, drop } = await (isNew ? createEmptyDatabase() : createTestDatabase());
  t.teardown(drop);
  const env = { DATABASE_URL: databaseUrl, LATCHKEY_MASTER_KEY: makeMasterKey() };
  if (!isNew) await plantKeys(env);
  return env;
}

/** Every table with its rows, as far as a start could write them. */
async function describeDatabase(databaseUrl: string): Promise<unknown> {
  return [
    await query(databaseUrl, 'select relname, relfilenode from pg_class where relnamespace >= 2200 order by relname'),
    await query(databaseUrl, 'select * from drizzle.__drizzle_migrations order by id'),
    await query(databaseUrl, 'select * from signing_keys order by kid'),
  ];
}
