import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import { Figures, parseMetrics } from '../support/metrics.ts';
import { openConnection } from '../support/raw-connection.ts';
import { call, makeMasterKey, makeServicePlace } from '../support/service-process.ts';
import type { Service } from '../support/service-process.ts';
import { plantKeys } from '../support/signing-keys.ts';
import { startSmtpServer } from '../support/smtp-server.ts';
import { signUp, verify } from '../support/service-user.ts';
import { createTestDatabase } from '../support/test-database.ts';

const smtp = await startSmtpServer();
const database = await createTestDatabase();
t.teardown(async () => {
  await smtp.stop();
  await database.drop();
});
const { launch } = await makeServicePlace(t);
const env = { DATABASE_URL: database.databaseUrl, LATCHKEY_MASTER_KEY: makeMasterKey(), SMTP_URL: smtp.smtpUrl };
await plantKeys(env);

async function metricsOriginOf(service: Service): Promise<string> {
  const { msg } = await service.said(/^The metrics are on /);
  return new URL(msg.split(' ').at(-1) ?? '').origin;
}

void t.test('with METRICS_PORT the metrics are on that port and nowhere else, and nothing else is there', async (t) => {
  const service = launch({ ...env, HOST: '0.0.0.0', METRICS_PORT: '0' });
  const origin = await service.listening();
  const metricsOrigin = await metricsOriginOf(service);
  t.equal(new URL(metricsOrigin).hostname, '127.0.0.1', 'whatever HOST is');
  const user = await signUp(origin, smtp);
  t.equal(await verify(origin, user.apiKey), 200);
  t.equal(await verify(origin, 'garbage'), 401);

  const answer = await call<string>(metricsOrigin, '/metrics');
  t.equal(answer.status, 200);
  t.equal(answer.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
  t.equal(answer.headers.get('cache-control'), 'no-store');
  const figures = new Figures(parseMetrics(answer.body));
  const name = 'latchkey_http_request_duration_seconds_count';
  t.equal(figures.get(name, { method: 'GET', route: '/auth/v2/verify/', status: '200' }), 1);
  t.equal(figures.get('latchkey_credential_checks_total', { outcome: 'malformed' }), 1);
  t.equal(figures.get('latchkey_mail_attempts_total', { outcome: 'sent' }), 1);

  t.equal((await call(metricsOrigin, '/metrics/?name[]=x')).status, 200);
  const head = await call<string>(metricsOrigin, 'HEAD /metrics');
  t.same([head.status, head.body], [200, '']);
  const post = await call(metricsOrigin, 'POST /metrics');
  t.same([post.status, post.headers.get('allow')], [405, 'GET, HEAD']);
  for (const path of ['/', '/livez', '/metricsx', '/auth/v2/verify/', '/metrics/x']) {
    t.equal((await call(metricsOrigin, path)).status, 404, path);
  }
  t.equal((await call(origin, '/metrics')).status, 404);
  service.kill('SIGTERM');
  t.equal(await service.ended(), 0);
});

void t.test('a stop closes the metrics’ port too, whatever connections are left open there', async (t) => {
  const service = launch({ ...env, METRICS_PORT: '0' });
  await service.listening();
  const metricsOrigin = await metricsOriginOf(service);
  const unused = await openConnection(metricsOrigin);
  const idle = await openConnection(metricsOrigin);
  idle.send('GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n');
  await idle.received(/latchkey_build_info\{[^}]*\} 1/);
  const halfSent = await openConnection(metricsOrigin);
  halfSent.send('GET /metrics HTTP/1.1\r\nHost:');
  service.kill('SIGTERM');
  t.equal(await service.ended(), 0);
  t.equal(service.stderr(), '');
  for (const connection of [unused, idle, halfSent]) connection.close();
});

void t.test('a METRICS_PORT that is in use is one clear sentence, and the service does not start', async (t) => {
  const taker = createServer().listen(0, '127.0.0.1');
  await once(taker, 'listening');
  t.teardown(() => taker.close());
  const port = String((taker.address() as AddressInfo).port);
  const service = launch({ ...env, METRICS_PORT: port });
  t.equal(await service.ended(), 1);
  t.equal(
    service.stderr(),
    `The metrics cannot be served on port ${port} of 127.0.0.1: another program does; end that one, ` +
      'or choose another METRICS_PORT\n',
  );
  t.notOk(service.logs.some(({ msg }) => msg.startsWith('Latchkey is listening')));
});
