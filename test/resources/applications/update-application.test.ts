import { randomUUID } from 'node:crypto';
import t from 'tap';
import { build } from '../../support/build-app.ts';
import { createApplication, isAccepted, makeCompany } from '../../support/company.ts';
import type { ApplicationRecord } from '../../support/company.ts';
import { isProblem, isSameRefusal } from '../../support/problems.ts';

void t.test('PATCH organizations/{org}/applications/{app}/', async (t) => {
  const test = await build(t);
  const company = await makeCompany(test);
  const { admin, developer, reader, stranger, path } = company;
  const { api_key: apiKey, ...original } = await createApplication(test, company, { name: 'Shop', description: 'Old' });
  const url = `${path}/applications/${original.uuid}/`;
  const patch = (body: unknown, options: { token?: string; headers?: Record<string, string>; url?: string } = {}) =>
    test.request('PATCH', options.url ?? url, { token: admin.token, body, ...options });
  const read = async () => (await test.request('GET', url, { token: reader.token })).json<ApplicationRecord>();

  await t.test('200 with the changed record; what was not sent stays, and so do the ids and the key', async (t) => {
    const changes = {
      name: 'Store',
      website_url: 'https://acme.example',
      redirect_uris: ['https://acme.example/b', 'myapp://a'],
      terms_url: 'https://acme.example/terms',
      privacy_url: 'https://acme.example/privacy',
    };
    const response = await patch(changes);
    t.equal(response.statusCode, 200);
    t.equal(response.headers.etag, '"2"');
    const record = response.json<ApplicationRecord>();
    t.same(record, { ...original, ...changes, updated_at: record.updated_at });
    t.ok(record.updated_at >= original.updated_at);
    t.same(await read(), record);
    t.ok(await isAccepted(test, apiKey));
  });

  await t.test('200 for null, which takes a value away, and for an empty list', async (t) => {
    const changes = { website_url: null, terms_url: null, privacy_url: null, description: null, redirect_uris: [] };
    const response = await patch(changes, { url: url.slice(0, -1) });
    t.equal(response.statusCode, 200);
    t.match(response.json(), changes);
    for (const name of ['website_url', 'terms_url', 'privacy_url']) {
      const value = `https://acme.example/${name}`;
      t.match((await patch({ [name]: value })).json(), { ...changes, [name]: value }, name);
      t.match((await patch({ [name]: null })).json(), changes, name);
    }
  });

  await t.test('200 for no body, an empty one and {}: no member changes', async (t) => {
    const before = await read();
    for (const body of [undefined, '', {}]) {
      const response = await patch(body);
      t.equal(response.statusCode, 200);
      const record = response.json<ApplicationRecord>();
      t.same(record, { ...before, updated_at: record.updated_at });
    }
  });

  await t.test('422 names every member that never changes, and changes nothing', async (t) => {
    const before = await read();
    const body = { ...before, api_key: apiKey, name: 'Other' };
    const pointers = ['/uuid', '/client_id', '/api_key', '/api_key_hint', '/created_at', '/updated_at'];
    isProblem(t, await patch(body), { code: 'immutable_field', pointers });
    for (const value of [null, before.client_id, 'x'.repeat(22), 1]) {
      isProblem(t, await patch({ client_id: value }), { code: 'immutable_field', pointers: ['/client_id'] });
    }
    t.same(await read(), before);
  });

  await t.test('400 where something else is wrong as well, with all of it', async (t) => {
    const response = await patch({ uuid: randomUUID(), name: null, redirect_uris: ['/cb'], organization_id: 1 });
    const pointers = ['/uuid', '/name', '/redirect_uris/0', '/organization_id'];
    isProblem(t, response, { code: 'invalid_request', pointers });
  });

  await t.test('400, 413 and 415 for requests of the wrong shape', async (t) => {
    isProblem(t, await patch({}, { url: `${url}?x=1` }), { code: 'invalid_request', pointers: ['?x'] });
    isProblem(t, await patch({ description: 'x'.repeat(300_000) }), { code: 'content_too_large' });
    const headers = { 'content-type': 'application/xml' };
    isProblem(t, await patch('<name/>', { headers }), { code: 'unsupported_media_type' });
    const mergePatch = { 'content-type': 'application/merge-patch+json; charset=utf-8' };
    t.equal((await patch('{"description":null}', { headers: mergePatch })).statusCode, 200);
  });

  await t.test('401, 403 below admin, and the same 404 for foreign and for none', async (t) => {
    isProblem(t, await test.request('PATCH', url, { body: {} }), { code: 'unauthorized' });
    for (const { token } of [developer, reader])
      isProblem(t, await patch({}, { token }), { code: 'insufficient_role' });
    const foreign = await patch({ name: 'Mine' }, { url: `${path}/applications/${stranger.applicationId}` });
    isProblem(t, foreign, { code: 'not_found' });
    isSameRefusal(t, foreign, await patch({ name: 'Mine' }, { url: `${path}/applications/${randomUUID()}` }));
    isSameRefusal(t, foreign, await patch({ name: 'Mine' }, { token: stranger.token }));
    t.not((await read()).name, 'Mine');
  });

  await t.test('of many conditional changes to one version, one wins and the others are told', async (t) => {
    const version = String((await patch({})).headers.etag);
    const names = Array.from({ length: 6 }, (_, i) => `Racer ${i}`);
    const answers = await Promise.all(names.map((name) => patch({ name }, { headers: { 'if-match': version } })));
    const winners = answers.filter(({ statusCode }) => statusCode === 200);
    t.equal(winners.length, 1);
    for (const answer of answers.filter((answer) => !winners.includes(answer))) {
      isProblem(t, answer, { code: 'precondition_failed' });
    }
    t.equal((await read()).name, winners[0]?.json<ApplicationRecord>().name);
  });

  await t.test('the database itself refuses to change what never changes', async (t) => {
    for (const change of [
      'id = gen_random_uuid()',
      'primary_client_id = gen_random_uuid()',
      `organization_id = '${stranger.organizationId}'`,
    ]) {
      await t.rejects(test.query(`update applications set ${change} where id = $1`, [original.uuid]), {
        code: '23001',
      });
    }
  });
});
