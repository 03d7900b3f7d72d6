import t from 'tap';
import { createClient, registerUser } from '../support/factories.ts';
import { buildListening, gatewayNames, needs, readShippedConfig, startGateway } from '../support/gateway.ts';
import type { SeenRequest } from '../support/gateway.ts';
import { basic } from '../support/machines.ts';
import { issueToken } from '../support/oauth.ts';

const catalogue = Array.from({ length: 98 }, (_, i) => ({ name: `${i}.${'p'.repeat(60)}`, description: '' }));
const names = ['api.read', 'api.write', ...catalogue.map(({ name }) => name)];
const env = {
  TRUST_PROXY: '127.0.0.1',
  LATCHKEY_PERMISSIONS: JSON.stringify([...catalogue, ...names.slice(0, 2).map((name) => ({ name, description: '' }))]),
};

const test = await buildListening(t, { env });
const owner = await registerUser(test);
const reader = await createClient(test, owner, { environment: 'staging' });
const byKey = { 'x-api-key': reader.client_secret };

/** The headers that a gateway puts on a request for the upstream. */
function identityOf(seen: SeenRequest | undefined): Record<string, string> {
  const about = /^(x-client-id|x-organization-id|x-application-id|x-environment|x-permissions)$/;
  return Object.fromEntries((seen?.headers ?? []).filter(([name]) => about.test(name)));
}

for (const name of gatewayNames) {
  void t.test(name, needs(name), async (t) => {
    const gateway = await startGateway(t, test, { name });
    const { seen, line } = gateway;

    await t.test('a right credential of any kind passes, and the upstream is told who the client is', async (t) => {
      const kinds = {
        'x-api-key': byKey,
        Basic: { authorization: basic(reader.client_id, reader.client_secret) },
        Bearer: { authorization: `Bearer ${await issueToken(test, reader)}` },
      };
      for (const [kind, headers] of Object.entries(kinds)) {
        const answer = await gateway.send('/reports/2026', { headers });
        t.equal(answer.status, 200, kind);
        t.equal(answer.body, 'from the upstream', kind);
        const expected = {
          'x-client-id': reader.client_id,
          'x-organization-id': owner.organizationId,
          'x-environment': 'staging',
          'x-permissions': 'api.read',
        };
        t.same(identityOf(seen.at(-1)), expected, `${kind}: no application where the client has none`);
      }
    });

    await t.test('the upstream is told the application of a client that has one', async (t) => {
      t.equal((await gateway.send('/reports/2026', { headers: { 'X-API-Key': owner.apiKey } })).status, 200);
      const identity = identityOf(seen.at(-1));
      t.equal(identity['x-application-id'], owner.applicationId);
      t.equal(identity['x-client-id'], owner.clientId);
    });

    await t.test('the upstream hears of no other path, method or origin than those that were checked', async (t) => {
      const forged = ['X-Original-URL', 'X-Rewrite-URL', 'X-HTTP-Method-Override', 'X-Method-Override', 'Forwarded'];
      const forwarded = ['For', 'Host', 'Proto', 'Port', 'Prefix', 'Uri', 'Method', 'Server', 'Scheme', 'User'];
      const names = [...forged, ...forwarded.map((end) => `X-Forwarded-${end}`), 'X-HTTP-Method', 'X-Real-IP'];
      const headers = { ...byKey, ...Object.fromEntries(names.map((name) => [name, '/forged'])) };
      for (const path of ['/healthz', '/reports/2026']) {
        t.equal((await gateway.send(path, { headers })).status, 200, path);
        const arrived = seen.at(-1)?.headers ?? [];
        t.same(
          arrived.filter(([, value]) => value.includes('/forged')),
          [],
          path,
        );
      }
    });

    await t.test('a client that is bound to an address passes from there and from nowhere else', async (t) => {
      const client = await createClient(test, owner, { allowed_ips: ['127.0.0.2'] });
      const token = await issueToken(test, reader);
      const headers = { 'x-api-key': client.client_secret };
      t.equal((await gateway.send('/reports/2026', { headers, from: '127.0.0.2' })).status, 200);
      for (const from of ['127.0.0.1', '127.0.0.3']) {
        const forged = { ...headers, 'x-forwarded-for': '127.0.0.2', 'x-real-ip': '127.0.0.2' };
        t.equal((await gateway.send('/reports/2026', { headers: forged, from })).status, 401, from);
      }
      t.equal((await gateway.send('/reports/2026', { headers: { authorization: `Bearer ${token}` } })).status, 200);
    });

    await t.test('the upstream never sees the credential', async (t) => {
      const token = await issueToken(test, reader);
      const credentials = [
        byKey,
        { 'X-API-KEY': reader.client_secret },
        { ...byKey, x_api_key: reader.client_secret },
        { authorization: basic(reader.client_id, reader.client_secret) },
        { AUTHORIZATION: `bearer ${token}` },
      ];
      for (const headers of credentials) {
        const isPublic = await gateway.send('/healthz', { headers });
        const isProtected = await gateway.send('/reports/2026', { headers });
        t.same([isPublic.status, isProtected.status], [200, 200], Object.keys(headers).join());
        for (const { headers: arrived } of seen.slice(-2)) {
          t.notOk(arrived.some(([name]) => /^(authorization|x.api.key)$/.test(name)));
        }
      }
    });

    await t.test(
      'what a client says about itself in these headers does not arrive, however it is spelled',
      async (t) => {
        const ends = ['client-id', 'organization-id', 'application-id', 'environment', 'permissions'];
        const spellings = ends.flatMap((end) => {
          const plain = `x-${end}`;
          const mixed = [`x_${end}`, `X-${end.replace('-', '_')}`];
          return [plain, plain.toUpperCase(), plain.replaceAll('-', '_'), plain.replaceAll('-', '.'), ...mixed];
        });
        for (const target of ['/healthz', '/reports/2026']) {
          for (const spelling of new Set(spellings)) {
            const headers = { ...byKey, [spelling]: ['forged', 'forged'] };
            t.equal((await gateway.send(target, { headers })).status, 200, `${target} ${spelling}`);
            t.notOk(JSON.stringify(seen.at(-1)).includes('forged'), `${target} ${spelling}`);
            t.equal(identityOf(seen.at(-1))['x-application-id'], undefined, `${target} ${spelling}`);
          }
        }
      },
    );

    await t.test('a client cannot have its identity taken off on the way', async (t) => {
      const connection = 'close, x-client-id, x-organization-id, x-environment, x-permissions';
      t.equal((await gateway.send('/reports/2026', { headers: { ...byKey, connection } })).status, 200);
      t.equal(Object.keys(identityOf(seen.at(-1))).length, 4);
    });

    await t.test('the query arrives as it was sent and is no part of the check', async (t) => {
      const before = line.sent().length;
      const query = '?permission=api.write&environment=live&x=%2f..%2F&&permission[]=a';
      t.equal((await gateway.send(`/reports/2026${query}`, { headers: byKey })).status, 200);
      t.equal(seen.at(-1)?.url, `/reports/2026${query}`);
      t.equal((await gateway.send('/orders?permission=api.read', { headers: byKey })).status, 403);
      const asked = [
        ...line
          .sent()
          .slice(before)
          .matchAll(/^[A-Z]+ (\S+) HTTP/gm),
      ].map(([, target]) => target);
      t.same(asked, ['/auth/v2/verify/?permission=api.read', '/auth/v2/verify/?permission=api.write']);
    });

    await t.test('an upload arrives whole, and none of it goes to Latchkey', async (t) => {
      const body = Buffer.alloc(600_000, 'upload ');
      for (const framing of [{ 'content-length': body.length }, { 'transfer-encoding': 'chunked' }]) {
        const before = line.sent().length;
        const headers = { ...byKey, ...framing, 'content-type': 'text/plain' };
        t.equal((await gateway.send('/reports/2026', { method: 'POST', headers, body })).status, 200);
        t.equal(seen.at(-1)?.method, 'POST');
        t.equal(seen.at(-1)?.bodyLength, body.length);
        const sent = line.sent().slice(before);
        t.notOk(sent.includes('upload') || /transfer-encoding|content-length/i.test(sent), JSON.stringify(framing));
      }
    });

    await t.test('many checks share one connection to Latchkey', async (t) => {
      await gateway.send('/reports/2026', { headers: byKey });
      await gateway.send('/reports/2026');
      const before = line.connections();
      for (let i = 0; i < 10; i += 1) {
        t.equal((await gateway.send('/reports/2026', { headers: byKey })).status, 200);
        t.equal((await gateway.send('/reports/2026')).status, 401);
      }
      t.equal(line.connections(), before);
    });

    await t.test('what the upstream answers is not touched, also where it refuses', async (t) => {
      for (const status of [400, 401, 403, 500, 503]) {
        const answer = await gateway.send('/reports/2026', { headers: { ...byKey, 'answer-with': status } });
        t.same([answer.status, answer.body], [status, 'from the upstream']);
      }
    });

    await t.test('a client with a hundred permissions of full length passes', async (t) => {
      const client = await createClient(test, owner, { permissions: names });
      t.equal((await gateway.send('/orders', { headers: { 'x-api-key': client.client_secret } })).status, 200);
      t.equal(identityOf(seen.at(-1))['x-permissions']?.split(' ').length, 100);
    });
  });
}

void t.test(
  'an upload that nginx is told to allow in one location passes the check there',
  needs('nginx'),
  async (t) => {
    const shipped = await readShippedConfig('nginx');
    const config = shipped.replace('location /reports/ {', '$& client_max_body_size 4m;');
    const gateway = await startGateway(t, test, { name: 'nginx', config });
    const body = Buffer.alloc(2_000_000, 'upload ');
    t.equal((await gateway.send('/reports/2026', { method: 'PUT', headers: byKey, body })).status, 200);
    t.equal(gateway.seen.at(-1)?.bodyLength, body.length);
  },
);
