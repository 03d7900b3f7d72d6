import t from 'tap';
import { build } from '../../support/build-app.ts';
import type { TestApp } from '../../support/build-app.ts';
import { makeCompany } from '../../support/company.ts';
import { insertMember, makeEmail, PASSWORD } from '../../support/factories.ts';
import { addressOf, countOwners, inviteOne } from '../../support/members.ts';
import { isProblem } from '../../support/problems.ts';
import { ageSessions } from '../../support/sessions.ts';

const test = await build(t);
const company = await makeCompany(test);
const { owner, path, organizationId } = company;
const second = await insertMember(test, organizationId, 'owner');
const member = await insertMember(test, organizationId);
const invitation = await inviteOne(test, company, { email: makeEmail(), role: 'owner' });

type Method = Parameters<TestApp['request']>[0];

/** Every way to change who is an owner: what is sent, and what it answers. */
const changes: Record<string, [method: Method, url: string, body: object, status: number]> = {
  'an owner made': ['PATCH', `${path}/members/${member}/`, { role: 'owner' }, 200],
  'an owner unmade': ['PATCH', `${path}/members/${member}/`, { role: 'reader' }, 200],
  'an owner removed': ['DELETE', `${path}/members/${second}/`, {}, 204],
  'an owner invited': ['POST', `${path}/members/invite/`, { emails: [makeEmail()], role: 'owner' }, 200],
  'an owner invited alone': ['POST', `${path}/members/`, { email: makeEmail(), role: 'owner' }, 200],
  'an owner invited again': ['POST', invitation.url, {}, 200],
};

void t.test('403 for every change of owners by a login of long ago, and it works with the password', async (t) => {
  for (const [name, [method, url, body, status]] of Object.entries(changes)) {
    await ageSessions(test, owner.userId, '16 minutes');
    const before = await countOwners(test, organizationId);
    const refused = await test.request(method, url, { token: owner.token, body });
    isProblem(t, refused, { code: 'reauthentication_required', pointers: ['/password'], message: name });
    const wrong = { ...body, password: 'Wrong-Horse-7' };
    const answer = await test.request(method, url, { token: owner.token, body: wrong });
    isProblem(t, answer, { code: 'wrong_password', pointers: ['/password'], message: name });
    t.equal(await countOwners(test, organizationId), before, name);
    const right = { ...body, password: PASSWORD };
    t.equal((await test.request(method, url, { token: owner.token, body: right })).statusCode, status, name);
  }
});

void t.test(
  'what is not about owners asks for no password, and who is refused for the role is told that',
  async (t) => {
    await ageSessions(test, owner.userId, '16 minutes');
    await ageSessions(test, company.admin.userId, '16 minutes');
    const body = { role: 'developer' };
    const url = `${path}/members/${member}/`;
    t.equal((await test.request('PATCH', url, { token: owner.token, body })).statusCode, 200);
    const invited = { emails: [makeEmail()], role: 'admin' };
    const response = await test.request('POST', `${path}/members/invite/`, { token: owner.token, body: invited });
    t.equal(response.statusCode, 200);
    const refused = await test.request('PATCH', url, { token: company.admin.token, body: { role: 'owner' } });
    isProblem(t, refused, { code: 'insufficient_role' });
    t.equal((await test.request('DELETE', url, { token: owner.token })).statusCode, 204);
  },
);

void t.test('an owner who leaves gives the password; anybody else just leaves', async (t) => {
  await insertMember(test, organizationId, 'owner');
  await ageSessions(test, owner.userId, '16 minutes');
  await ageSessions(test, company.reader.userId, '16 minutes');
  const [ofOwner, ofReader] = [await addressOf(test, company, owner), await addressOf(test, company, company.reader)];
  t.equal((await test.request('DELETE', ofReader, { token: company.reader.token })).statusCode, 204);
  const refused = await test.request('DELETE', ofOwner, { token: owner.token });
  isProblem(t, refused, { code: 'reauthentication_required', pointers: ['/password'] });
  const body = { password: PASSWORD };
  t.equal((await test.request('DELETE', ofOwner, { token: owner.token, body })).statusCode, 204);
});
