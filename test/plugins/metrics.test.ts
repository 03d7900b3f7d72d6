import { randomBytes } from 'node:crypto';
import t from 'tap';
import { registerPending } from '../support/accounts.ts';
import { build, waitFor } from '../support/build-app.ts';
import type { TestApp } from '../support/build-app.ts';
import { API, createClient, PASSWORD, registerUser } from '../support/factories.ts';
import { check, clientPath, clientsPath, forgeSecret } from '../support/machines.ts';
import { Figures, figuresWhen, parseMetrics, readFigures } from '../support/metrics.ts';

const COUNT = 'latchkey_http_request_duration_seconds_count';
/** A test sees the operator's metrics unless it is about those that anybody sees. */
const OPERATOR = { METRICS_PORT: '1' };

function countRequests(figures: Figures): number {
  return Object.values(figures.table(COUNT)).reduce((sum, count) => sum + count, 0);
}

void t.test('requests', async (t) => {
  const test = await build(t, { env: OPERATOR });
  const user = await registerUser(test);
  const client = await createClient(test, user);
  await figuresWhen(test, (figures) => countRequests(figures) === 3);

  /** Sends requests one after the other and gives how many of which kind were counted. */
  const counted = async (requests: [method: string, url: string, options?: object][]) => {
    const before = await readFigures(test);
    for (const [method, url, options] of requests) await test.request(method, url, options);
    const after = await figuresWhen(
      test,
      (figures) => countRequests(figures) >= countRequests(before) + requests.length,
    );
    return new Figures(
      after.samples.map((sample) => ({
        ...sample,
        value: sample.value - (before.get(sample.name, sample.labels) ?? 0),
      })),
    ).table(COUNT);
  };

  await t.test('are counted by method, route template and status, each once', async (t) => {
    const key = { headers: { 'x-api-key': client.client_secret } };
    const admin = { token: user.token };
    const counts = await counted([
      ['GET', `${API}/verify/`, key],
      ['GET', `${API}/verify`, key],
      ['GET', `${API}/verify/?permission=api.read`, key],
      ['HEAD', `${API}/verify/`, key],
      ['GET', `${API}/verify/?permission=api.write`, key],
      ['GET', `${API}/verify/`],
      ['POST', `${API}/verify/`, key],
      ['GET', clientPath(user, client.client_id), admin],
      ['GET', clientPath(user, 'nobodys-client-id-0000'), admin],
      ['GET', `${API}/organizations/me/${user.organizationId}/api-clients/`, admin],
      ['POST', clientsPath(user), { ...admin, body: { name: 7 } }],
      ['DELETE', clientPath(user, client.client_id), admin],
      ['DELETE', `${API}/verify/`, key],
      ['GET', '/livez'],
      ['GET', '/docs/static/index.css'],
      ['OPTIONS', '/livez'],
    ]);
    const clients = '/auth/v2/organizations/:org/api-clients/';
    t.same(counts, {
      'GET /auth/v2/verify/ 200': 3,
      'HEAD /auth/v2/verify/ 200': 1,
      'GET /auth/v2/verify/ 403': 1,
      'GET /auth/v2/verify/ 401': 1,
      'POST /auth/v2/verify/ 200': 1,
      [`GET ${clients}:client_id/ 200`]: 1,
      [`GET ${clients}:client_id/ 404`]: 1,
      [`GET ${clients} 200`]: 1,
      [`POST ${clients} 400`]: 1,
      [`DELETE ${clients}:client_id/ 204`]: 1,
      'other /auth/v2/verify/ 405': 1,
      'GET /livez 200': 1,
      'GET /docs/static/index.css 200': 1,
      'other /livez 405': 1,
    });
  });

  await t.test('to no path of the service, or by a method nobody knows, are counted under fixed names', async (t) => {
    const secret = randomBytes(16).toString('hex');
    const counts = await counted([
      ['GET', `/${secret}`],
      ['GET', `/${secret}/?q=${secret}`],
      ['POST', `${API}/${secret}/`],
      ['PROPFIND', `${API}/verify/`],
      ['MKCOL', `/${secret}`],
      ['GET', `/%zz${secret}`],
    ]);
    t.same(counts, {
      'GET unmatched 404': 2,
      'POST unmatched 404': 1,
      'other unmatched 404': 2,
      'GET unmatched 400': 1,
    });
  });

  await t.test('have durations whose ranges add up', async (t) => {
    const { samples } = await readFigures(test);
    const family = samples.filter(({ name }) => name.startsWith('latchkey_http_request_duration_seconds'));
    const counts = family.filter(({ name }) => name === COUNT);
    t.ok(counts.length > 10);
    for (const { labels, value } of counts) {
      const isSame = (other: Record<string, string>) =>
        Object.entries(labels).every(([key, text]) => other[key] === text);
      const own = family.filter((sample) => isSame(sample.labels));
      const buckets = own.filter(({ name }) => name.endsWith('_bucket')).map((sample) => sample.value);
      t.same(
        buckets,
        [...buckets].sort((a, b) => a - b),
      );
      t.equal(buckets.at(-1), value);
      const sum = own.find(({ name }) => name.endsWith('_sum'))?.value ?? -1;
      t.ok(labels.status === '400' ? sum >= 0 : sum > 0, JSON.stringify(labels));
    }
  });
});

void t.test('no label holds what a caller sent', async (t) => {
  const test = await build(t, { env: OPERATOR });
  const odd = `odd-${randomBytes(8).toString('hex')}`;
  const user = await registerUser(test, `${odd}@example.com`);
  const admin = { token: user.token };
  const client = await createClient(test, user, { name: `${odd}"}\\`, description: odd });
  const body = { name: odd, environment: odd, permissions: [odd] };
  await test.request('POST', clientsPath(user), { ...admin, body });
  await test.request('PATCH', `${API}/organizations/${user.organizationId}/`, { ...admin, body: { name: odd } });
  for (const path of [odd, `${odd}"}\\`, encodeURIComponent(`${odd}"\n`), `${odd}/`, `..%2f${odd}`]) {
    for (const start of [
      '/',
      '/docs/',
      '/console/',
      '/console/assets/',
      `${API}/`,
      `${API}/organizations/`,
      clientsPath(user),
    ]) {
      await test.request('GET', `${start}${path}`, admin);
    }
  }
  const headers = { 'x-request-id': odd, 'user-agent': odd, origin: `https://${odd}.example`, referer: odd };
  await test.request('GET', `${API}/verify/?permission=${odd}`, { headers: { ...headers, 'x-api-key': odd } });
  await test.request('GET', `${API}/verify/?permission=${odd}`, { headers: { 'x-api-key': client.client_secret } });
  await test.request('GET', `${API}/verify/`, { token: odd });
  await test.request('REPORT', `/${odd}`);
  const { samples } = await figuresWhen(test, (figures) => countRequests(figures) >= 32);

  const text = await test.app.metrics.read();
  for (const value of [odd, user.organizationId, user.userId, client.client_id, client.client_secret, user.apiKey]) {
    t.notOk(text.toLowerCase().includes(value.toLowerCase()), value);
  }
  const templates = new Set(['unmatched', ...test.app.routeTable.map(({ url }) => url)]);
  const allowed: Record<string, (text: string) => boolean> = {
    route: (text) => templates.has(text) || /^\/(?:docs|openapi|console)[a-z./*-]*$/.test(text),
    method: (text) => /^(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|TRACE|other)$/.test(text),
    status: (text) => /^[2345]\d\d$/.test(text),
    le: (text) => /^(?:[\d.]+|\+Inf)$/.test(text),
    version: (text) => /^\d+\.\d+\.\d+$/.test(text),
  };
  const word = (text: string) => /^[a-z_]+$/.test(text);
  const faults = samples
    .filter(({ name }) => name.startsWith('latchkey_'))
    .flatMap(({ labels }) => Object.entries(labels))
    .filter(([label, text]) => !(allowed[label] ?? word)(text));
  t.same(faults, []);
});

void t.test('GET /metrics', async (t) => {
  const test = await build(t, { env: { LOG_LEVEL: 'info', RATE_LIMIT_ENABLED: 'true' } });

  await t.test('answers anybody in the Prometheus text format, without a line in the log', async (t) => {
    await test.request('GET', '/livez');
    const response = await test.request('GET', '/metrics');
    t.equal(response.statusCode, 200);
    t.equal(response.headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
    const figures = new Figures(parseMetrics(response.body));
    t.equal(figures.get(COUNT, { route: '/livez' }), 1);
    t.equal(figures.get('latchkey_build_info', { version: '0.1.0' }), 1);
    const ofWork = /^(?:process|nodejs)_|event_loop|_argon2_|_database_/;
    const ofProcess = figures.samples.filter(({ name }) => ofWork.test(name));
    t.same(ofProcess, [], 'a socket more, to the mail server, would tell whether an email has an account');
    t.equal((await test.request('HEAD', '/metrics')).body, '');
    t.same(test.logs, []);
  });

  await t.test('announces every family with a help text and a type, and names it as Prometheus asks', async (t) => {
    const { body } = await test.request('GET', '/metrics');
    const types = [...body.matchAll(/^# TYPE (latchkey_\w+) (\w+)$/gm)].map(([, name = '', type = '']) => ({
      name,
      type,
    }));
    t.ok(types.length >= 5);
    for (const { name, type } of types) {
      t.ok(body.includes(`# HELP ${name} `), name);
      t.equal(type === 'counter', name.endsWith('_total'), name);
      t.notMatch(name, /_(?:ms|milliseconds|minutes|kib|mb)\b/, name);
    }
  });

  await t.test('is limited per address, because it costs more than most requests', async (t) => {
    const statuses = new Set<number>();
    for (let i = 0; i < 61; i += 1)
      statuses.add((await test.request('GET', '/metrics', { from: '192.0.2.9' })).statusCode);
    t.same([...statuses], [200, 429]);
    t.equal((await test.request('GET', '/metrics', { from: '192.0.2.10' })).statusCode, 200);
  });

  await t.test('is not there when the metrics have a port of their own', async (t) => {
    const own = await build(t, { env: OPERATOR });
    const figures = await readFigures(own);
    for (const name of ['process_cpu_seconds_total', 'process_resident_memory_bytes', 'nodejs_heap_size_used_bytes']) {
      t.ok(Number(figures.get(name)) > 0, name);
    }
    t.equal(figures.samples.filter(({ name }) => name.startsWith('nodejs_eventloop_lag')).length, 0);
    t.equal((await own.request('GET', '/metrics')).statusCode, 404);
    t.notOk('/metrics' in (own.app.swagger() as { paths: object }).paths);
  });

  await t.test('tells of its own app only, when there are several in a process', async (t) => {
    const other = await build(t);
    await other.request('GET', '/readyz');
    const figures = await figuresWhen(other, (figures) => countRequests(figures) === 1);
    t.same(figures.table(COUNT), { 'GET /readyz 200': 1 });
    t.equal((await readFigures(test)).get(COUNT, { route: '/readyz' }), undefined);
  });
});

void t.test('what no answer of the service tells, the metrics that anybody can read do not tell either', async (t) => {
  const test = await build(t);
  const user = await registerUser(test);

  /** All that changes by something and says what happened: not how long it took, nor what the process does. */
  const traceOf = async (act: () => Promise<unknown>) => {
    const requests = countRequests(await readFigures(test));
    const before = await readFigures(test);
    const mails = test.smtp.received.length;
    await act();
    await figuresWhen(test, (figures) => countRequests(figures) > requests);
    await waitFor(async () => ((await test.query('select 1 from mails')).length === 0 ? true : undefined));
    const changes = Object.entries((await readFigures(test)).since(before)).filter(
      ([line]) =>
        line.startsWith('latchkey_') && !/_seconds_(?:sum|bucket)|event_loop|database_pool|clock_offset/.test(line),
    );
    return { changes: Object.fromEntries(changes), mails: test.smtp.received.length - mails };
  };

  await t.test('whether an email has an account', async (t) => {
    // An email that was registered just as lately, and never confirmed: the cooldown after that is the same for both.
    const { email: unconfirmed } = await registerPending(test);
    for (const path of ['forgot-password', 'resend-otp', 'register']) {
      const ask = (email: string) => () =>
        test.request('POST', `${API}/programmatic/${path}/`, {
          body: { email, ...(path === 'register' ? { password: PASSWORD } : {}) },
        });
      const known = await traceOf(ask(user.email));
      const unknown = await traceOf(ask(unconfirmed));
      if (path === 'forgot-password') t.same([known.mails, unknown.mails], [1, 0]);
      t.same(known.changes, unknown.changes, path);
      t.ok(Object.keys(known.changes).length > 0);
    }
  });

  await t.test('why a secret was refused', async (t) => {
    const make = () => createClient(test, user);
    const [good, paused, expired] = [await make(), await make(), await make()];
    await test.request('PATCH', clientPath(user, paused.client_id), { token: user.token, body: { status: 'paused' } });
    await test.query('update api_clients set expires_at = now() where client_id = $1', [expired.client_id]);
    const presented = {
      unknown: forgeSecret(good.client_secret, {}),
      wrong: forgeSecret(good.client_secret, { keepId: true }),
      paused: paused.client_secret,
      expired: expired.client_secret,
    };
    const reference = await traceOf(() => check(test, presented.unknown));
    t.equal(reference.changes['latchkey_credential_checks_total{"kind":"secret","outcome":"refused"}'], 1);
    for (const [name, secret] of Object.entries(presented))
      t.same(await traceOf(() => check(test, secret)), reference, name);
  });
});

void t.test('without its database, and while that is silent, the metrics are still there', async (t) => {
  const { closeDatabase, openDatabase } = await import('../support/database-door.ts');
  const test: TestApp = await build(t, { env: OPERATOR });
  t.equal((await readFigures(test)).get('latchkey_mail_outbox_mails'), 0);
  await closeDatabase(test);
  const figures = await readFigures(test);
  t.equal(figures.get('latchkey_mail_outbox_mails'), undefined, 'what is not known is not made up');
  t.equal(figures.get('latchkey_build_info'), 1);
  await openDatabase(test);
  await figuresWhen(test, (figures) => figures.get('latchkey_mail_outbox_mails') === 0);
});
