import t from 'tap';
import { build } from '../support/build-app.ts';
import { API, registerUser } from '../support/factories.ts';

void t.test('a date and time that Postgres cannot keep is a 400, not a fault of the service', async (t) => {
  const test = await build(t);
  const owner = await registerUser(test);
  const path = `${API}/organizations/${owner.organizationId}/api-clients/`;
  const create = (expires_at: string) =>
    test.request('POST', path, {
      token: owner.token,
      body: { name: 'Backend', environment: 'live', permissions: ['api.read'], expires_at },
    });

  for (const moment of [
    '9999-12-31T23:59:59-01:00',
    '2030-02-30T00:00:00Z',
    '2030-13-01T00:00:00Z',
    '2030-01-01T24:00:00Z',
    '2030-12-31T23:59:60Z',
    '2030-01-01 00:00:00Z',
    '2030-01-01T00:00:00',
    '2020-01-01T00:00:00Z',
  ]) {
    const response = await create(moment);
    t.equal(response.statusCode, 400, moment);
    t.match(response.json(), { errors: [{ pointer: '/expires_at' }] });
  }
  t.match((await create('9999-12-31T23:59:59Z')).json(), { expires_at: '9999-12-31T23:59:59.000Z' });
  t.match((await create('2031-01-01T01:30:00+01:30')).json(), { expires_at: '2031-01-01T00:00:00.000Z' });

  for (const moment of ['0000-01-01T00:00:00Z', '0001-01-01T00:00:00%2B01:00', '9999-12-31T23:59:59-01:00']) {
    const response = await test.request('GET', `${path}?unused_since=${moment}`, { token: owner.token });
    t.equal(response.statusCode, 400, moment);
    t.match(response.json(), { errors: [{ pointer: '?unused_since' }] });
  }
});
