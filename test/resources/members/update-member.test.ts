import { randomUUID } from 'node:crypto';
import t from 'tap';
import type { Role } from '../../../src/db/tables/organizations.ts';
import { build } from '../../support/build-app.ts';
import type { TestApp } from '../../support/build-app.ts';
import { makeCompany } from '../../support/company.ts';
import { addMember, API, insertMember, registerUser } from '../../support/factories.ts';
import { addressOf, countOwners, readChain } from '../../support/members.ts';
import type { MemberRecord } from '../../support/members.ts';
import { isProblem } from '../../support/problems.ts';

const READER_UUID = '01900000-0000-7000-8000-000000000004';

const test = await build(t);
const company = await makeCompany(test);
const { owner, admin, developer, reader, stranger, path, organizationId } = company;
const patch = (url: string, token: string, body: unknown) => test.request('PATCH', url, { token, body });
const setRole = async (email: string, role: Role) =>
  test.query(
    `update memberships set role = $2 from users
     where users.id = user_id and email = $1 and organization_id = $3`,
    [email, role, organizationId],
  );
const roleIn = async ({ token }: { token: string }, app: TestApp = test) => {
  const mine = await app.request('GET', `${path}/`, { token });
  return mine.statusCode === 200 ? mine.json<{ role: string }>().role : mine.statusCode;
};

void t.test('200 by the name of a role or by its uuid, and it holds from the next request on', async (t) => {
  const url = await addressOf(test, company, developer);
  t.equal(await roleIn(developer), 'developer');
  const lowered = await patch(url, admin.token, { role: READER_UUID });
  t.equal(lowered.statusCode, 200);
  t.match(lowered.json(), { email: developer.email, role: 'reader' });
  t.equal(await roleIn(developer), 'reader');
  const client = { name: 'Job', environment: 'staging', permissions: ['api.read'] };
  const refused = await test.request('POST', `${path}/api-clients/`, { token: developer.token, body: client });
  isProblem(t, refused, { code: 'insufficient_role' });
  const raised = await patch(url, owner.token, { role: 'developer' });
  t.equal(raised.json<MemberRecord>().role, 'developer');
  t.equal(await roleIn(developer), 'developer');
});

void t.test('an admin changes all but owners; only an owner makes one, and unmakes one', async (t) => {
  const [ofOwner, ofAdmin, ofReader] = [
    await addressOf(test, company, owner),
    await addressOf(test, company, admin),
    await addressOf(test, company, reader),
  ];
  for (const [url, role] of [
    [ofReader, 'owner'],
    [ofAdmin, 'owner'],
    [ofOwner, 'admin'],
    [ofOwner, 'owner'],
  ] as const) {
    isProblem(t, await patch(url, admin.token, { role }), { code: 'insufficient_role' });
  }
  for (const { token } of [developer, reader]) {
    isProblem(t, await patch(ofReader, token, { role: 'reader' }), { code: 'insufficient_role' });
  }
  isProblem(t, await patch(ofReader, stranger.token, { role: 'reader' }), { code: 'not_found' });

  t.equal((await patch(ofAdmin, owner.token, { role: 'owner' })).statusCode, 200);
  t.equal(await countOwners(test, organizationId), 2);
  t.equal(
    (await patch(ofOwner, admin.token, { role: 'reader' })).statusCode,
    200,
    'a new owner is as good as the first',
  );
  t.equal(await roleIn(owner), 'reader');
  t.equal((await patch(ofOwner, admin.token, { role: 'owner' })).statusCode, 200);
  t.equal((await patch(ofAdmin, owner.token, { role: 'admin' })).statusCode, 200);
});

void t.test('an admin may step down, and then is none', async (t) => {
  const url = await addressOf(test, company, admin);
  t.equal((await patch(url, admin.token, { role: 'reader' })).statusCode, 200);
  isProblem(t, await patch(url, admin.token, { role: 'admin' }), { code: 'insufficient_role' });
  await setRole(admin.email, 'admin');
});

void t.test('409 when the only owner would be none, and nothing is changed', async (t) => {
  const url = await addressOf(test, company, owner);
  for (const role of ['admin', 'developer', 'reader']) {
    isProblem(t, await patch(url, owner.token, { role }), { code: 'last_owner' });
  }
  t.equal(await roleIn(owner), 'owner');
  t.equal((await patch(url, owner.token, { role: 'owner' })).statusCode, 200, 'to stay one is fine');
});

void t.test('404 for a member of another organization, before anything else is said', async (t) => {
  const theirs = await insertMember(test, stranger.organizationId);
  for (const id of [theirs, randomUUID(), 'nobody']) {
    isProblem(t, await patch(`${path}/members/${id}/`, owner.token, { role: 'owner' }), { code: 'not_found' });
  }
});

void t.test('400 for a role there is none of, 422 for what never changes', async (t) => {
  const url = await addressOf(test, company, reader);
  for (const role of ['king', '', null, 4, READER_UUID.replace('4', '5').toUpperCase(), ['reader']]) {
    isProblem(t, await patch(url, owner.token, { role }), { code: 'invalid_request', pointers: ['/role'] });
  }
  isProblem(t, await patch(url, owner.token, { admin: true }), { code: 'invalid_request', pointers: ['/admin'] });
  const body = { uuid: randomUUID(), email: 'other@acme.example', joined_at: '2026-01-31T12:00:00Z' };
  const pointers = ['/uuid', '/email', '/joined_at'];
  isProblem(t, await patch(url, owner.token, body), { code: 'immutable_field', pointers });
});

void t.test('412 when the member has changed since it was read', async (t) => {
  const url = await addressOf(test, company, reader);
  const { etag } = (await test.request('GET', url, { token: admin.token })).headers;
  const headers = { 'if-match': String(etag) };
  const change = (role: Role) => test.request('PATCH', url, { token: admin.token, body: { role }, headers });
  t.equal((await change('developer')).statusCode, 200);
  const late = await change('admin');
  isProblem(t, late, { code: 'precondition_failed' });
  t.equal(await roleIn(reader), 'developer');
  await setRole(reader.email, 'reader');
});

void t.test('the trail of the organization and that of the person tell of it; the latter not from where', async (t) => {
  const url = await addressOf(test, company, reader);
  const from = '192.0.2.99';
  const headers = { 'user-agent': 'desk/1' };
  await test.request('PATCH', url, { token: admin.token, body: { role: 'developer' }, headers, from });
  const changes = { role: { from: 'reader', to: 'developer' } };
  const actor = { type: 'user', id: admin.userId, email: admin.email };
  const ofOrganization = (await readChain(test, organizationId)).at(-1);
  const id = url.split('/').at(-2);
  const target = { type: 'member', id, name: reader.email };
  t.match(ofOrganization, { action: 'member.update', actor, target, changes, ip: from, user_agent: 'desk/1' });
  const ofPerson = (await readChain(test, reader.userId)).at(-1);
  const organization = { type: 'organization', id: organizationId, name: owner.organizationName };
  t.match(ofPerson, { action: 'member.update', actor, target: organization, changes, ip: null, user_agent: null });

  const seen = await test.request('GET', `${API}/account/security-events/?action=member.update`, {
    token: reader.token,
  });
  t.match(seen.json(), { results: [{ action: 'member.update', target: organization, changes }] });
  await setRole(reader.email, 'reader');
});

void t.test('nobody learns from making somebody an owner how many organizations they own', async (t) => {
  const small = await build(t, { env: { LATCHKEY_QUOTAS: '{"organizations":1}' }, beside: test });
  const user = await registerUser(small);
  const member = await addMember(small, organizationId, { userId: user.userId, role: 'reader' });
  const url = `${path}/members/${member}/`;
  const response = await small.request('PATCH', url, { token: owner.token, body: { role: 'owner' } });
  t.match(response, { statusCode: 200 }, 'as for who owns none');
  t.equal(await roleIn(user, small), 'owner');
  const further = await small.request('POST', `${API}/organizations/`, {
    token: user.token,
    body: { name: 'Another' },
  });
  isProblem(t, further, { code: 'quota_reached' });
});
