import { randomUUID } from 'node:crypto';
import t from 'tap';
import { build } from '../../support/build-app.ts';
import type { TestApp } from '../../support/build-app.ts';
import { countRecords, createApplication, isAccepted, makeCompany } from '../../support/company.ts';
import type { Company } from '../../support/company.ts';
import { API, createClient } from '../../support/factories.ts';
import { isProblem, isSameRefusal, shown } from '../../support/problems.ts';

/** An organization to delete, of the same people. */
async function makeOrganization(test: TestApp, { owner }: Company, name = 'Short-lived') {
  const body = { name };
  const response = await test.request('POST', `${API}/organizations/`, { token: owner.token, body });
  const { uuid } = response.json<{ uuid: string }>();
  return {
    name,
    organizationId: uuid,
    path: `${API}/organizations/${uuid}`,
    owner: { ...owner, organizationId: uuid },
  };
}

void t.test('DELETE organizations/{org}/', async (t) => {
  const test = await build(t);
  const company = await makeCompany(test);
  const { owner, admin, developer, reader, stranger, path } = company;
  const remove = (url: string, body?: unknown, headers = {}) =>
    test.request('DELETE', url, { token: owner.token, body, headers });

  await t.test('204 takes its applications, API clients and secrets along, and nothing of others', async (t) => {
    const doomed = await makeOrganization(test, company);
    const application = await createApplication(test, doomed);
    const ofApplication = await createClient(test, doomed.owner, { application_id: application.uuid });
    const free = await createClient(test, doomed.owner);
    const secrets = [application.api_key, ofApplication.client_secret, free.client_secret];
    for (const secret of secrets) t.ok(await isAccepted(test, secret));
    const others = await countRecords(test, company.organizationId);

    const response = await remove(`${doomed.path}/`, { confirm: doomed.name });
    t.equal(response.statusCode, 204);
    t.equal(response.body, '');
    t.equal(response.headers['cache-control'], 'no-store');
    for (const secret of secrets) t.not(true, await isAccepted(test, secret));
    t.same(await countRecords(test, doomed.organizationId), { applications: 0, clients: 0, secrets: 0 });
    t.same(await test.query('select 1 from memberships where organization_id = $1', [doomed.organizationId]), []);

    t.same(await countRecords(test, company.organizationId), others);
    t.ok(await isAccepted(test, owner.apiKey));
    for (const url of ['/', '/applications/', `/applications/${application.uuid}/`, '/api-clients/']) {
      isProblem(t, await test.request('GET', doomed.path + url, { token: owner.token }), { code: 'not_found' });
    }
    isProblem(t, await remove(`${doomed.path}/`, { confirm: doomed.name }), { code: 'not_found' });
    const list = await test.request('GET', `${API}/organizations/me/`, { token: owner.token });
    t.not(true, list.body.includes(doomed.organizationId));
  });

  await t.test('204 without the trailing slash, for any name that can be given', async (t) => {
    for (const name of ['O\'Brien % \\ "x"', '😀'.repeat(200), ' padded ']) {
      const { path: url } = await makeOrganization(test, company, name);
      t.equal((await remove(url, { confirm: name })).statusCode, 204, shown(name));
    }
  });

  await t.test('422 unless the name is confirmed character for character', async (t) => {
    const { name, path: url } = await makeOrganization(test, company);
    const bodies = ['', ' ', name.toLowerCase(), `${name} `, name.slice(1), 'Other', '%', owner.organizationName];
    for (const body of [undefined, '', {}, ...bodies.map((confirm) => ({ confirm }))]) {
      isProblem(t, await remove(url, body), { code: 'confirmation_required', message: shown(body ?? null) });
    }
    t.equal((await remove(url, { confirm: name })).statusCode, 204);
  });

  await t.test('400 for a confirmation that is no text, and for anything else in the body', async (t) => {
    for (const confirm of [true, null, ['x'], 'a\u0000', '\ud800', 'x'.repeat(201)]) {
      const response = await remove(path, { confirm });
      isProblem(t, response, { code: 'invalid_request', pointers: ['/confirm'], message: shown(confirm) });
    }
    const response = await remove(path, { confirm: owner.organizationName, force: true });
    isProblem(t, response, { code: 'invalid_request', pointers: ['/force'] });
    const body = { confirm: owner.organizationName };
    isProblem(t, await remove(`${path}?force=1`, body), { code: 'invalid_request', pointers: ['?force'] });
  });

  await t.test('401 without a token, 403 for an admin and below, 404 for everybody else', async (t) => {
    const body = { confirm: owner.organizationName };
    isProblem(t, await test.request('DELETE', path, { body }), { code: 'unauthorized' });
    for (const { token } of [admin, developer, reader]) {
      isProblem(t, await test.request('DELETE', path, { token, body }), { code: 'insufficient_role' });
    }
    const foreign = await test.request('DELETE', path, { token: stranger.token, body });
    isProblem(t, foreign, { code: 'not_found' });
    isSameRefusal(t, foreign, await remove(`${API}/organizations/${randomUUID()}`, body));
    t.equal((await test.request('GET', path, { token: owner.token })).statusCode, 200, 'it is still there');
  });

  await t.test('412 for a version that has passed; a name that is not confirmed stays 422', async (t) => {
    const { name, path: url } = await makeOrganization(test, company);
    await test.request('PATCH', url, { token: owner.token, body: {} });
    isProblem(t, await remove(url, { confirm: name }, { 'if-match': '"1"' }), { code: 'precondition_failed' });
    isProblem(t, await remove(url, { confirm: 'no' }, { 'if-match': '"1"' }), { code: 'confirmation_required' });
    t.equal((await remove(url, { confirm: name }, { 'if-match': '"2"' })).statusCode, 204);
  });

  await t.test('of many deletions at once, one is answered 204 and the others 404', async (t) => {
    const { name, path: url } = await makeOrganization(test, company);
    const answers = await Promise.all(Array.from({ length: 5 }, () => remove(url, { confirm: name })));
    t.same(answers.map(({ statusCode }) => statusCode).sort(), [204, 404, 404, 404, 404]);
  });
});
