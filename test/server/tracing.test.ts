import { randomBytes } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { query, until } from '../support/embedded-service.ts';
import { makeEmail, PASSWORD } from '../support/factories.ts';
import { createLeakHunt } from '../support/leak-hunt.ts';
import { readLoaded } from '../support/loaded-modules.ts';
import { basic } from '../support/machines.ts';
import { startOtlpReceiver } from '../support/otlp-receiver.ts';
import type { ReceivedSpan } from '../support/otlp-receiver.ts';
import { call, makeMasterKey, makeServicePlace } from '../support/service-process.ts';
import { createApiClient, logIn, PROGRAMMATIC, signUp, verify } from '../support/service-user.ts';
import { plantKeys } from '../support/signing-keys.ts';
import { startSmtpServer } from '../support/smtp-server.ts';
import { createTestDatabase } from '../support/test-database.ts';

const smtp = await startSmtpServer();
const database = await createTestDatabase();
t.teardown(async () => {
  await smtp.stop();
  await database.drop();
});
const { dir, launch } = await makeServicePlace(t);
const env = { DATABASE_URL: database.databaseUrl, LATCHKEY_MASTER_KEY: makeMasterKey(), SMTP_URL: smtp.smtpUrl };
await plantKeys(env);

const SERVER_KIND = 2;

void t.test(
  'a request makes a span with its method, route template and status, sent before the process ends',
  async (t) => {
    const receiver = await startOtlpReceiver(t);
    const service = launch({
      ...env,
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
      OTEL_EXPORTER_OTLP_HEADERS: 'x-collector-key=abc',
    });
    const origin = await service.listening();
    const user = await signUp(origin, smtp);
    t.equal(await verify(origin, user.apiKey), 200);
    t.equal(await verify(origin, 'garbage'), 401);
    t.equal(
      (await call(origin, `/auth/v2/organizations/${user.organizationId}/?x=1`, { token: user.token })).status,
      400,
    );
    t.equal((await call(origin, '/nobody/knows')).status, 404);
    await call(origin, '/livez');
    await call(origin, '/readyz?x');
    await call(origin, '/metrics');
    service.kill('SIGTERM');
    t.equal(await service.ended(), 0);
    t.equal(service.stderr(), '');

    const spans = receiver.spans();
    t.same(
      spans.map(({ name, attributes }) => `${name} ${attributes['http.response.status_code']}`),
      [
        'POST /auth/v2/programmatic/register/ 201',
        'POST /auth/v2/programmatic/verify-email/ 200',
        'GET /auth/v2/verify/ 200',
        'GET /auth/v2/verify/ 401',
        'GET /auth/v2/organizations/:org/ 400',
        'GET 404',
      ],
      'health checks and scrapes make none',
    );
    t.same(spans[3], {
      ...spans[3],
      kind: SERVER_KIND,
      parentSpanId: '',
      traceState: '',
      attributes: { 'http.request.method': 'GET', 'http.route': '/auth/v2/verify/', 'http.response.status_code': 401 },
      status: 0,
      statusMessage: '',
      events: 0,
    });
    t.match(spans[3]?.resource, { 'service.name': 'latchkey', 'service.version': /^\d+\.\d+\.\d+$/ });
    for (const { url, headers } of receiver.requests) {
      t.same(
        [url, headers['content-type'], headers['x-collector-key']],
        ['/v1/traces', 'application/x-protobuf', 'abc'],
      );
    }

    await t.test('its line in the log has the id of the trace', async (t) => {
      const lines = service.logs.filter(({ msg, route }) => msg === 'request' && route === '/auth/v2/verify/');
      t.same(
        lines.map(({ traceId }) => traceId),
        spans.slice(2, 4).map(({ traceId }) => traceId),
      );
    });
  },
);

void t.test('the trace of a caller is continued, and nothing else of what it says about it', async (t) => {
  const receiver = await startOtlpReceiver(t);
  const service = launch({
    ...env,
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
    OTEL_SERVICE_NAME: 'accounts',
    OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=staging',
    OTEL_TRACES_SAMPLER: 'parentbased_always_off',
    OTEL_BSP_SCHEDULE_DELAY: '50',
  });
  const origin = await service.listening();
  const send = (traceparent: string) =>
    fetch(`${origin}/auth/v2/verify/`, {
      headers: { traceparent, tracestate: 'vendor=hunter2', baggage: 'user=hunter2', 'x-api-key': 'garbage' },
    });
  const [traceId, parentSpanId] = [randomBytes(16).toString('hex'), randomBytes(8).toString('hex')];
  await verify(origin, 'garbage');
  await send(`00-${randomBytes(16).toString('hex')}-${parentSpanId}-00`);
  await send('00-hunter2-hunter2-01');
  t.equal((await send(`00-${traceId}-${parentSpanId}-01`)).status, 401);
  await until(async () => receiver.spans().length > 0);
  service.kill('SIGTERM');
  t.equal(await service.ended(), 0);

  t.match(receiver.spans(), [
    {
      name: 'GET /auth/v2/verify/',
      traceId,
      parentSpanId,
      traceState: '',
      resource: { 'service.name': 'accounts', 'deployment.environment.name': 'staging' },
    },
  ]);
  t.equal(receiver.spans().length, 1, 'only what the sampler keeps is sent');
  t.notOk(receiver.requests.some(({ body }) => body.includes('hunter2')));
});

void t.test('nothing secret and nothing that a caller sent is in anything the collector receives', async (t) => {
  const receiver = await startOtlpReceiver(t);
  const service = launch({ ...env, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint, OTEL_BSP_SCHEDULE_DELAY: '50' });
  const origin = await service.listening();
  const hunt = createLeakHunt();
  const odd = hunt.note('what a caller sent', `odd${randomBytes(12).toString('hex')}`);
  const user = await signUp(origin, smtp);
  for (const [name, value] of Object.entries<string>({ ...user })) hunt.note(name, value);
  hunt.note('password', PASSWORD);
  const session = await logIn(origin, user.email);
  hunt.note('token', (session.body as { access_token: string }).access_token);
  const { body: client } = await createApiClient(origin, user, odd);
  hunt.note('secret', client.client_secret);
  const credentials = hunt.note('Basic credentials', basic(client.client_id, client.client_secret));

  const headers = {
    authorization: credentials,
    'x-request-id': odd,
    'user-agent': odd,
    referer: `https://x.example/${odd}`,
    cookie: `token=${user.token}`,
    tracestate: `vendor=${odd}`,
    baggage: `key=${odd}`,
  };
  for (const path of [
    `/${user.apiKey}`,
    `/auth/v2/verify/?permission=${odd}`,
    `/auth/v2/organizations/${odd}/`,
    `/%zz${odd}`,
  ]) {
    await (await fetch(`${origin}${path}`, { headers })).text();
    await (
      await fetch(`${origin}${path}${path.includes('?') ? '&' : '?'}api_key=${user.apiKey}`, { method: 'POST' })
    ).text();
  }
  await (
    await fetch(`${origin}/auth/v2/token/`, {
      method: 'POST',
      body: new URLSearchParams({ grant_type: odd, client_id: odd, client_secret: client.client_secret }),
    })
  ).text();
  // Errors of the database repeat what was to be written.
  await query(database.databaseUrl, 'alter table registrations rename to registrations_away');
  const failed = await call(origin, `${PROGRAMMATIC}/register/`, {
    body: { email: makeEmail(), password: `Aa1!${odd}` },
  });
  await query(database.databaseUrl, 'alter table registrations_away rename to registrations');
  t.equal(failed.status, 500);
  service.kill('SIGTERM');
  t.equal(await service.ended(), 0);
  const places = service.logs.map(({ err }) => JSON.stringify(err ?? null)).join('\n');
  t.match(places, /\(\S*src\/resources\/accounts\/\S+\.ts:\d+:\d+\)/, 'where in the sources');

  const spans = receiver.spans();
  t.ok(spans.length >= 11);
  const evidence = receiver.requests.map(({ body, headers: sent }) => ({
    where: 'what the collector received',
    text: `${body.toString('latin1')} ${JSON.stringify(sent)}`,
  }));
  t.same(hunt.search(evidence), []);
  const names = new Set(spans.flatMap(({ attributes }) => Object.keys(attributes)));
  t.same([...names].sort(), ['http.request.method', 'http.response.status_code', 'http.route']);
  const isFailed = ({ attributes }: ReceivedSpan) => attributes['http.response.status_code'] === 500;
  t.match(spans.filter(isFailed), [{ status: 2, statusMessage: '', events: 0 }]);
  t.same([...new Set(spans.filter((span) => !isFailed(span)).map(({ status }) => status))], [0]);
});

void t.test('a collector that is away or hangs costs no request and does not hold up a stop', async (t) => {
  const receiver = await startOtlpReceiver(t);
  receiver.hang();
  for (const endpoint of [receiver.endpoint, 'http://127.0.0.1:9']) {
    const service = launch({ ...env, OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_BSP_SCHEDULE_DELAY: '10' });
    const origin = await service.listening();
    t.equal(await verify(origin, 'garbage'), 401);
    if (endpoint === receiver.endpoint) await until(async () => receiver.requests.length > 0);
    t.equal(await verify(origin, 'garbage'), 401);
    service.kill('SIGTERM');
    t.equal(await service.ended(), 0, endpoint);
    t.equal(service.stderr(), '');
    t.ok(service.logs.some(({ msg }) => msg === 'stopped'));
  }
});

void t.test(
  'without OTEL_EXPORTER_OTLP_ENDPOINT nothing of OpenTelemetry is loaded, and nothing is sent',
  async (t) => {
    const receiver = await startOtlpReceiver(t);
    const modulesOf = async (more: Record<string, string>) => {
      // Node leaves a list there of all that the process has loaded.
      const loadedDir = await mkdtemp(join(dir, 'loaded-'));
      const service = launch({ ...env, NODE_V8_COVERAGE: loadedDir, ...more });
      t.equal(await verify(await service.listening(), 'garbage'), 401);
      service.kill('SIGTERM');
      t.equal(await service.ended(), 0);
      t.notOk(service.logs.some((line) => 'traceId' in line) && !('OTEL_EXPORTER_OTLP_ENDPOINT' in more));
      return (await readLoaded(loadedDir)).filter(isOfTracing);
    };
    // What the SDK alone would take for an endpoint does not count.
    t.same(await modulesOf({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${receiver.endpoint}/v1/traces` }), []);
    t.same(await modulesOf({ OTEL_EXPORTER_OTLP_ENDPOINT: '' }), [], 'empty is unset');
    t.same(receiver.requests, []);
    const loaded = await modulesOf({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint });
    t.ok(loaded.length > 50, 'the list would show it');
  },
);

void t.test('an endpoint that is no URL is named at the start', async (t) => {
  const service = launch({ ...env, OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4317' });
  t.equal(await service.ended(), 1);
  t.match(
    service.stderr(),
    /^The settings are not valid:\n- OTEL_EXPORTER_OTLP_ENDPOINT must be an http or https URL\n$/,
  );
});

/** prom-client brings the interfaces of OpenTelemetry along, which do nothing alone. */
function isOfTracing(path: string): boolean {
  return /@opentelemetry\/(?!api\/)|@fastify\/otel|telemetry\/tracing/.test(path);
}
