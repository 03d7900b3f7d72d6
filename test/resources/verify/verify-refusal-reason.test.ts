import t from 'tap';
import { build } from '../../support/build-app.ts';
import { API, createClient, registerUser } from '../../support/factories.ts';
import { basic } from '../../support/machines.ts';

const test = await build(t);
const client = await createClient(test, await registerUser(test), { environment: 'staging' });
const headers = { 'x-api-key': client.client_secret };

void t.test('a 403 says why in x-refusal, to a gateway that reads no body', async (t) => {
  for (const method of ['HEAD', 'GET', 'POST'] as const) {
    const ask = (query: string) => test.request(method, `${API}/verify/?${query}`, { headers });
    const cases = { 'permission=api.write': 'insufficient_permission', 'environment=live': 'wrong_environment' };
    for (const [query, reason] of Object.entries(cases)) {
      const response = await ask(query);
      t.equal(response.statusCode, 403);
      t.equal(response.headers['x-refusal'], reason, `${method} ${query}`);
    }
    t.equal((await ask('permission=api.read')).headers['x-refusal'], undefined);
  }
  const refused = await test.request('HEAD', `${API}/verify/`, { headers: { 'x-api-key': 'nonsense' } });
  t.equal(refused.statusCode, 401);
  t.equal(refused.headers['x-refusal'], undefined, 'a 401 never says why');
});

void t.test('RFC 6749 §2.3.1: Basic credentials may be form-encoded, as clients of token/ send them', async (t) => {
  const check = async (clientId: string, secret: string) => {
    const authorization = basic(clientId, secret);
    return (await test.request('GET', `${API}/verify/`, { headers: { authorization } })).statusCode;
  };
  const { client_id: id, client_secret: secret } = client;
  t.equal(await check(id, secret), 200);
  t.equal(await check(id, secret.replaceAll('_', '%5F')), 200);
  t.equal(await check(id.replaceAll('-', '%2d').replaceAll('_', '%5f'), secret), 200);
  t.equal(await check(id, secret.replaceAll('_', '%255F')), 401);
  t.equal(await check(id, `${secret}%`), 401);
});
