import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import { build } from '../support/build-app.ts';
import { API, createClient, registerUser } from '../support/factories.ts';
import { basic } from '../support/machines.ts';
import { issueToken } from '../support/oauth.ts';

/** `inject` takes no header twice, so these go over a socket. */
const test = await build(t);
const client = await createClient(test, await registerUser(test));
const token = await issueToken(test, client);
await test.app.listen({ host: '127.0.0.1', port: 0 });

interface Sent {
  method: string;
  path: string;
  headers: [string, string][];
  body?: string;
}

async function send({ method, path, headers, body = '' }: Sent) {
  const { port } = test.app.server.address() as AddressInfo;
  const all = [['host', `127.0.0.1:${port}`], ['content-length', String(body.length)], ...headers].flat();
  const request = httpRequest({ host: '127.0.0.1', port, method, path, headers: all, agent: false });
  request.end(body);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const chunks = (await response.toArray()) as Buffer[];
  return { status: response.statusCode, body: JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown> };
}

const good = basic(client.client_id, client.client_secret);
const pairs = [
  [good, good],
  [good, 'Basic eDp5'],
  ['Basic eDp5', good],
  [good, `Bearer ${token}`],
  [`Bearer ${token}`, `Bearer ${token}`],
] as const;

void t.test('400 at verify/ for two Authorization headers, whichever of them is good', async (t) => {
  const check = (...values: string[]) =>
    send({ method: 'GET', path: `${API}/verify/`, headers: values.map((value) => ['authorization', value]) });
  t.equal((await check(good)).status, 200);
  for (const pair of pairs) t.match(await check(...pair), { status: 400, body: { code: 'ambiguous_credentials' } });
});

void t.test('400 at verify/ for two x-api-key headers, also for one good secret twice', async (t) => {
  const { client_secret: secret } = client;
  const check = (...values: string[]) =>
    send({ method: 'GET', path: `${API}/verify/`, headers: values.map((value) => ['X-API-Key', value]) });
  t.equal((await check(secret)).status, 200);
  for (const pair of [
    [secret, secret],
    [secret, 'x'],
    ['x', secret],
    ['', ''],
  ]) {
    t.match(await check(...pair), { status: 400, body: { code: 'ambiguous_credentials' } });
  }
  t.match(await check(`${secret}, ${secret}`), { status: 401, body: { code: 'invalid_credential' } });
});

void t.test('RFC 6749 §2.3: 400 at the OAuth routes for two Authorization headers', async (t) => {
  const form: [string, string] = ['content-type', 'application/x-www-form-urlencoded'];
  for (const [route, body] of [
    ['token', 'grant_type=client_credentials'],
    ['introspect', `token=${token}`],
    ['revoke', 'token=a.b.c'],
  ] as const) {
    const ask = (...values: string[]) =>
      send({
        method: 'POST',
        path: `${API}/${route}/`,
        headers: [form, ...values.map((value): [string, string] => ['authorization', value])],
        body,
      });
    t.equal((await ask(good)).status, 200, route);
    for (const pair of pairs) t.match(await ask(...pair), { status: 400, body: { error: 'invalid_request' } }, route);
  }
});
