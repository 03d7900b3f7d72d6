import { randomUUID } from 'node:crypto';
import t from 'tap';
import { build } from '../../support/build-app.ts';
import { isAccepted, makeCompany } from '../../support/company.ts';
import { addMember, API, createClient, insertMember, registerUser } from '../../support/factories.ts';
import { addressOf, countOwners, readChain, readMembers } from '../../support/members.ts';
import { isProblem } from '../../support/problems.ts';
import { makeRetryKey } from '../../support/retries.ts';

const test = await build(t);
const company = await makeCompany(test);
const { owner, admin, developer, reader, stranger, path, organizationId } = company;
const remove = (url: string, token: string, headers = {}) => test.request('DELETE', url, { token, headers });
const statusFor = async (url: string, token: string) => (await test.request('GET', url, { token })).statusCode;

void t.test('204, and from the answer on the removed member’s token is worthless for the organization', async (t) => {
  const gone = await registerUser(test);
  await addMember(test, organizationId, { userId: gone.userId, role: 'admin' });
  const key = { 'idempotency-key': makeRetryKey() };
  const make = { token: gone.token, body: { name: 'Portal' }, headers: key };
  t.equal((await test.request('POST', `${path}/applications/`, make)).statusCode, 201);
  const client = await createClient(test, { ...gone, organizationId });

  const response = await remove(await addressOf(test, company, gone), admin.token);
  t.equal(response.statusCode, 204);
  t.equal(response.body, '');
  for (const url of ['/', '/members/', '/applications/', '/api-clients/', '/audit-events/', '/roles/']) {
    isProblem(t, await test.request('GET', path + url, { token: gone.token }), { code: 'not_found' });
  }
  isProblem(t, await test.request('POST', `${path}/applications/`, make), { code: 'not_found' });
  const mine = await test.request('GET', `${API}/organizations/me/`, { token: gone.token });
  t.notOk(mine.body.includes(organizationId));
  t.equal(await statusFor(`${API}/organizations/${gone.organizationId}/`, gone.token), 200, 'elsewhere it is as good');
  t.ok(await isAccepted(test, client.client_secret), 'what the person made goes on');
});

void t.test('anybody may leave, whatever their role', async (t) => {
  for (const role of ['admin', 'developer', 'reader', 'owner'] as const) {
    const user = await registerUser(test);
    const id = await addMember(test, organizationId, { userId: user.userId, role });
    t.equal((await remove(`${path}/members/${id}/`, user.token)).statusCode, 204, role);
    t.equal(await statusFor(`${path}/`, user.token), 404, role);
    isProblem(t, await remove(`${path}/members/${id}/`, user.token), { code: 'not_found' });
  }
});

void t.test('403 when others are removed by who is no admin, and owners by who is none', async (t) => {
  const [ofOwner, ofReader] = [await addressOf(test, company, owner), await addressOf(test, company, reader)];
  for (const { token } of [developer, reader]) {
    isProblem(t, await remove(await addressOf(test, company, admin), token), { code: 'insufficient_role' });
    isProblem(t, await remove(ofOwner, token), { code: 'insufficient_role' });
  }
  isProblem(t, await remove(ofOwner, admin.token), { code: 'insufficient_role' });
  isProblem(t, await remove(ofReader, stranger.token), { code: 'not_found' });
  isProblem(t, await test.request('DELETE', ofReader), { code: 'unauthorized' });
  t.equal((await readMembers(test, company)).size, 4);
});

void t.test('an owner removes another owner; 409 for the last one, by whomever', async (t) => {
  const second = await insertMember(test, organizationId, 'owner');
  t.equal((await remove(`${path}/members/${second}/`, owner.token)).statusCode, 204);
  isProblem(t, await remove(await addressOf(test, company, owner), owner.token), { code: 'last_owner' });
  t.equal(await countOwners(test, organizationId), 1);
  t.equal(await statusFor(`${path}/`, owner.token), 200);
});

void t.test('404 for a member of another organization', async (t) => {
  const theirs = await insertMember(test, stranger.organizationId);
  for (const id of [theirs, randomUUID(), 'nobody']) {
    for (const { token } of [owner, reader]) {
      isProblem(t, await remove(`${path}/members/${id}/`, token), { code: 'not_found' });
    }
  }
  const rows = await test.query('select 1 from memberships where id = $1', [theirs]);
  t.equal(rows.length, 1);
});

void t.test('412 when the member has changed since it was read', async (t) => {
  const id = await insertMember(test, organizationId);
  const url = `${path}/members/${id}/`;
  await test.request('PATCH', url, { token: admin.token, body: { role: 'developer' } });
  isProblem(t, await remove(url, admin.token, { 'if-match': '"1"' }), { code: 'precondition_failed' });
  t.equal((await remove(url, admin.token, { 'if-match': '"2"' })).statusCode, 204);
});

void t.test('both trails tell who did it: somebody else, or the person who left', async (t) => {
  const [removed, left] = [await registerUser(test), await registerUser(test)];
  for (const { userId } of [removed, left]) await addMember(test, organizationId, { userId, role: 'reader' });
  await remove(await addressOf(test, company, removed), admin.token);
  await remove(await addressOf(test, company, left), left.token);
  const changes = { role: { from: 'reader', to: null } };
  const events = (await readChain(test, organizationId)).slice(-2);
  t.match(events, [
    { action: 'member.delete', actor: { id: admin.userId }, target: { name: removed.email }, changes },
    { action: 'member.delete', actor: { id: left.userId }, target: { name: left.email }, changes },
  ]);
  const target = { type: 'organization', id: organizationId };
  const ofRemoved = (await readChain(test, removed.userId)).at(-1);
  t.match(ofRemoved, { action: 'member.delete', actor: { email: admin.email }, target, changes, ip: null });
  const ofLeft = (await readChain(test, left.userId)).at(-1);
  t.match(ofLeft, { action: 'member.delete', actor: { email: left.email }, target, changes, ip: '127.0.0.1' });
});
