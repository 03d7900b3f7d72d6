import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { build } from '../support/build-app.ts';
import { API, createClient, registerUser } from '../support/factories.ts';
import { basic } from '../support/machines.ts';

const test = await build(t);
const user = await registerUser(test);
const client = await createClient(test, user);
await test.app.listen({ host: '127.0.0.1', port: 0 });
const applications = `${API}/organizations/${user.organizationId}/applications/`;
const admin = { authorization: `Bearer ${user.token}` };
const machine = { authorization: basic(client.client_id, client.client_secret) };

/** Sends a body in chunks, without its length. */
async function sendChunked(path: string, headers: Record<string, string>, body = '') {
  const { port } = test.app.server.address() as AddressInfo;
  const chunked = { ...headers, 'transfer-encoding': 'chunked' };
  const request = httpRequest({ host: '127.0.0.1', port, method: 'POST', path, headers: chunked, agent: false });
  request.end(body);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const text = Buffer.concat((await response.toArray()) as Buffer[]).toString();
  return { status: response.statusCode, body: JSON.parse(text) as Record<string, unknown> };
}

const types = ['application/json', 'text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', ';;;', ''];

void t.test('an empty body in chunks is {} where every field is optional, whatever its type', async (t) => {
  t.equal((await sendChunked(applications, admin)).status, 201, 'no type');
  for (const type of types) {
    t.equal((await sendChunked(applications, { ...admin, 'content-type': type })).status, 201, type);
    t.equal((await sendChunked(`${API}/verify/`, { ...machine, 'content-type': type })).status, 200, type);
  }
});

void t.test('415 for a body in chunks that is not JSON, whatever its type', async (t) => {
  for (const type of types.slice(1)) {
    t.match(
      await sendChunked(applications, { ...admin, 'content-type': type }, 'x'),
      { status: 415, body: { code: 'unsupported_media_type' } },
      type,
    );
  }
});

void t.test('415 for a body with a Content-Encoding, which is never read as it is', async (t) => {
  const send = (encoding: string, body: Buffer | string) =>
    test.app.inject({
      method: 'POST',
      url: applications,
      headers: { ...admin, 'content-type': 'application/json', 'content-encoding': encoding },
      payload: body,
    });
  for (const encoding of ['gzip', 'br', 'deflate', 'x-gzip', 'nonsense', 'gzip, identity']) {
    const response = await send(encoding, encoding === 'gzip' ? gzipSync('{}') : '{}');
    t.equal(response.statusCode, 415, encoding);
    t.match(response.json(), { code: 'unsupported_media_type', detail: /Content-Encoding/ }, encoding);
    t.equal(response.headers['accept-encoding'], 'identity', 'RFC 9110 §15.5.16: what is taken');
  }
  t.equal((await send('identity', '{}')).statusCode, 201);
  t.equal((await send('Identity', '{}')).statusCode, 201);
});

void t.test('RFC 6749 §5.2: invalid_request for a form with a Content-Encoding', async (t) => {
  for (const route of ['token', 'introspect', 'revoke']) {
    const response = await test.request('POST', `${API}/${route}/`, {
      headers: { ...machine, 'content-type': 'application/x-www-form-urlencoded', 'content-encoding': 'gzip' },
      body: 'grant_type=client_credentials&token=x',
    });
    t.equal(response.statusCode, 400, route);
    t.match(response.json(), { error: 'invalid_request' }, route);
  }
});
