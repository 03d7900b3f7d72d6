import { randomUUID } from 'node:crypto';
import type { LightMyRequestResponse } from 'fastify';
import t from 'tap';
import { build } from '../../support/build-app.ts';
import { createApplication, makeCompany } from '../../support/company.ts';
import { API, registerUser } from '../../support/factories.ts';
import { isProblem, isSameRefusal } from '../../support/problems.ts';

const LIST = `${API}/organizations/me/`;

void t.test('reading organizations', async (t) => {
  const test = await build(t);
  const company = await makeCompany(test);
  const { owner, admin, reader, stranger, organizationId, path } = company;
  const get = (url: string, token?: string) => test.request('GET', url, token === undefined ? {} : { token });

  await t.test('200 for every member, with the role of the one who asks', async (t) => {
    for (const role of ['owner', 'admin', 'developer', 'reader'] as const) {
      const response = await get(`${path}/`, company[role].token);
      t.equal(response.statusCode, 200);
      t.equal(response.headers.etag, role === 'owner' ? '"1"' : `"1.${role}"`, 'the role is part of the record');
      t.same(Object.keys(response.json<object>()), ['uuid', 'name', 'contact_email', 'role', 'created_at']);
      t.match(response.json(), {
        uuid: organizationId,
        name: owner.organizationName,
        contact_email: owner.email,
        role,
      });
    }
  });

  await t.test('a member of very many organizations is shown a thousand of them', async (t) => {
    const member = await registerUser(test);
    await test.query(
      `with made as (
         insert into organizations (id, name, contact_email)
         select gen_random_uuid(), 'Many', 'many@example.com' from generate_series(1, 1005) returning id
       )
       insert into memberships (id, organization_id, user_id, role)
       select gen_random_uuid(), id, $1::uuid, 'reader' from made`,
      [member.userId],
    );
    t.equal((await get(LIST, member.token)).json<unknown[]>().length, 1_000);
  });

  await t.test('200 without the trailing slash, and for the id in upper case', async (t) => {
    const expected = (await get(`${path}/`, owner.token)).json<unknown>();
    for (const url of [path, `${API}/organizations/${organizationId.toUpperCase()}/`]) {
      const response = await get(url, owner.token);
      t.equal(response.statusCode, 200, url);
      t.same(response.json(), expected);
    }
  });

  await t.test('HEAD answers as GET does, without the body', async (t) => {
    for (const url of [`${path}/`, LIST]) {
      const [head, full] = [await test.request('HEAD', url, { token: owner.token }), await get(url, owner.token)];
      t.equal(head.statusCode, 200);
      t.equal(head.body, '');
      t.equal(head.headers.etag, full.headers.etag);
      t.equal(head.headers['content-length'], String(Buffer.byteLength(full.body)));
    }
    t.equal((await test.request('HEAD', `${path}/`)).statusCode, 401);
    t.equal((await test.request('HEAD', `${path}/`, { token: stranger.token })).statusCode, 404);
  });

  await t.test('404, the same for another’s organization, none, and what is no id', async (t) => {
    const foreign = await get(`${path}/`, stranger.token);
    isProblem(t, foreign, { code: 'not_found' });
    isSameRefusal(t, foreign, await get(`${API}/organizations/${randomUUID()}/`, stranger.token));
    for (const id of ['1', 'acme', `${organizationId}0`, organizationId.slice(1), `urn:uuid:${organizationId}`]) {
      isSameRefusal(t, foreign, await get(`${API}/organizations/${id}/`, owner.token));
    }
    for (const id of ['%00', '%F0%9F%98%80', "'or''='", '..%2f..', '%C3%28', 'a'.repeat(1000)]) {
      isProblem(t, await get(`${API}/organizations/${id}/`, owner.token), {
        code: id === '%C3%28' ? 'invalid_request' : 'not_found',
        message: id,
      });
    }
  });

  await t.test('401 without a token, whether or not the organization exists', async (t) => {
    const missing = await get(`${API}/organizations/${randomUUID()}/`);
    isProblem(t, missing, { code: 'unauthorized' });
    isSameRefusal(t, missing, await get(`${path}/`));
    isProblem(t, await get(LIST), { code: 'unauthorized' });
  });

  await t.test('400 for an unknown query parameter', async (t) => {
    for (const url of [path, `${path}/`, LIST]) {
      const response = await get(`${url}?expand=a&x%2Fy~z=1`, owner.token);
      isProblem(t, response, { code: 'invalid_request', pointers: ['?expand', '?x/y~z'] });
    }
  });

  await t.test('organizations/me/ is a bare array of the caller’s organizations alone, oldest first', async (t) => {
    for (const url of [LIST, LIST.slice(0, -1)]) {
      const response = await get(url, admin.token);
      t.equal(response.statusCode, 200, url);
      const list = response.json<{ uuid: string; role: string; created_at: string }[]>();
      t.same(
        list.map(({ uuid, role }) => [uuid, role]).sort(),
        [
          [organizationId, 'admin'],
          [admin.organizationId, 'owner'],
        ].sort(),
      );
      t.same(
        list.map(({ uuid }) => uuid),
        list.map(({ uuid }) => uuid).sort(),
      );
      t.same(Object.keys(list[0] ?? {}), ['uuid', 'name', 'contact_email', 'role', 'created_at']);
    }
    t.equal((await get(LIST, stranger.token)).json<unknown[]>().length, 1);
  });

  await t.test('a role that changes shows and bites at the next request', async (t) => {
    const setRole = async (role: string) =>
      test.query('update memberships set role = $3 where organization_id = $1 and user_id = $2', [
        organizationId,
        reader.userId,
        role,
      ]);
    const patch = () => test.request('PATCH', `${path}/`, { token: reader.token, body: {} });
    isProblem(t, await patch(), { code: 'insufficient_role' });
    await setRole('admin');
    t.match((await get(`${path}/`, reader.token)).json(), { role: 'admin' });
    t.equal((await patch()).statusCode, 200);
    await setRole('reader');
    isProblem(t, await patch(), { code: 'insufficient_role' });
  });

  await t.test('organizations/me/{org}/… is organizations/{org}/… on every route', async (t) => {
    const application = await createApplication(test, company);
    const values: Record<string, string> = {
      org: organizationId,
      app: application.uuid,
      client_id: application.client_id,
    };
    const urls = [...new Set(test.app.routeTable.map(({ url }) => url))]
      .filter((url) => url.startsWith(`${API}/organizations/:org/`))
      .map((url) => url.replaceAll(/:(\w+)/g, (_match, name: string) => values[name] ?? randomUUID()));
    t.ok(urls.length >= 10, 'the routes were found');
    const visible = ({ statusCode, headers, body, json }: LightMyRequestResponse) => {
      const { allow, etag, 'content-type': type = '' } = headers;
      const isDocument = body !== '' && !String(type).startsWith('application/x-ndjson');
      return { statusCode, allow, etag, body: isDocument ? { ...json<object>(), request_id: null } : body };
    };
    for (const url of urls) {
      const alias = url.replace('/organizations/', '/organizations/me/');
      for (const method of ['GET', 'HEAD', 'PUT', 'OPTIONS'] as const) {
        for (const query of ['', '?unheard=of']) {
          // What takes a PUT refuses this one, so that both find the same.
          const options = { token: owner.token, headers: { 'if-match': '"0"' } };
          const [direct, aliased] = [
            await test.request(method, url + query, options),
            await test.request(method, alias + query, options),
          ];
          t.same(visible(aliased), visible(direct), `${method} ${url}${query}`);
        }
      }
      t.equal((await get(alias)).statusCode, (await get(url)).statusCode, 'without a token');
    }
  });

  await t.test('404 for an organization called me, which does not exist, however it is spelled', async (t) => {
    const { token } = owner;
    const endings = [
      'me/',
      'me',
      'me?limit=1',
      'me/?limit=1',
      '%6De/',
      'm%65',
      '%6d%65/',
      'me/me/',
      'me/applications/',
    ];
    for (const ending of endings) {
      isProblem(t, await get(`${API}/organizations/me/${ending}`, token), { code: 'not_found', message: ending });
    }
    t.equal((await get(`${API}/organizations/me/`, token)).statusCode, 200);
    t.equal((await get(`${API}/organizations/me`, token)).statusCode, 200);
  });

  await t.test('organizations/me/{org}/ writes as well, and masks as well', async (t) => {
    const alias = `${API}/organizations/me/${organizationId}`;
    const { token } = owner;
    t.equal((await test.request('PATCH', alias, { token, body: { name: 'Renamed' } })).statusCode, 200);
    t.match((await get(path, token)).json(), { name: 'Renamed' });
    const created = await test.request('POST', `${alias}/applications/`, { token });
    t.equal(created.statusCode, 201);
    const { uuid } = created.json<{ uuid: string }>();
    t.equal((await test.request('DELETE', `${alias}/applications/${uuid}`, { token })).statusCode, 204);
    isProblem(t, await get(`${alias}/`, stranger.token), { code: 'not_found' });
    isProblem(t, await get(`${API}/organizations/me/unheard-of/`, token), { code: 'not_found' });
  });
});
