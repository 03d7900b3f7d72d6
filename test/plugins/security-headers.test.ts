import t from 'tap';
import { build } from '../support/build-app.ts';
import { API, createClient, registerUser } from '../support/factories.ts';
import { isProblem } from '../support/problems.ts';

const URL = `${API}/permissions/`;
const preflight = (origin: string, method = 'PATCH') => ({
  origin,
  'access-control-request-method': method,
  'access-control-request-headers': 'authorization,content-type,if-match',
});

function corsHeaders(headers: Record<string, unknown>): string[] {
  return Object.keys(headers).filter((name) => name.startsWith('access-control-'));
}

void t.test('headers of every answer', async (t) => {
  const test = await build(t);
  const owner = await registerUser(test);
  const { token } = owner;

  await t.test('nothing may frame, sniff or embed it, be it an answer, a refusal or an unknown path', async (t) => {
    const answers = [
      await test.request('GET', URL, { token }),
      await test.request('GET', URL),
      await test.request('PUT', URL),
      await test.request('GET', `${API}/nope`),
      await test.request('GET', '/livez'),
    ];
    for (const { headers } of answers) {
      t.match(headers, {
        'content-security-policy': "default-src 'none';frame-ancestors 'none'",
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'strict-transport-security': /max-age=\d{7,}/,
        'cross-origin-resource-policy': 'same-origin',
      });
      t.equal(headers['x-powered-by'], undefined);
      t.equal(headers.server, undefined);
    }
  });

  await t.test('a machine is answered without what browsers alone read, be it an answer or a refusal', async (t) => {
    const client = await createClient(test, owner);
    const answers = [
      await test.request('GET', `${API}/verify/`, { headers: { 'x-api-key': client.client_secret } }),
      await test.request('GET', `${API}/verify/`),
      await test.request('POST', `${API}/introspect/`),
    ];
    t.same(
      answers.map(({ statusCode }) => statusCode),
      [200, 401, 400],
    );
    for (const { headers } of answers) {
      const names = Object.keys(headers);
      t.equal(headers['x-content-type-options'], 'nosniff');
      t.equal(headers['cache-control'], 'no-store');
      t.ok(headers['x-request-id']);
      t.same(
        names.filter((name) => /^(?:content-security|cross-origin|referrer|strict-transport|x-frame)/.test(name)),
        [],
      );
    }
  });

  await t.test('without CORS_ORIGINS no origin is allowed anything', async (t) => {
    for (const origin of ['https://app.example', 'http://localhost:3000', 'null']) {
      const simple = await test.request('GET', URL, { token, headers: { origin } });
      t.same(corsHeaders(simple.headers), []);
      const asked = await test.request('OPTIONS', URL, { headers: preflight(origin) });
      isProblem(t, asked, { code: 'method_not_allowed' });
      t.same(corsHeaders(asked.headers), []);
    }
  });
});

void t.test('CORS_ORIGINS', async (t) => {
  const test = await build(t, { env: { CORS_ORIGINS: 'https://app.example,http://localhost:5173' } });
  const { token } = await registerUser(test);
  const allowed = ['https://app.example', 'http://localhost:5173'];
  const others = [
    'https://app.example:8443',
    'http://app.example',
    'https://app.example.evil.example',
    'https://a.app.example',
  ];
  const close = [
    'https://app.exampl',
    'HTTPS://APP.EXAMPLE',
    'https://app.example/',
    'http://localhost:5174',
    'null',
    '*',
  ];

  await t.test('a listed origin may read answers and refusals, and the headers that matter', async (t) => {
    for (const origin of allowed) {
      const answers = [
        await test.request('GET', URL, { token, headers: { origin } }),
        await test.request('GET', URL, { headers: { origin } }),
        await test.request('GET', `${API}/nope`, { headers: { origin } }),
        await test.request('PUT', URL, { headers: { origin } }),
      ];
      for (const { headers } of answers) {
        t.equal(headers['access-control-allow-origin'], origin);
        t.equal(headers.vary, 'Origin');
        t.equal(headers['access-control-allow-credentials'], undefined, 'no cookie has a meaning here');
        t.equal(headers['cross-origin-resource-policy'], 'cross-origin');
        const exposed = String(headers['access-control-expose-headers']).split(', ');
        for (const name of ['etag', 'link', 'retry-after', 'x-request-id', 'ratelimit-remaining']) {
          t.ok(exposed.includes(name), name);
        }
      }
    }
  });

  await t.test('any other origin is allowed nothing, however alike', async (t) => {
    for (const origin of [...others, ...close]) {
      for (const headers of [{ origin }, preflight(origin)]) {
        const method = 'access-control-request-method' in headers ? 'OPTIONS' : 'GET';
        const response = await test.request(method, URL, { token, headers });
        t.equal(response.headers['access-control-allow-origin'], undefined, `${method} ${origin}`);
        t.equal(response.headers.vary, 'Origin');
      }
    }
  });

  await t.test('204 for a preflight, without a token, with the methods and headers the API takes', async (t) => {
    const apiMethods = new Set<string>(
      test.app.routeTable.map(({ method }) => method).filter((name) => name !== 'HEAD'),
    );
    for (const url of [URL, `${API}/organizations/x/applications/y/`, `${API}/programmatic/login/`]) {
      const { statusCode, body, headers } = await test.request('OPTIONS', url, {
        headers: preflight('https://app.example'),
      });
      t.equal(statusCode, 204, url);
      t.equal(body, '');
      t.equal(headers['access-control-allow-origin'], 'https://app.example');
      const allowed = String(headers['access-control-allow-methods']).split(', ');
      t.same(allowed.toSorted(), [...apiMethods].toSorted());
      t.equal(
        headers['access-control-allow-headers'],
        'authorization, content-type, idempotency-key, if-match, if-none-match, x-request-id',
      );
      t.equal(headers['access-control-max-age'], '600');
      t.equal(headers['cache-control'], 'no-store');
    }
  });

  await t.test('an OPTIONS that is no preflight is answered in no format of its own', async (t) => {
    const bare = await test.request('OPTIONS', URL);
    t.equal(bare.statusCode, 204);
    t.equal(bare.body, '');
  });
});
