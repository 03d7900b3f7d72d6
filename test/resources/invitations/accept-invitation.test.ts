import { randomBytes } from 'node:crypto';
import t from 'tap';
import {
  findInTables,
  NEW_PASSWORD,
  registerPending,
  send,
  statusOfToken,
  WRONG_PASSWORD,
} from '../../support/accounts.ts';
import { build } from '../../support/build-app.ts';
import { makeCompany } from '../../support/company.ts';
import { addMember, API, insertMember, makeEmail, PASSWORD, registerUser } from '../../support/factories.ts';
import { CONSOLE_SESSION, pageHeaders, visitConsole } from '../../support/console.ts';
import { accept, inviteOne, readChain, readMembers } from '../../support/members.ts';
import { isProblem, isSameRefusal } from '../../support/problems.ts';

interface Accepted {
  access_token?: string;
  refresh_token?: string;
  organization: { uuid: string; name: string };
  role: string;
}

const test = await build(t);
const company = await makeCompany(test);
const { owner, admin, reader, path, organizationId } = company;
const organization = { uuid: organizationId, name: owner.organizationName };
const loginStatus = async (email: string, password: string) =>
  (await send(test, 'login', { email, password })).statusCode;

void t.test('without an account it makes one, with this membership alone, and logs in', async (t) => {
  const email = makeEmail();
  const { token } = await inviteOne(test, company, { email: email.toUpperCase(), role: 'developer' });
  const response = await accept(test, { token, password: PASSWORD });
  t.equal(response.statusCode, 200);
  t.equal(response.headers['cache-control'], 'no-store');
  const made = response.json<Accepted>();
  t.match(made, { organization, role: 'developer', token_type: 'Bearer', expires_in: 86_400 });
  const mine = await test.request('GET', `${API}/organizations/me/`, { token: String(made.access_token) });
  t.same(
    mine.json<{ uuid: string; role: string }[]>().map(({ uuid, role }) => [uuid, role]),
    [[organizationId, 'developer']],
    'no organization of its own',
  );
  t.equal((await readMembers(test, company)).get(email)?.role, 'developer');
  t.equal((await send(test, 'refresh', { refresh_token: made.refresh_token })).statusCode, 200);
  t.equal(await loginStatus(email, PASSWORD), 200, 'the email counts as proven');
});

void t.test('in the console it logs in behind the cookie, and hands no token to the page', async (t) => {
  const email = makeEmail();
  const { token } = await inviteOne(test, company, { email, role: 'reader' });
  const url = `${API}/programmatic/invitations/accept/`;
  const response = await test.request('POST', url, { body: { token, password: PASSWORD }, headers: pageHeaders });
  t.equal(response.statusCode, 200);
  t.same(response.json(), { organization, role: 'reader' });
  const cookie = String(response.headers['set-cookie']).split(';')[0] ?? '';
  const session = await test.request('GET', CONSOLE_SESSION, { headers: { ...pageHeaders, cookie } });
  t.match(session.json(), { user: { email }, organizations: [{ uuid: organizationId, role: 'reader' }] });

  const user = await registerUser(test);
  const invited = await inviteOne(test, company, { email: user.email });
  const { headers } = await visitConsole(test, user.email);
  const joined = await test.request('POST', url, { body: { token: invited.token }, headers });
  t.equal(joined.statusCode, 200, 'who is logged in joins with the cookie');
  t.equal(joined.headers['set-cookie'], undefined);
});

void t.test('who is logged in with that email joins, and goes on with the tokens there are', async (t) => {
  const user = await registerUser(test);
  const { token } = await inviteOne(test, company, { email: user.email, role: 'admin' });
  const response = await accept(test, { token }, { as: user });
  t.equal(response.statusCode, 200);
  t.same(response.json(), { organization, role: 'admin' });
  t.equal((await test.request('GET', `${path}/audit-events/`, { token: user.token })).statusCode, 200);
  const sessions = await test.query('select 1 from sessions where user_id = $1', [user.userId]);
  t.equal(sessions.length, 1);
});

void t.test('an account is not opened by a token: not with nothing, a new password, or the right one', async (t) => {
  const user = await registerUser(test);
  const { token } = await inviteOne(test, company, { email: user.email });
  for (const body of [{ token }, { token, password: NEW_PASSWORD }, { token, password: PASSWORD }]) {
    const response = await accept(test, body);
    isProblem(t, response, { code: 'login_required' });
    t.match(response.headers['www-authenticate'], 'Bearer');
  }
  isProblem(t, await accept(test, { token }, { as: reader }), { code: 'wrong_account' });
  isProblem(t, await accept(test, { token, password: NEW_PASSWORD }, { as: reader }), { code: 'wrong_account' });
  isProblem(t, await accept(test, { token }, { as: { token: 'nonsense' } }), { code: 'unauthorized' });
  isProblem(t, await accept(test, { token, password: NEW_PASSWORD }, { as: user }), {
    code: 'invalid_request',
    pointers: ['/password'],
  });
  t.equal(await loginStatus(user.email, PASSWORD), 200, 'the password is what it was');
  t.equal(await loginStatus(user.email, NEW_PASSWORD), 401);
  t.notOk((await readMembers(test, company)).has(user.email));
  t.equal((await accept(test, { token }, { as: user })).statusCode, 200, 'and the token is still good');
});

void t.test('a session that was ended does not count as being logged in', async (t) => {
  const user = await registerUser(test);
  const { token } = await inviteOne(test, company, { email: user.email });
  await send(test, 'logout', { refresh_token: user.refreshToken });
  isProblem(t, await accept(test, { token }, { as: user }), { code: 'unauthorized' });
});

void t.test('somebody else’s admin token makes no account for the email that was invited', async (t) => {
  const email = makeEmail();
  const { token } = await inviteOne(test, company, { email });
  isProblem(t, await accept(test, { token, password: PASSWORD }, { as: reader }), { code: 'wrong_account' });
  t.same(await test.query('select 1 from users where email = $1', [email]), []);
});

void t.test('one answer for a token that is wrong, spent, withdrawn or expired', async (t) => {
  const spent = await inviteOne(test, company, { email: makeEmail() });
  await accept(test, { token: spent.token, password: PASSWORD });
  const withdrawn = await inviteOne(test, company, { email: makeEmail() });
  await test.request('DELETE', withdrawn.url, { token: owner.token });
  const expired = makeEmail();
  const old = await inviteOne(test, company, { email: expired });
  await test.query(`update invitations set expires_at = now() where email = $1`, [expired]);
  const wrong = randomBytes(32).toString('base64url');
  const answers = [];
  for (const token of [wrong, spent.token, withdrawn.token, old.token]) {
    for (const more of [{}, { password: PASSWORD }]) answers.push(await accept(test, { token, ...more }));
    answers.push(await accept(test, { token }, { as: reader }));
  }
  const [first] = answers;
  isProblem(t, first!, { code: 'invalid_invitation' });
  for (const answer of answers) isSameRefusal(t, answer, first!);
  for (const token of ['', 'x', `${wrong}x`, null, 1]) {
    const response = await test.request('POST', `${API}/programmatic/invitations/accept/`, { body: { token } });
    isProblem(t, response, { code: 'invalid_request', pointers: ['/token'] });
  }
});

void t.test('the rules of passwords hold, and a password that is refused spends nothing', async (t) => {
  const email = `margaret-${randomBytes(6).toString('hex')}@example.com`;
  const { token } = await inviteOne(test, company, { email });
  const local = email.slice(0, email.indexOf('@'));
  for (const password of ['short', 'Password1!', `Xy7!${local}`]) {
    isProblem(t, await accept(test, { token, password }), { code: 'invalid_request', pointers: ['/password'] });
  }
  isProblem(t, await accept(test, { token }), { code: 'invalid_request', pointers: ['/password'] });
  t.equal((await accept(test, { token, password: PASSWORD })).statusCode, 200);
});

void t.test('a stranger’s registration that waits for the same email confirms nothing any more', async (t) => {
  const email = makeEmail();
  const { code } = await registerPending(test, email);
  const { token } = await inviteOne(test, company, { email });
  t.equal((await accept(test, { token, password: NEW_PASSWORD })).statusCode, 200);
  const kept = await test.query('select password_hash from registrations where email = $1', [email]);
  t.same(kept, [{ password_hash: '' }], 'nothing of the stranger’s password is kept');
  isProblem(t, await send(test, 'verify-email', { email, code }), { code: 'invalid_code' });
  t.equal(await loginStatus(email, PASSWORD), 401, 'the password of the registration never worked');
  t.equal(await loginStatus(email, NEW_PASSWORD), 200);
});

void t.test('nor does a contested one', async (t) => {
  const email = makeEmail();
  await registerPending(test, email);
  await send(test, 'register', { email, password: WRONG_PASSWORD });
  const { token } = await inviteOne(test, company, { email });
  t.equal((await accept(test, { token, password: NEW_PASSWORD })).statusCode, 200);
  for (const password of [PASSWORD, WRONG_PASSWORD]) t.equal(await loginStatus(email, password), 401);
  t.equal(await loginStatus(email, NEW_PASSWORD), 200);
});

void t.test('who confirmed a registration meanwhile logs in, and joins then', async (t) => {
  const email = makeEmail();
  const { token } = await inviteOne(test, company, { email });
  const user = await registerUserAt(email);
  isProblem(t, await accept(test, { token, password: NEW_PASSWORD }), { code: 'login_required' });
  t.equal(await loginStatus(email, NEW_PASSWORD), 401);
  t.equal((await accept(test, { token }, { as: user })).statusCode, 200);
});

/** The invitation is the first mail to the address, the code the second. */
async function registerUserAt(email: string): Promise<{ token: string }> {
  await send(test, 'register', { email, password: PASSWORD });
  const code = await test.readCode(email, 2);
  const response = await send(test, 'verify-email', { email, code });
  return { token: response.json<{ access_token: string }>().access_token };
}

void t.test('who became a member otherwise stays what they are, and the token is spent', async (t) => {
  const user = await registerUser(test);
  const { token } = await inviteOne(test, company, { email: user.email, role: 'admin' });
  await addMember(test, organizationId, { userId: user.userId, role: 'reader' });
  t.match((await accept(test, { token }, { as: user })).json(), { role: 'reader' });
  isProblem(t, await accept(test, { token }, { as: user }), { code: 'invalid_invitation' });
});

void t.test('409 when the organization has as many members as it may, and the token stays good', async (t) => {
  const small = await build(t, { env: { LATCHKEY_QUOTAS: '{"members":5}' }, beside: test });
  const other = await makeCompany(small);
  const last = await insertMember(small, other.organizationId);
  const { token } = await inviteOne(small, other, { email: makeEmail() });
  const body = { token, password: PASSWORD };
  isProblem(t, await accept(small, body), { code: 'quota_reached' });
  await small.request('DELETE', `${other.path}/members/${last}/`, { token: other.owner.token });
  t.equal((await accept(small, body)).statusCode, 200);
});

void t.test('409 when who was invited as an owner owns as many organizations as one may', async (t) => {
  const small = await build(t, { env: { LATCHKEY_QUOTAS: '{"organizations":1}' }, beside: test });
  const user = await registerUser(small);
  const { token } = await inviteOne(small, company, { email: user.email, role: 'owner' });
  isProblem(t, await accept(small, { token }, { as: user }), { code: 'quota_reached' });
  t.equal((await accept(test, { token }, { as: user })).statusCode, 200);
});

void t.test('an organization that was deleted takes its invitations along', async (t) => {
  const response = await test.request('POST', `${API}/organizations/`, { token: owner.token, body: { name: 'Going' } });
  const { uuid } = response.json<{ uuid: string }>();
  const going = { path: `${API}/organizations/${uuid}`, owner };
  const { token } = await inviteOne(test, going, { email: makeEmail() });
  await test.request('DELETE', `${going.path}/`, { token: owner.token, body: { confirm: 'Going' } });
  isProblem(t, await accept(test, { token, password: PASSWORD }), { code: 'invalid_invitation' });
});

void t.test('the trails of organization and person tell of it', async (t) => {
  const email = makeEmail();
  const { id, token } = await inviteOne(test, company, { email, role: 'reader' });
  await accept(test, { token, password: PASSWORD });
  const member = (await readMembers(test, company)).get(email)!;
  const [user] = await test.query<{ id: string }>('select id from users where email = $1', [email]);
  const actor = { type: 'user', id: user!.id, email };
  t.match((await readChain(test, organizationId)).slice(-2), [
    { action: 'invitation.accept', actor, target: { type: 'invitation', id, name: email } },
    { action: 'member.create', actor, target: { type: 'member', id: member.uuid, name: email } },
  ]);
  const ofPerson = await readChain(test, user!.id);
  t.same(
    ofPerson.map(({ action }) => action),
    ['account.create', 'member.create', 'session.create'],
  );
  t.match(ofPerson[1], { actor, target: { id: organizationId }, changes: { role: { from: null, to: 'reader' } } });
});

void t.test('a token is stored nowhere but as a digest', async (t) => {
  const { token } = await inviteOne(test, company, { email: makeEmail() });
  t.same(await findInTables(test, token), []);
  await accept(test, { token, password: PASSWORD });
  t.same(await findInTables(test, token), []);
  t.notOk(test.logs.some((line) => line.includes(token)));
});

void t.test('a user of the service is counted as anybody, per address, and an admin token is still good', async (t) => {
  const limited = await build(t, { env: { RATE_LIMIT_ENABLED: 'true' }, beside: test });
  const token = randomBytes(32).toString('base64url');
  const statuses = new Set<number>();
  for (let i = 0; i < 61; i += 1) {
    const body = { token };
    const response = await limited.request('POST', `${API}/programmatic/invitations/accept/`, {
      body,
      from: '192.0.2.5',
    });
    statuses.add(response.statusCode);
  }
  t.same([...statuses].sort(), [400, 429]);
  t.equal(await statusOfToken(test, admin.token), 200);
});
