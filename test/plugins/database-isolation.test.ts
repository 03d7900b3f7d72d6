import t from 'tap';
import { READ_BUDGET_MS } from '../../src/db/client.ts';
import { migrateDatabase } from '../../src/db/migrate.ts';
import { build, waitFor } from '../support/build-app.ts';
import type { TestApp } from '../support/build-app.ts';
import { isAccepted } from '../support/company.ts';
import { startDatabaseProxy } from '../support/database-proxy.ts';
import { holdLock, waitForLockWaiters } from '../support/database-session.ts';
import { query, until } from '../support/embedded-service.ts';
import { API, createClient, PASSWORD, registerUser } from '../support/factories.ts';
import { readFigures } from '../support/metrics.ts';
import { startPostgresServer } from '../support/postgres-server.ts';
import { isProblem } from '../support/problems.ts';

const POOL_MAX = 2;
const env = { DATABASE_POOL_MAX: String(POOL_MAX), METRICS_PORT: '1' };
const WAITING_FOR_STANDBY = `select pid from pg_stat_activity where wait_event = 'SyncRep'`;

/** Lets commits wait for a standby that does not come, until the returned function lets them go. */
async function hangCommits(databaseUrl: string): Promise<() => Promise<void>> {
  const setStandby = async (name: string) => {
    await query(databaseUrl, `alter system set synchronous_standby_names = '${name}'`);
    await query(databaseUrl, 'select pg_reload_conf()');
    await until(async () => {
      const [row] = await query(databaseUrl, 'show synchronous_standby_names');
      return row?.synchronous_standby_names === name;
    });
  };
  await setStandby('nobody');
  return () => setStandby('');
}

/** Cancels what waits for a standby, whosever it is, until the answer of the service is there. */
async function cancelUntilAnswered<T>(databaseUrl: string, answer: Promise<T>): Promise<T> {
  let isAnswered = false;
  const noted = answer.finally(() => (isAnswered = true));
  const cancel = `select pg_cancel_backend(pid) from (${WAITING_FOR_STANDBY}) as waiting`;
  await until(async () => {
    await query(databaseUrl, cancel);
    return isAnswered;
  });
  return noted;
}

async function countBackends(test: TestApp): Promise<number> {
  const rows = await test.query(`select from pg_stat_activity where application_name = 'latchkey'`);
  return rows.length;
}

void t.test('lists that take every connection of the pool stop no check, and leave the service ready', async (t) => {
  const test = await build(t, { env });
  const [busy, other] = [await registerUser(test), await registerUser(test)];
  const lock = await holdLock(test, 'lock table applications in access exclusive mode');
  const url = `${API}/organizations/${busy.organizationId}/applications/`;
  const lists = Array.from({ length: 20 }, () => test.request('GET', url, { token: busy.token }));
  await waitForLockWaiters(test, POOL_MAX);
  await waitFor(async () =>
    (await readFigures(test)).get('latchkey_database_pool_waiting_queries') ? true : undefined,
  );

  t.ok(await isAccepted(test, other.apiKey));
  t.equal((await test.request('GET', '/readyz')).statusCode, 200);
  // What finds no connection in time is told that the service is busy, because Postgres is not away.
  const refused = await Promise.race(lists);
  isProblem(t, refused, { code: 'overloaded' });
  t.ok(refused.headers['retry-after']);
  await lock.commit();
  for (const { statusCode } of await Promise.all(lists)) t.ok([200, 503].includes(statusCode));
});

void t.test('commits that wait for a standby stop no check, and leave the service ready', async (t) => {
  const server = await startPostgresServer(t);
  await migrateDatabase(server.databaseUrl);
  const test = await build(t, { databaseUrl: server.databaseUrl, plantAt: server.databaseUrl, env });
  const user = await registerUser(test);
  const letGo = await hangCommits(server.databaseUrl);
  const url = `${API}/organizations/${user.organizationId}/api-clients/`;
  const body = { name: 'Waits', environment: 'live', permissions: ['api.read'] };
  const creates: ReturnType<TestApp['request']>[] = [];
  let underWay = 0;
  await until(async () => {
    // Further ones of the same organization wait for the first.
    if ((await query(server.databaseUrl, WAITING_FOR_STANDBY)).length > 0) return true;
    // Some may be refused before they come as far as a commit.
    if (underWay < POOL_MAX) {
      underWay += 1;
      const create = test.request('POST', url, { token: user.token, body });
      creates.push(create.finally(() => (underWay -= 1)));
    }
    return false;
  });

  t.ok(await isAccepted(test, user.apiKey));
  t.equal((await test.request('GET', '/readyz')).statusCode, 200);
  await letGo();
  for (const response of await Promise.all(creates)) {
    // What had to wait for too long was told so; what was answered is there.
    if (response.statusCode === 503) continue;
    t.equal(response.statusCode, 201);
    t.ok(await isAccepted(test, response.json<{ client_secret: string }>().client_secret));
  }
});

void t.test(
  'a database that is silent: checks are refused, then at once, /readyz says so, and all goes on by itself',
  async (t) => {
    const own = await build(t);
    const { apiKey } = await registerUser(own);
    const proxy = await startDatabaseProxy(t, own.databaseUrl);
    const test = await build(t, { beside: own, databaseUrl: proxy.databaseUrl, readBudgetMs: READ_BUDGET_MS });
    const check = () => test.request('GET', `${API}/verify/`, { headers: { 'x-api-key': apiKey } });
    t.equal((await check()).statusCode, 200);
    const cutOff = async () => (await readFigures(test)).get('latchkey_state_reads_cut_off');
    t.equal(await cutOff(), 0);

    proxy.hush();
    isProblem(t, await check(), { code: 'database_unavailable' });
    t.equal(await cutOff(), 1);
    const [probe, ...others] = Array.from({ length: 10 }, check);
    for (const response of await Promise.all(others)) {
      isProblem(t, response, { code: 'database_unavailable' });
      t.equal(response.headers['retry-after'], '2');
    }
    t.equal(await Promise.race([probe, Promise.resolve('still waits')]), 'still waits', 'one is tried');
    isProblem(t, await test.request('GET', '/readyz'), { code: 'database_unavailable' });
    t.equal((await test.request('GET', '/livez')).statusCode, 200);
    await probe;

    proxy.unhush();
    await until(async () => (await test.request('GET', '/readyz')).statusCode === 200);
    t.equal((await check()).statusCode, 200);
    t.equal(await cutOff(), 0);
    t.ok((await countBackends(own)) > 0);
  },
);

void t.test(
  'a change whose connection is lost while it commits: 503 that says it may have been made, as it was',
  async (t) => {
    const server = await startPostgresServer(t);
    await migrateDatabase(server.databaseUrl);
    const proxy = await startDatabaseProxy(t, server.databaseUrl);
    const test = await build(t, { databaseUrl: proxy.databaseUrl, plantAt: server.databaseUrl, env });
    const user = await registerUser(test);
    const url = `${API}/organizations/${user.organizationId}/api-clients/`;
    const letGo = await hangCommits(server.databaseUrl);
    const body = { name: 'Perhaps', environment: 'live', permissions: ['api.read'] };
    const create = test.request('POST', url, { token: user.token, body });
    await until(async () => (await query(server.databaseUrl, WAITING_FOR_STANDBY)).length > 0);
    await proxy.cut();

    const response = await create;
    isProblem(t, response, { code: 'database_unavailable' });
    t.match(response.json(), { detail: /may have been made/ });
    t.equal(response.headers['retry-after'], undefined);
    // A read has nothing to look for.
    const read = await test.request('GET', url, { token: user.token });
    isProblem(t, read, { code: 'database_unavailable' });
    t.ok(read.headers['retry-after']);
    await letGo();
    await until(
      async () => (await query(server.databaseUrl, `select from api_clients where name = 'Perhaps'`)).length === 1,
    );
  },
);

void t.test(
  'a change that Postgres committed without its standbys: 503 that says it may have been made, never a success',
  async (t) => {
    const server = await startPostgresServer(t);
    await migrateDatabase(server.databaseUrl);
    // A server may say it in any language, and a role may want to hear of no warnings.
    await query(server.databaseUrl, 'alter role latchkey set client_min_messages = error');
    const test = await build(t, { databaseUrl: server.databaseUrl, plantAt: server.databaseUrl, env });
    const user = await registerUser(test);
    const { client_id: clientId } = await createClient(test, user);
    const clients = `${API}/organizations/${user.organizationId}/api-clients/`;
    const changes = [
      () =>
        test.request('POST', clients, {
          token: user.token,
          body: { name: 'Alone', environment: 'live', permissions: ['api.read'] },
        }),
      () => test.request('DELETE', `${clients}${clientId}/`, { token: user.token }),
      () => test.request('POST', `${API}/programmatic/login/`, { body: { email: user.email, password: PASSWORD } }),
    ];
    for (const change of changes) {
      const letGo = await hangCommits(server.databaseUrl);
      const response = await cancelUntilAnswered(server.databaseUrl, change());
      isProblem(t, response, { code: 'database_unavailable' });
      t.match(response.json(), { detail: /may have been made/ });
      t.equal(response.headers['retry-after'], undefined);
      await letGo();
    }
    const rows = await query(server.databaseUrl, `select from api_clients where name = 'Alone'`);
    t.equal(rows.length, 1, 'it had been made');
    t.equal((await test.request('GET', clients, { token: user.token })).statusCode, 200);
  },
);

void t.test(
  'a change whose connection is lost before it commits: 503 with Retry-After, because nothing was done',
  async (t) => {
    const own = await build(t);
    const user = await registerUser(own);
    const proxy = await startDatabaseProxy(t, own.databaseUrl);
    const test = await build(t, { beside: own, databaseUrl: proxy.databaseUrl });
    const { client_id: clientId, client_secret: secret } = await createClient(own, user);
    const lock = await holdLock(own, 'select from api_clients where client_id = $1 for update', [clientId]);
    const url = `${API}/organizations/${user.organizationId}/api-clients/${clientId}/regenerate-secret/`;
    const regenerate = test.request('POST', url, { token: user.token });
    await waitForLockWaiters(own);
    await proxy.cut();
    const response = await regenerate;
    isProblem(t, response, { code: 'database_unavailable' });
    t.ok(response.headers['retry-after']);
    await lock.commit();
    t.ok(await isAccepted(own, secret));
  },
);
