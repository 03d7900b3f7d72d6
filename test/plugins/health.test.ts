import t from 'tap';
import { build } from '../support/build-app.ts';
import { startDatabaseProxy } from '../support/database-proxy.ts';
import { until } from '../support/embedded-service.ts';
import { openConnection, UNFINISHED_REQUEST } from '../support/raw-connection.ts';
import { createTestDatabase } from '../support/test-database.ts';

void t.test('with a database it is alive and ready, and says so to anybody', async (t) => {
  const { request } = await build(t);
  for (const path of ['/livez', '/livez/', '/readyz', '/readyz/']) {
    const response = await request('GET', path);
    t.equal(response.statusCode, 200, path);
    t.same(response.json(), { status: 'ok' }, path);
  }
});

void t.test('without its database it is alive and not ready, and ready again by itself', async (t) => {
  const own = await createTestDatabase();
  t.teardown(own.drop);
  const { databaseUrl, cut, mend } = await startDatabaseProxy(t, own.databaseUrl);
  const { request } = await build(t, { databaseUrl, plantAt: own.databaseUrl });
  t.equal((await request('GET', '/readyz')).statusCode, 200);
  await cut();

  t.equal((await request('GET', '/livez')).statusCode, 200);
  const response = await request('GET', '/readyz');
  t.equal(response.statusCode, 503);
  t.match(response.headers, { 'content-type': /^application\/problem\+json/, 'retry-after': /^[1-9]/ });
  t.match(response.json(), { status: 503, code: 'database_unavailable' });

  await mend();
  t.equal((await request('GET', '/readyz')).statusCode, 200);
});

void t.test('while it closes it is not ready, though it is alive', async (t) => {
  const { app } = await build(t);
  const origin = await app.listen({ host: '127.0.0.1', port: 0 });
  // Keeps it from being closed at once.
  const unfinished = await openConnection(origin);
  unfinished.send(UNFINISHED_REQUEST);
  const probes = await Promise.all(
    ['/readyz', '/livez'].map(async (path) => {
      const probe = await openConnection(origin);
      probe.send(`GET ${path} HTTP/1.1\r\nHost: x\r\n`);
      return probe;
    }),
  );
  t.equal((await fetch(`${origin}/readyz`)).status, 200);
  const closing = app.close();
  await until(async () => !app.server.listening);
  const answers = await Promise.all(
    probes.map((probe) => {
      probe.send('\r\n');
      return probe.received(/\}$/);
    }),
  );
  t.match(answers, [/^HTTP\/1\.1 503 [^]*"code":"overloaded"/, /^HTTP\/1\.1 200 /]);
  unfinished.close();
  await closing;
});

void t.test('probes that go well leave no line in the log', async (t) => {
  const { request, logs } = await build(t, { env: { LOG_LEVEL: 'info' } });
  await request('GET', '/livez');
  await request('GET', '/readyz');
  // On a slow machine something else may have to be said meanwhile.
  t.same(
    logs.filter((line) => /livez|readyz/.test(line)),
    [],
  );
});
