import t from 'tap';
import { build } from '../support/build-app.ts';
import type { TestApp } from '../support/build-app.ts';
import { isAccepted, refuseInserts } from '../support/company.ts';
import { startDatabaseProxy } from '../support/database-proxy.ts';
import { beginTransaction, waitForLockWaiters } from '../support/database-session.ts';
import { API, registerUser } from '../support/factories.ts';
import type { TestUser } from '../support/factories.ts';
import { isProblem } from '../support/problems.ts';
import { createTestDatabase, withParameter } from '../support/test-database.ts';

/** A request of each kind that needs the database. */
async function askAll(test: TestApp, { token, organizationId, applicationId, apiKey }: TestUser) {
  const path = `${API}/organizations/${organizationId}`;
  return Promise.all([
    test.request('GET', `${API}/organizations/me/`, { token }),
    test.request('POST', `${path}/applications/`, { token }),
    test.request('PATCH', `${path}/applications/${applicationId}/`, { token, body: { name: 'x' } }),
    test.request('DELETE', `${path}/applications/${applicationId}/`, { token }),
    test.request('GET', `${API}/verify/`, { headers: { 'x-api-key': apiKey } }),
  ]);
}

/** Holds a row of somebody else's, so that a change to it has to wait. */
async function lockApplication(test: TestApp, id: string) {
  const transaction = await beginTransaction(test);
  await transaction.query('select 1 from applications where id = $1 for update', [id]);
  return transaction.commit;
}

void t.test('503 with Retry-After when a row stays locked for longer than a request may wait', async (t) => {
  const database = await createTestDatabase();
  t.teardown(database.drop);
  // What the URL says of a connection goes before what the pool would set.
  const test = await build(t, {
    databaseUrl: withParameter(database.databaseUrl, 'lock_timeout', '100'),
    plantAt: database.databaseUrl,
  });
  const { token, organizationId, applicationId } = await registerUser(test);
  const url = `${API}/organizations/${organizationId}/applications/${applicationId}/`;
  const release = await lockApplication(test, applicationId);
  const response = await test.request('PATCH', url, { token, body: { name: 'x' } });
  isProblem(t, response, { code: 'overloaded' });
  t.equal(response.headers['retry-after'], '2');
  t.ok(
    test.logs.some((line) => line.includes('55P03')),
    'the cause is in the log',
  );
  await release();
  t.equal((await test.request('PATCH', url, { token, body: { name: 'x' } })).statusCode, 200);
});

void t.test(
  '503 with Retry-After when Postgres ends the connection in the middle, and the next one works',
  async (t) => {
    const test = await build(t);
    const { token, organizationId, applicationId } = await registerUser(test);
    const url = `${API}/organizations/${organizationId}/applications/${applicationId}`;
    const release = await lockApplication(test, applicationId);
    const requests = [
      test.request('PATCH', url, { token, body: { name: 'x' } }),
      test.request('DELETE', url, { token }),
    ];
    await waitForLockWaiters(test, requests.length);
    await test.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and application_name = 'latchkey'`,
    );
    for (const response of await Promise.all(requests)) {
      isProblem(t, response, { code: 'database_unavailable' });
      t.equal(response.headers['retry-after'], '2');
    }
    await release();
    t.equal((await test.request('PATCH', url, { token, body: { name: 'x' } })).statusCode, 200);
  },
);

void t.test('503 with Retry-After while the database cannot be reached, and back by itself', async (t) => {
  const database = await createTestDatabase();
  t.teardown(database.drop);
  const proxy = await startDatabaseProxy(t, database.databaseUrl);
  const test = await build(t, { databaseUrl: proxy.databaseUrl, plantAt: database.databaseUrl });
  const user = await registerUser(test);
  t.ok(await isAccepted(test, user.apiKey));
  await proxy.cut();
  for (let round = 0; round < 2; round += 1) {
    for (const response of await askAll(test, user)) {
      isProblem(t, response, { code: 'database_unavailable' });
      t.equal(response.headers['retry-after'], '2');
    }
  }
  t.equal((await test.request('GET', '/livez')).statusCode, 200, 'the process is alive');
  await proxy.mend();
  t.ok(await isAccepted(test, user.apiKey));
  const list = await test.request('GET', `${API}/organizations/me/`, { token: user.token });
  t.equal(list.statusCode, 200);
});

void t.test('503 with Retry-After when the database is gone from its server', async (t) => {
  const database = await createTestDatabase();
  const test = await build(t, { databaseUrl: database.databaseUrl, plantAt: database.databaseUrl });
  const user = await registerUser(test);
  await database.drop();
  // The first answers may be about the connections that the drop ended, the second ones are about new ones.
  for (let round = 0; round < 2; round += 1) {
    for (const response of await askAll(test, user)) isProblem(t, response, { code: 'database_unavailable' });
  }
  t.ok(
    test.logs.some((line) => line.includes('3D000')),
    'the cause is in the log',
  );
  t.equal(test.logs.join('').includes(new URL(database.databaseUrl).pathname.slice(1)), false);
});

void t.test(
  '500 with a constant text for a fault in the database, the cause in the log, and no value of the request',
  async (t) => {
    const test = await build(t);
    const { token, organizationId } = await registerUser(test);
    await refuseInserts(test, 'secrets');
    const before = test.logs.length;
    const body = { name: 'Name-That-Stays-Private', description: 'Text-That-Stays-Private' };
    const response = await test.request('POST', `${API}/organizations/${organizationId}/applications/`, {
      token,
      body,
    });
    isProblem(t, response, { code: 'internal_error' });
    t.equal(response.json<{ detail: string }>().detail, 'Something went wrong on our side.');
    const log = test.logs.slice(before).join('');
    t.ok(log.includes('"code":"P0001"'));
    t.ok(log.includes(String(response.headers['x-request-id'])), 'under the id the caller was given');
    for (const text of ['Stays-Private', 'refused by the test', 'argon2id', 'insert into', token]) {
      t.equal(log.includes(text), false, text);
    }
  },
);
