import { randomUUID } from 'node:crypto';
import t from 'tap';
import { build } from '../../support/build-app.ts';
import { countRecords, createApplication, isAccepted, makeCompany } from '../../support/company.ts';
import { createClient } from '../../support/factories.ts';
import { isProblem, isSameRefusal } from '../../support/problems.ts';

void t.test('DELETE organizations/{org}/applications/{app}/', async (t) => {
  const test = await build(t);
  const company = await makeCompany(test);
  const { owner, admin, developer, reader, stranger, organizationId, path } = company;
  const urlOf = (uuid: string) => `${path}/applications/${uuid}/`;
  const remove = (url: string, token = admin.token, headers = {}) => test.request('DELETE', url, { token, headers });

  await t.test('204 takes its API clients and their secrets along, and no others', async (t) => {
    const before = await countRecords(test, organizationId);
    const application = await createApplication(test, company);
    const second = await createClient(test, owner, { application_id: application.uuid });
    const free = await createClient(test, owner);
    for (const secret of [application.api_key, second.client_secret]) t.ok(await isAccepted(test, secret));

    const response = await remove(urlOf(application.uuid));
    t.equal(response.statusCode, 204);
    t.equal(response.body, '');
    t.equal(response.headers['cache-control'], 'no-store');
    for (const secret of [application.api_key, second.client_secret]) t.not(true, await isAccepted(test, secret));
    for (const secret of [free.client_secret, owner.apiKey]) t.ok(await isAccepted(test, secret));
    t.same(await countRecords(test, organizationId), {
      applications: before.applications,
      clients: before.clients + 1,
      secrets: before.secrets + 1,
    });

    for (const url of [urlOf(application.uuid), `${path}/api-clients/${second.client_id}/`]) {
      isProblem(t, await test.request('GET', url, { token: owner.token }), { code: 'not_found' });
    }
    isProblem(t, await remove(urlOf(application.uuid)), { code: 'not_found' });
    const key = `${urlOf(application.uuid)}regenerate-api-key/`;
    isProblem(t, await test.request('POST', key, { token: admin.token }), { code: 'not_found' });
  });

  await t.test('204 without the trailing slash, and with an empty body of any kind', async (t) => {
    const { uuid } = await createApplication(test, company);
    const headers = { 'content-type': 'text/plain' };
    const response = await test.request('DELETE', urlOf(uuid).slice(0, -1), { token: owner.token, body: '', headers });
    t.equal(response.statusCode, 204);
  });

  await t.test('412 for a version that has passed, 204 for the one that is', async (t) => {
    const { uuid } = await createApplication(test, company);
    await test.request('PATCH', urlOf(uuid), { token: admin.token, body: {} });
    const stale = await remove(urlOf(uuid), admin.token, { 'if-match': '"1"' });
    isProblem(t, stale, { code: 'precondition_failed' });
    t.equal((await remove(urlOf(uuid), admin.token, { 'if-match': '"2"' })).statusCode, 204);
  });

  await t.test(
    '401, 403 below admin, 400 for an unknown parameter, the same 404 for foreign and for none',
    async (t) => {
      const { uuid } = await createApplication(test, company);
      isProblem(t, await test.request('DELETE', urlOf(uuid)), { code: 'unauthorized' });
      for (const { token } of [developer, reader]) {
        isProblem(t, await remove(urlOf(uuid), token), { code: 'insufficient_role' });
      }
      isProblem(t, await remove(`${urlOf(uuid)}?force=1`), { code: 'invalid_request', pointers: ['?force'] });
      const foreign = await remove(urlOf(stranger.applicationId));
      isProblem(t, foreign, { code: 'not_found' });
      isSameRefusal(t, foreign, await remove(urlOf(randomUUID())));
      isSameRefusal(t, foreign, await remove(urlOf(uuid), stranger.token));
      isSameRefusal(t, foreign, await remove(urlOf('none')));
      t.equal((await test.request('GET', urlOf(uuid), { token: reader.token })).statusCode, 200, 'it is still there');
      t.ok(await isAccepted(test, stranger.apiKey));
    },
  );
});
