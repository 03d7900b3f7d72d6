import t from 'tap';
import { build } from '../support/build-app.ts';
import { API, registerUser } from '../support/factories.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

void t.test('x-request-id', async (t) => {
  const test = await build(t);
  const ask = async (headers: Record<string, string>, url = `${API}/permissions/`) =>
    test.request('GET', url, { headers });

  await t.test('a caller’s own id comes back in the header, the problem document and the log', async (t) => {
    for (const id of ['a', 'A-b_c.9', '0'.repeat(64), '4bf92f35-77b3-4da6-a3ce-929d0e0e4736']) {
      const response = await ask({ 'x-request-id': id });
      t.equal(response.headers['x-request-id'], id);
      t.match(response.json(), { request_id: id });
      t.ok(
        test.logs.some((line) => line.includes(`"${id}"`) && line.includes('"request"')),
        'in the log',
      );
    }
  });

  await t.test('one that is not short and harmless is replaced, and never logged', async (t) => {
    const odd = [
      '',
      ' ',
      'a b',
      'x'.repeat(65),
      'a"b',
      '{"a":1}',
      'a,b',
      '%0a',
      '\u001b[31m',
      'é',
      '../../etc',
      'a;b',
      '$(id)',
    ];
    for (const id of odd) {
      const response = await ask({ 'x-request-id': id });
      t.match(response.headers['x-request-id'], UUID);
      t.equal(response.json<{ request_id: string }>().request_id, response.headers['x-request-id']);
      if (id.trim() !== '')
        t.equal(
          test.logs.some((line) => line.includes(JSON.stringify(id))),
          false,
        );
    }
  });

  await t.test('every request without one gets another', async (t) => {
    const ids = await Promise.all(Array.from({ length: 20 }, async () => (await ask({})).headers['x-request-id']));
    t.equal(new Set(ids).size, 20);
  });

  await t.test('it is on every answer, in the API and beside it', async (t) => {
    for (const url of [
      '/livez',
      '/nope',
      '/docs/',
      '/openapi.json',
      `${API}/%zz`,
      `${API}/organizations/${'a'.repeat(200)}/`,
    ]) {
      t.equal((await ask({ 'x-request-id': 'mine' }, url)).headers['x-request-id'], 'mine', url);
    }
  });
});

void t.test('Cache-Control: no-store is on every answer of the API', async (t) => {
  const test = await build(t);
  const { token, organizationId, applicationId } = await registerUser(test);
  const path = `${API}/organizations/${organizationId}`;
  const answers = {
    200: await test.request('GET', `${path}/`, { token }),
    201: await test.request('POST', `${path}/applications/`, { token }),
    400: await test.request('GET', `${path}/?x=1`, { token }),
    401: await test.request('GET', `${path}/`),
    404: await test.request('GET', `${path}/applications/none/`, { token }),
    405: await test.request('PUT', `${path}/`, { token }),
    412: await test.request('PATCH', `${path}/`, { token, body: {}, headers: { 'if-match': '"9"' } }),
    413: await test.request('PATCH', `${path}/`, { token, body: { name: 'x'.repeat(300_000) } }),
    415: await test.request('PATCH', `${path}/`, { token, body: 'x', headers: { 'content-type': 'text/plain' } }),
    422: await test.request('DELETE', `${path}/`, { token }),
    204: await test.request('DELETE', `${path}/applications/${applicationId}/`, { token }),
  };
  for (const [status, answer] of Object.entries(answers)) {
    t.equal(String(answer.statusCode), status);
    t.equal(answer.headers['cache-control'], 'no-store', status);
  }
  for (const url of [`${API}/nope`, `${API}/%zz`, `${API}/organizations/me/${organizationId}`]) {
    t.equal((await test.request('GET', url, { token })).headers['cache-control'], 'no-store', url);
  }
  const spelled = await test.request('GET', '/auth/%76%32/permissions/', { token });
  t.equal(spelled.statusCode, 200);
  t.equal(spelled.headers['cache-control'], 'no-store', 'however the path is spelled');
  for (const body of [{ email: 'a@b.example', password: 'x' }, {}]) {
    const login = await test.request('POST', `${API}/programmatic/login/`, { body });
    t.equal(login.headers['cache-control'], 'no-store');
  }
});
