import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import t from 'tap';
import { API, createClient, registerUser } from '../support/factories.ts';
import { buildListening, gatewayNames, needs, startGateway } from '../support/gateway.ts';
import { basic, clientPath, forgeSecret, regenerate } from '../support/machines.ts';
import { issueToken } from '../support/oauth.ts';

const test = await buildListening(t);
const owner = await registerUser(test);
const reader = await createClient(test, owner);
const byKey = { 'x-api-key': reader.client_secret };

/** Whatever a path may turn into on its way: none of these may be served for less than `/orders` asks. */
const oddTargets = [
  ...['//orders', '/./orders', '//reports/../orders', '/reports//orders', '/reports/../orders', '/reports/..'],
  ...['/reports/%2e%2e/orders', '/reports/.%2E/orders', '/reports/..%2forders', '/reports%2F..%2Forders'],
  ...['/reports/..\\orders', '/reports\\..\\orders', '/reports/..%5Corders', '/reports/%252e%252e/orders'],
  ...['/reports/..;/orders', '/reports/..;a=b/orders', '/reports/..%3b/orders', '/reports/..#/orders'],
  ...['/healthz/../orders', '/healthz/%2e%2e/orders', '/healthz%2f..%2forders', '/healthz/..', '/healthz#/../orders'],
  ...[
    '/healthz/',
    '/healthz/.',
    '/healthz.',
    '/healthz%20',
    '/healthz%00',
    '/healthz;x',
    '/healthz%3bx',
    '/healthz%23',
  ],
  ...['/healthz%3F', '/HEALTHZ', '/healthz/orders', '/Reports/2026', '/reports', '/reports.', '/reports./2026'],
  ...['http://other.example/orders', 'http://other.example//healthz/../orders', '/_latchkey/permission=api.read'],
];

interface AnyAnswer {
  status: number;
  headers: IncomingHttpHeaders | OutgoingHttpHeaders;
  body: string;
}

interface Problem {
  request_id: string;
  detail: string;
}

/** An answer without what differs from one request to the next, checked to be a problem that names its request. */
function refusalOf({ status, headers, body }: AnyAnswer) {
  const { request_id: requestId, ...problem } = JSON.parse(body) as Problem;
  const { 'content-type': type, 'cache-control': caching, 'www-authenticate': challenge, 'x-request-id': id } = headers;
  return { status, type, caching, challenge, problem, isNamed: id === requestId && requestId.length > 0 };
}

async function askLatchkey(headers: Record<string, string>) {
  const response = await test.request('GET', `${API}/verify/?permission=api.write`, { headers });
  return refusalOf({ status: response.statusCode, headers: response.headers, body: response.body });
}

for (const name of gatewayNames) {
  void t.test(name, needs(name), async (t) => {
    const gateway = await startGateway(t, test, { name });
    const { seen } = gateway;

    await t.test('401 as Latchkey answers it, for a missing and for any wrong credential', async (t) => {
      const expected = await askLatchkey({});
      t.same([expected.status, expected.challenge, expected.isNamed], [401, 'Bearer realm="latchkey"', true]);
      const wrong = [
        {},
        { 'x-api-key': '' },
        { 'x-api-key': 'wrong' },
        { 'x-api-key': forgeSecret(reader.client_secret, { keepId: true }) },
        { authorization: basic(owner.clientId, reader.client_secret) },
        { authorization: `Bearer ${owner.token}` },
        { authorization: `Digest ${reader.client_secret}` },
        { x_api_key: reader.client_secret },
      ];
      for (const headers of wrong) {
        const what = JSON.stringify(headers);
        t.same(refusalOf(await gateway.send('/orders', { headers })), expected, what);
        t.same(refusalOf(await gateway.send('/reports/2026', { method: 'POST', headers, body: '{}' })), expected, what);
      }
      t.same(seen, []);
    });

    await t.test('a good credential behind a wrong one is not found', async (t) => {
      const keys = [forgeSecret(reader.client_secret, { keepId: false }), reader.client_secret];
      const { status } = await gateway.send('/reports/2026', { headers: { 'x-api-key': keys } });
      // nginx passes on the first, Caddy both.
      t.equal(status, name === 'caddy' ? 400 : 401);
      t.same(seen, []);
    });

    await t.test('401 whatever the method or the host', async (t) => {
      for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND']) {
        t.equal((await gateway.send('/orders', { method })).status, 401, method);
      }
      for (const host of ['other.example', 'localhost.', '127.0.0.1.', 'latchkey', 'latchkey:3000', 'upstream']) {
        t.equal((await gateway.send('/orders', { headers: { host } })).status, 401, host);
      }
      t.same(seen, []);
    });

    await t.test('403 with Latchkey’s code where the permission is missing', async (t) => {
      const token = { authorization: `Bearer ${await issueToken(test, reader)}` };
      for (const headers of [byKey, token]) {
        const { problem: expected, ...rest } = await askLatchkey(headers);
        const { problem, ...answer } = refusalOf(await gateway.send('/orders', { headers }));
        t.same(answer, rest);
        t.equal(answer.status, 403);
        t.same({ ...problem, detail: '' }, { ...expected, detail: '' });
      }
      t.same(seen, []);
    });

    await t.test('403 with Latchkey’s code where the environment is another', async (t) => {
      const writer = await createClient(test, owner, { environment: 'staging', permissions: ['api.write'] });
      const headers = { 'x-api-key': writer.client_secret };
      const asked = `${API}/verify/?permission=api.write&environment=live`;
      const response = await test.request('GET', asked, { headers });
      const { problem: expected } = refusalOf({
        status: response.statusCode,
        headers: response.headers,
        body: response.body,
      });
      const { status, problem } = refusalOf(await gateway.send('/live/orders', { headers }));
      t.equal(status, 403);
      t.match(problem, { code: 'wrong_environment' });
      t.same({ ...problem, detail: '' }, { ...expected, detail: '' });
      t.same(seen, []);
    });

    await t.test('400 as Latchkey answers it for two kinds of credential', async (t) => {
      const headers = { ...byKey, authorization: basic(reader.client_id, reader.client_secret) };
      const answer = refusalOf(await gateway.send('/orders', { headers }));
      t.same(answer, await askLatchkey(headers));
      t.equal(answer.status, 400);
      const large = { 'x-api-key': 'k'.repeat(8000), authorization: `Bearer ${'t'.repeat(8100)}` };
      t.match(
        (await gateway.send('/orders', { headers: large })).status,
        /^4(00|31)$/,
        'also where they are very long',
      );
      t.same(seen, []);
    });

    await t.test('no way of writing a path gets past what the path asks for', async (t) => {
      for (const target of oddTargets) {
        for (const headers of [{}, byKey]) {
          const { status } = await gateway.send(target, { headers });
          t.match(status, /^(301|400|401|403|404)$/, `${target} ${JSON.stringify(Object.keys(headers))}`);
        }
      }
      t.same(seen, []);
      const plain = [
        '/healthz',
        '/healthz?/../orders',
        '/reports/a%20b/.well-known/c..d/...?//x',
        'http://a.example/healthz',
      ];
      for (const target of plain) t.equal((await gateway.send(target, { headers: byKey })).status, 200, target);
      t.equal(seen.splice(0).length, plain.length, 'and plain ones pass');
    });

    await t.test('a change at Latchkey holds for the next request', async (t) => {
      const client = await createClient(test, owner, { permissions: ['api.read', 'api.write'] });
      const path = clientPath(owner, client.client_id);
      const token = await issueToken(test, client);
      const statusOf = async (headers: Record<string, string>) => (await gateway.send('/orders', { headers })).status;
      const patch = async (body: object) => test.request('PATCH', path, { token: owner.token, body });
      const old = { 'x-api-key': client.client_secret };
      const bearer = { authorization: `Bearer ${token}` };
      t.same([await statusOf(old), await statusOf(bearer)], [200, 200]);
      await patch({ permissions: ['api.read'] });
      t.same([await statusOf(old), await statusOf(bearer)], [403, 403], 'permission taken away');
      await patch({ permissions: ['api.read', 'api.write'], status: 'paused' });
      t.same([await statusOf(old), await statusOf(bearer)], [401, 401], 'paused');
      await patch({ status: 'active' });
      t.same([await statusOf(old), await statusOf(bearer)], [200, 200], 'resumed');
      const { client_secret: secret } = await regenerate(test, owner, { clientId: client.client_id });
      t.same([await statusOf(old), await statusOf(bearer)], [401, 401], 'regenerated');
      t.equal(await statusOf({ 'x-api-key': secret }), 200, 'the new secret');
      await test.request('DELETE', path, { token: owner.token });
      t.equal(await statusOf({ 'x-api-key': secret }), 401, 'deleted');
      t.equal(seen.splice(0).length, 5);
    });

    await t.test('the id of a refused request is also that of its line in Latchkey’s log', async (t) => {
      for (const given of [undefined, `call-${name}`, 'no"id', '{env.HOME}']) {
        const headers = given === undefined ? {} : { 'x-request-id': given };
        const answer = await gateway.send('/orders', { headers });
        const { request_id: id } = JSON.parse(answer.body) as Problem;
        t.equal(id === given, given === `call-${name}`, `given ${String(given)}`);
        t.equal(answer.headers['x-request-id'], id);
        t.ok(test.logs.some((line) => line.includes(`"${id}"`)));
      }
    });
  });
}
