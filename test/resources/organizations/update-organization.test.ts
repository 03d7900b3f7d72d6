import { randomUUID } from 'node:crypto';
import t from 'tap';
import { build } from '../../support/build-app.ts';
import { makeCompany } from '../../support/company.ts';
import { beginTransaction, waitForLockWaiters } from '../../support/database-session.ts';
import { API } from '../../support/factories.ts';
import { isProblem, isSameRefusal } from '../../support/problems.ts';

void t.test('PATCH organizations/{org}/', async (t) => {
  const test = await build(t);
  const { owner, admin, developer, reader, stranger, path } = await makeCompany(test);
  const patch = (body: unknown, options: { token?: string; headers?: Record<string, string>; url?: string } = {}) =>
    test.request('PATCH', options.url ?? `${path}/`, { token: admin.token, body, ...options });
  const read = async () => (await test.request('GET', path, { token: owner.token })).json<object>();

  await t.test('200 with the changed record; what was not sent stays', async (t) => {
    const before = await read();
    const renamed = await patch({ name: 'Acme Corporation' });
    t.equal(renamed.statusCode, 200);
    t.equal(renamed.headers.etag, '"2.admin"', 'the record shows the role of who reads it');
    t.same(renamed.json(), { ...before, name: 'Acme Corporation', role: 'admin' });
    const moved = await patch({ contact_email: 'new@acme.example' }, { url: path, token: owner.token });
    t.equal(moved.headers.etag, '"3"');
    t.same(moved.json(), { ...before, name: 'Acme Corporation', contact_email: 'new@acme.example' });
    t.same(await read(), moved.json());
  });

  await t.test('200 for no body and an empty one: nothing was asked for, nothing changes', async (t) => {
    const before = await read();
    for (const body of [undefined, '', {}]) {
      const response = await patch(body, { token: owner.token });
      t.equal(response.statusCode, 200);
      t.same(response.json(), before);
    }
  });

  await t.test('422 names every member that never changes, and changes nothing', async (t) => {
    const before = await read();
    const body = { uuid: randomUUID(), role: 'owner', created_at: null, name: 'Other' };
    const response = await patch(body);
    isProblem(t, response, { code: 'immutable_field', pointers: ['/uuid', '/role', '/created_at'] });
    t.same(await read(), before);
  });

  await t.test('400 where something else is wrong as well, with all of it', async (t) => {
    const response = await patch({ uuid: randomUUID(), name: ' ', contact_email: null, plan: 'pro' });
    isProblem(t, response, { code: 'invalid_request', pointers: ['/uuid', '/name', '/contact_email', '/plan'] });
  });

  await t.test('400 for an unknown query parameter', async (t) => {
    const response = await patch({ name: 'Acme' }, { url: `${path}/?force=1` });
    isProblem(t, response, { code: 'invalid_request', pointers: ['?force'] });
    const both = await patch({ uuid: randomUUID() }, { url: `${path}/?force=1` });
    isProblem(t, both, { code: 'invalid_request', pointers: ['/uuid', '?force'] });
  });

  await t.test('401 without a token', async (t) => {
    isProblem(t, await test.request('PATCH', path, { body: { name: 'Acme' } }), { code: 'unauthorized' });
  });

  await t.test('403 below admin, even for a body that is not valid', async (t) => {
    for (const { token } of [developer, reader]) {
      isProblem(t, await patch({ name: 'Mine now' }, { token }), { code: 'insufficient_role' });
      isProblem(t, await patch({ name: 7 }, { token }), { code: 'insufficient_role' });
    }
  });

  await t.test('404, the same for another’s organization and for none, whatever the body', async (t) => {
    const { token } = stranger;
    const foreign = await patch({ name: 'Mine now' }, { token });
    isProblem(t, foreign, { code: 'not_found' });
    const missing = { token, url: `${API}/organizations/${randomUUID()}/` };
    isSameRefusal(t, foreign, await patch({ name: 'Mine now' }, missing));
    isSameRefusal(t, foreign, await patch({ uuid: 1, nonsense: true }, { token, headers: { 'if-match': '"9"' } }));
    t.not(((await read()) as { name: string }).name, 'Mine now');
  });

  await t.test('412 for a version that has passed, 200 for the one that is', async (t) => {
    const stale = (await patch({})).headers.etag ?? '';
    const current = (await patch({})).headers.etag ?? '';
    const body = { name: 'Under a condition' };
    isProblem(t, await patch(body, { headers: { 'if-match': stale } }), { code: 'precondition_failed' });
    t.equal((await patch(body, { headers: { 'if-match': current } })).statusCode, 200);
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
    t.match(await read(), { name: winners[0]?.json<{ name: string }>().name });
  });

  await t.test('404 when the organization goes away in the middle', async (t) => {
    const { token } = owner;
    const made = await test.request('POST', `${API}/organizations/`, { token, body: { name: 'Going' } });
    const { uuid } = made.json<{ uuid: string }>();
    const deletion = await beginTransaction(test);
    await deletion.query('delete from organizations where id = $1', [uuid]);
    const change = patch({ name: 'Late' }, { token, url: `${API}/organizations/${uuid}` });
    await waitForLockWaiters(test);
    await deletion.commit();
    isProblem(t, await change, { code: 'not_found' });
  });
});
