import t from 'tap';
import { build } from '../../support/build-app.ts';
import { API, registerUser } from '../../support/factories.ts';
import { isProblem } from '../../support/problems.ts';

const PATH = `${API}/permissions/`;

void t.test('GET permissions/', async (t) => {
  const test = await build(t);
  const { token } = await registerUser(test);

  await t.test('200 with the default catalogue, with and without the trailing slash', async (t) => {
    for (const url of [PATH, PATH.slice(0, -1)]) {
      const response = await test.request('GET', url, { token });
      t.equal(response.statusCode, 200);
      t.same(response.json(), {
        results: [
          { name: 'api.read', description: 'Read data through the API' },
          { name: 'api.write', description: 'Create and change data through the API' },
          { name: 'flows.execute', description: 'Start and run flows' },
        ],
      });
    }
  });

  await t.test('HEAD answers as GET does, without the body', async (t) => {
    const response = await test.request('HEAD', PATH, { token });
    t.equal(response.statusCode, 200);
    t.equal(response.body, '');
  });

  await t.test('400 for an unknown query parameter', async (t) => {
    const response = await test.request('GET', `${PATH}?limit=1`, { token });
    isProblem(t, response, { code: 'invalid_request', pointers: ['?limit'] });
  });

  await t.test('401 without a token', async (t) => {
    isProblem(t, await test.request('GET', PATH), { code: 'unauthorized' });
  });
});

void t.test('the catalogue is the one of LATCHKEY_PERMISSIONS, and what it lacks no API client can hold', async (t) => {
  const catalogue = [
    { name: 'orders.read', description: 'See orders' },
    { name: 'orders.write', description: 'Place orders' },
  ];
  const test = await build(t, { env: { LATCHKEY_PERMISSIONS: JSON.stringify(catalogue) } });
  const { token, organizationId, clientId } = await registerUser(test);
  t.same((await test.request('GET', PATH, { token })).json(), { results: catalogue });
  const clients = `${API}/organizations/${organizationId}/api-clients/`;
  const primary = await test.request('GET', `${clients}${clientId}/`, { token });
  t.match(primary.json(), { permissions: ['orders.read', 'orders.write'] }, 'an application holds all of it');
  const body = { name: 'Backend', environment: 'live', permissions: ['orders.read', 'api.read'] };
  const refused = await test.request('POST', clients, { token, body });
  isProblem(t, refused, { code: 'invalid_request', pointers: ['/permissions/1'] });
});
