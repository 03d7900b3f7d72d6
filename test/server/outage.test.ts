import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { query, readServerPid, until } from '../support/embedded-service.ts';
import { startPostgresServer } from '../support/postgres-server.ts';
import { call, makeMasterKey, makeServicePlace } from '../support/service-process.ts';
import { createApiClient, expectStatus, signUp, verify } from '../support/service-user.ts';
import { startSmtpServer } from '../support/smtp-server.ts';
import { startLoad } from '../support/write-load.ts';

const smtp = await startSmtpServer();
t.teardown(() => smtp.stop());
const postgres = await startPostgresServer(t);
const { launch } = await makeServicePlace(t);
// Fewer connections than requests at a time: a connection that is lost for good would show.
const env = { LATCHKEY_MASTER_KEY: makeMasterKey(), SMTP_URL: smtp.smtpUrl, DATABASE_POOL_MAX: '4' };
const service = launch({ ...env, DATABASE_URL: postgres.databaseUrl });
const origin = await service.listening();
const user = await signUp(origin, smtp);

const outages = [
  ['stopped', 'SIGINT'],
  ['stopped with -m immediate', 'SIGQUIT'],
  ['killed', 'SIGKILL'],
] as const;
for (const [what, signal] of outages) {
  void t.test(
    `Postgres ${what} under load and started again: 503 meanwhile, and no answered write is lost`,
    async (t) => {
      const load = startLoad(origin, user);
      await load.seen(201);
      await postgres.stop(signal);
      t.equal((await call(origin, '/livez')).status, 200);
      t.equal((await call(origin, '/readyz')).status, 503);
      load.forget();
      await load.seen(503);
      await postgres.start();
      await until(async () => (await call(origin, '/readyz')).status === 200);
      load.forget();
      await load.seen(201);
      const { created, strange } = await load.stop();

      t.same(strange, []);
      const rows = await query(postgres.databaseUrl, 'select client_id from api_clients');
      const kept = new Set(rows.map((row) => row.client_id));
      t.same(
        created.filter((clientId) => !kept.has(clientId)),
        [],
      );
      t.equal(service.stderr(), '');
    },
  );
}

void t.test(
  'Postgres that hangs: requests are given up with 503, and are answered again when it goes on',
  async (t) => {
    // Connections that are open when it happens are the ones that say nothing.
    await Promise.all(
      Array.from({ length: 8 }, async () => expectStatus(201, createApiClient(origin, user, 'Before'))),
    );
    await postgres.freeze();
    const answers = await Promise.all(
      Array.from({ length: 8 }, async () => createApiClient(origin, user, 'Meanwhile')),
    );
    t.same(
      answers.map(({ status }) => status),
      Array.from({ length: 8 }, () => 503),
    );
    t.equal((await call(origin, '/livez')).status, 200);
    t.equal((await call(origin, '/readyz')).status, 503);
    postgres.thaw();
    await until(async () => (await call(origin, '/readyz')).status === 200);
    // As many as the pool has connections, each in a transaction.
    await Promise.all(Array.from({ length: 8 }, async () => expectStatus(201, createApiClient(origin, user, 'After'))));
    t.equal(service.stderr(), '');
  },
);

void t.test('with a Postgres that hangs it ends with 0, requests or not', async (t) => {
  await expectStatus(201, createApiClient(origin, user, 'Before'));
  await postgres.freeze();
  const asked = createApiClient(origin, user, 'Meanwhile').catch(() => null);
  service.kill('SIGTERM');

  t.equal(await service.ended(), 0);
  t.equal(service.stderr(), '');
  postgres.thaw();
  await asked;
});

void t.test('its own Postgres killed is started again, and the service goes on with all it had', async (t) => {
  const place = await makeServicePlace(t);
  const own = place.launch({ SMTP_URL: smtp.smtpUrl });
  const ownOrigin = await own.listening();
  const { apiKey } = await signUp(ownOrigin, smtp);
  process.kill(await readServerPid(place.dataDir), 'SIGKILL');
  await own.said(/^The embedded Postgres runs again/);
  await until(async () => (await call(ownOrigin, '/readyz')).status === 200);
  t.equal(await verify(ownOrigin, apiKey), 200);

  await t.test('and when that cannot be, the service ends with 1 and says why', async (t) => {
    await appendFile(join(place.dataDir, 'postgres', 'postgresql.conf'), 'nonsense = 1\n');
    process.kill(await readServerPid(place.dataDir), 'SIGKILL');
    t.equal(await own.ended(), 1);
    t.match(
      own.logs.filter(({ level }) => level === 'fatal'),
      [{ msg: /^stopping: The embedded Postgres is gone \(FATAL:.*\): .*postgres\.log says more$/ }],
    );
    t.equal(own.logs.at(-1)?.msg, 'stopped');
    t.equal(own.stderr(), '');
  });
});
