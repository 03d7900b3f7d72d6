import { randomUUID } from 'node:crypto';
import t from 'tap';
import { build } from '../../support/build-app.ts';
import { createApplication, makeCompany } from '../../support/company.ts';
import { API, registerUser } from '../../support/factories.ts';
import { isProblem, isSameRefusal } from '../../support/problems.ts';

void t.test('GET organizations/{org}/applications/{app}/', async (t) => {
  const test = await build(t);
  const company = await makeCompany(test);
  const { owner, stranger, path } = company;
  const { api_key: apiKey, ...record } = await createApplication(test, company, { name: 'Shop' });
  const url = `${path}/applications/${record.uuid}/`;
  const get = (address: string, token = owner.token) => test.request('GET', address, { token });

  await t.test('200 with the record for every member, never with the key', async (t) => {
    for (const role of ['owner', 'admin', 'developer', 'reader'] as const) {
      const response = await get(url, company[role].token);
      t.equal(response.statusCode, 200);
      t.equal(response.headers.etag, '"1"');
      t.equal(response.headers['cache-control'], 'no-store');
      t.same(response.json(), record);
      t.equal(response.body.includes(apiKey), false);
    }
  });

  await t.test('200 without the trailing slash, HEAD without the body', async (t) => {
    t.same((await get(url.slice(0, -1))).json(), record);
    const head = await test.request('HEAD', url, { token: owner.token });
    t.equal(head.statusCode, 200);
    t.equal(head.headers.etag, '"1"');
    t.equal(head.body, '');
  });

  await t.test('200 with a hint of null while the only key left is one that runs out', async (t) => {
    const other = await createApplication(test, company);
    await test.query(
      `update secrets set status = 'retiring', expires_at = now() + interval '1 day'
        where api_client_id = (select id from api_clients where client_id = $1)`,
      [other.client_id],
    );
    t.match((await get(`${path}/applications/${other.uuid}/`)).json(), { api_key_hint: null });
  });

  await t.test('404, the same for another’s application, none, and what is no id', async (t) => {
    const missing = await get(`${path}/applications/${randomUUID()}/`);
    isProblem(t, missing, { code: 'not_found' });
    // Another tenant's application under one's own organization, under theirs, and one's own under theirs.
    isSameRefusal(t, missing, await get(`${path}/applications/${stranger.applicationId}/`));
    isSameRefusal(
      t,
      missing,
      await get(`${API}/organizations/${stranger.organizationId}/applications/${stranger.applicationId}/`),
    );
    isSameRefusal(
      t,
      missing,
      await get(`${API}/organizations/${stranger.organizationId}/applications/${record.uuid}/`),
    );
    isSameRefusal(t, missing, await get(url, stranger.token));
    for (const id of ['1', record.uuid.slice(1), `${record.uuid}0`, record.client_id, 'me', '%27']) {
      isSameRefusal(t, missing, await get(`${path}/applications/${id}/`));
    }
    isProblem(t, await get(`${path}/applications/${'a'.repeat(500)}/`), { code: 'not_found' });
  });

  await t.test('404 for a member of two organizations who mixes them up', async (t) => {
    const both = await registerUser(test);
    await test.query('update memberships set user_id = $1 where user_id = $2', [both.userId, stranger.userId]);
    const crossed = `${API}/organizations/${both.organizationId}/applications/${stranger.applicationId}/`;
    isProblem(t, await get(crossed, both.token), { code: 'not_found' });
    isProblem(t, await test.request('DELETE', crossed, { token: both.token }), { code: 'not_found' });
    isProblem(t, await test.request('PATCH', crossed, { token: both.token, body: {} }), { code: 'not_found' });
    isProblem(t, await test.request('POST', `${crossed}regenerate-api-key/`, { token: both.token }), {
      code: 'not_found',
    });
    const straight = `${API}/organizations/${stranger.organizationId}/applications/${stranger.applicationId}/`;
    t.equal((await get(straight, both.token)).statusCode, 200);
  });

  await t.test('401 without a token, 400 for an unknown query parameter', async (t) => {
    isProblem(t, await test.request('GET', url), { code: 'unauthorized' });
    isProblem(t, await get(`${url}?fields=name`), { code: 'invalid_request', pointers: ['?fields'] });
  });
});
