import { randomUUID } from 'node:crypto';
import t from 'tap';
import { build } from '../../support/build-app.ts';
import { createApplication, isAccepted, makeCompany } from '../../support/company.ts';
import type { NewApplication } from '../../support/company.ts';
import { isProblem, isSameRefusal } from '../../support/problems.ts';

void t.test('POST organizations/{org}/applications/{app}/regenerate-api-key/', async (t) => {
  const test = await build(t);
  const company = await makeCompany(test);
  const { admin, developer, reader, stranger, path } = company;
  const urlOf = (uuid: string) => `${path}/applications/${uuid}/regenerate-api-key/`;
  const regenerate = (uuid: string, body?: unknown, token = admin.token) =>
    test.request('POST', urlOf(uuid), { token, body });

  await t.test('200 with a new key: the old one is refused at once, and no more than its hint changes', async (t) => {
    const { api_key: oldKey, ...record } = await createApplication(test, company, { name: 'Shop' });
    t.ok(await isAccepted(test, oldKey));
    const response = await regenerate(record.uuid);
    t.equal(response.statusCode, 200);
    t.equal(response.headers['cache-control'], 'no-store');
    const { api_key: newKey, ...after } = response.json<NewApplication>();
    t.not(newKey, oldKey);
    t.same(after, { ...record, api_key_hint: newKey.slice(-4), updated_at: after.updated_at });
    t.ok(after.updated_at >= record.updated_at);
    t.not(true, await isAccepted(test, oldKey));
    t.ok(await isAccepted(test, newKey));
    const read = await test.request('GET', `${path}/applications/${record.uuid}/`, { token: reader.token });
    t.same(read.json(), after, 'a later read has only the hint');
  });

  await t.test('200 for no body, an empty one and {}, with and without the trailing slash', async (t) => {
    const { uuid } = await createApplication(test, company);
    for (const body of [undefined, '', {}, { overlap_seconds: 0 }])
      t.equal((await regenerate(uuid, body)).statusCode, 200);
    const bare = await test.request('POST', urlOf(uuid).slice(0, -1), { token: admin.token });
    t.equal(bare.statusCode, 200);
  });

  await t.test('200 with an overlap: both keys work', async (t) => {
    const { uuid, api_key: oldKey } = await createApplication(test, company);
    const { api_key: newKey } = (await regenerate(uuid, { overlap_seconds: 3600 })).json<NewApplication>();
    t.ok(await isAccepted(test, oldKey));
    t.ok(await isAccepted(test, newKey));
  });

  await t.test('400 names everything that is wrong at once, and no key dies of it', async (t) => {
    const { uuid, api_key: apiKey } = await createApplication(test, company);
    for (const overlap of [-1, 1.5, 30 * 86_400 + 1, '60', null]) {
      const response = await regenerate(uuid, { overlap_seconds: overlap, reason: 'leak' });
      isProblem(t, response, { code: 'invalid_request', pointers: ['/overlap_seconds', '/reason'] });
    }
    const response = await test.request('POST', `${urlOf(uuid)}?overlap_seconds=1`, { token: admin.token });
    isProblem(t, response, { code: 'invalid_request', pointers: ['?overlap_seconds'] });
    t.ok(await isAccepted(test, apiKey));
  });

  await t.test('401, 403 below admin, and the same 404 for foreign and for none', async (t) => {
    const { uuid, api_key: apiKey } = await createApplication(test, company);
    isProblem(t, await test.request('POST', urlOf(uuid)), { code: 'unauthorized' });
    for (const { token } of [developer, reader]) {
      isProblem(t, await regenerate(uuid, {}, token), { code: 'insufficient_role' });
    }
    const foreign = await regenerate(stranger.applicationId);
    isProblem(t, foreign, { code: 'not_found' });
    isSameRefusal(t, foreign, await regenerate(randomUUID()));
    isSameRefusal(t, foreign, await regenerate('none'));
    isSameRefusal(t, foreign, await regenerate(uuid, {}, stranger.token));
    for (const key of [apiKey, stranger.apiKey]) t.ok(await isAccepted(test, key));
  });
});
