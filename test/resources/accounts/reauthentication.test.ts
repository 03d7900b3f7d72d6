import t from 'tap';
import { atOnce, send, WRONG_PASSWORD } from '../../support/accounts.ts';
import { build } from '../../support/build-app.ts';
import { makeCompany } from '../../support/company.ts';
import { API, PASSWORD, registerUser } from '../../support/factories.ts';
import type { TestUser } from '../../support/factories.ts';
import { makeSession } from '../../support/every-route.ts';
import { AUDIENCE, startIssuer } from '../../support/oidc-issuer.ts';
import { ageSessions, listAccountEvents, SESSIONS } from '../../support/sessions.ts';

const issuer = await startIssuer(t);
const env = { LATCHKEY_TRUSTED_ISSUER: issuer.url, LATCHKEY_TRUSTED_AUDIENCE: AUDIENCE };
const test = await build(t, { env });

interface Step {
  method: 'DELETE' | 'PUT';
  url: (user: TestUser) => string | Promise<string>;
  body: (user: TestUser) => object;
  status: number;
}

/** What takes more than an open session. */
const steps: Record<string, Step> = {
  'ending the other sessions': { method: 'DELETE', url: () => SESSIONS, body: () => ({}), status: 204 },
  'ending another session': {
    method: 'DELETE',
    url: async ({ token }) => `${SESSIONS}${await makeSession(test, token)}/`,
    body: () => ({}),
    status: 204,
  },
  'a new policy': {
    method: 'PUT',
    url: ({ organizationId }) => `${API}/organizations/${organizationId}/credential-policy/`,
    body: () => ({ max_overlap_seconds: 60 }),
    status: 200,
  },
  'deleting an organization': {
    method: 'DELETE',
    url: ({ organizationId }) => `${API}/organizations/${organizationId}/`,
    body: ({ organizationName }) => ({ confirm: organizationName }),
    status: 204,
  },
};

interface Way {
  password?: string;
  token?: string;
  service?: typeof test;
}

async function take(
  { method, url, body }: Step,
  user: TestUser,
  { service = test, token = user.token, ...rest }: Way = {},
) {
  return service.request(method, await url(user), { token, body: { ...body(user), ...rest } });
}

const { 'a new policy': policyStep } = steps as { 'a new policy': Step };

for (const [name, step] of Object.entries(steps)) {
  void t.test(`${name} within 15 minutes of the login takes no password`, async (t) => {
    const user = await registerUser(test);
    await ageSessions(test, user.userId, '14 minutes');
    t.equal((await take(step, user)).statusCode, step.status);
  });

  void t.test(`${name} later than that is 403 without the password, and passes with it`, async (t) => {
    const user = await registerUser(test);
    await ageSessions(test, user.userId, '15 minutes 1 second');
    const refused = await take(step, user);
    t.equal(refused.statusCode, 403);
    t.match(refused.json(), {
      code: 'reauthentication_required',
      errors: [{ pointer: '/password', code: 'required' }],
    });
    const wrong = await take(step, user, { password: WRONG_PASSWORD });
    t.equal(wrong.statusCode, 403);
    t.match(wrong.json(), { code: 'wrong_password', errors: [{ pointer: '/password' }] });
    t.equal((await take(step, user)).json<{ code: string }>().code, 'reauthentication_required');
    t.equal((await take(step, user, { password: PASSWORD })).statusCode, step.status);
  });
}

void t.test('204 for the password alone: the session passes for 15 minutes from then on', async (t) => {
  const user = await registerUser(test);
  await ageSessions(test, user.userId, '1 hour');
  const give = (password: string) =>
    test.request('POST', `${API}/account/reauthenticate/`, { token: user.token, body: { password } });
  t.match((await give(WRONG_PASSWORD)).json(), { code: 'wrong_password' });
  t.equal((await take(policyStep, user)).statusCode, 403);
  t.equal((await give(PASSWORD)).statusCode, 204);
  t.equal((await take(policyStep, user)).statusCode, 200);
});

void t.test('a password counts for 15 minutes, for this session, in every process', async (t) => {
  const user = await registerUser(test);
  const beside = await build(t, { beside: test, env });
  const other = (await send(test, 'login', { email: user.email, password: PASSWORD })).json<{ access_token: string }>();
  await ageSessions(test, user.userId, '1 hour');
  t.equal((await take(policyStep, user, { password: PASSWORD })).statusCode, 200);
  t.equal((await take(policyStep, user, { service: beside })).statusCode, 200);
  t.equal((await take(policyStep, user, { token: other.access_token })).statusCode, 403);
  await ageSessions(test, user.userId, '16 minutes');
  t.equal((await take(policyStep, user)).statusCode, 403);
  const events = await listAccountEvents(test, user.userId);
  const again = events.filter(({ action }) => action === 'session.reauthenticate');
  t.match(again, [{ actor: { id: user.userId }, target: { type: 'session' } }]);
});

void t.test('a stranger’s password never stands for one’s own', async (t) => {
  const user = await registerUser(test);
  const stranger = await registerUser(test);
  const password = 'Another-Horse-9';
  const body = { current_password: PASSWORD, password };
  const changed = await test.request('POST', `${API}/account/change-password/`, { token: stranger.token, body });
  t.equal(changed.statusCode, 200);
  await ageSessions(test, user.userId, '1 hour');
  t.match((await take(policyStep, user, { password })).json(), { code: 'wrong_password' });
});

void t.test('a wrong password counts as a failed login, however recent the last one is', async (t) => {
  const user = await registerUser(test);
  const answers = await atOnce(8, () => take(policyStep, user, { password: WRONG_PASSWORD }));
  const codes = answers.map((answer) => answer.json<{ code: string }>().code);
  t.equal(codes.filter((code) => code === 'wrong_password').length, 5);
  t.equal(codes.filter((code) => code === 'account_locked').length, 3);
  const right = await take(policyStep, user, { password: PASSWORD });
  t.equal(right.statusCode, 429);
  t.match(right.headers['retry-after'], /^\d+$/);
  t.equal((await send(test, 'login', { email: user.email, password: PASSWORD })).statusCode, 429);
  const events = await listAccountEvents(test, user.userId);
  const failures = events.filter(({ action }) => action === 'login.fail');
  t.equal(failures.length, 5);
  t.match(failures[0], { actor: { id: user.userId } }, 'by who held the session');
});

void t.test('who may not do it at all is told that first', async (t) => {
  const company = await makeCompany(test);
  const { owner, admin, stranger } = company;
  for (const { userId } of [admin, stranger]) await ageSessions(test, userId, '1 hour');
  const asAdmin = await take(policyStep, owner, { token: admin.token });
  t.match(asAdmin.json(), { status: 403, code: 'insufficient_role' });
  t.match((await take(policyStep, owner, { token: stranger.token })).json(), { status: 404, code: 'not_found' });
});

void t.test('with a token of the trusted issuer the login there counts, and no password does', async (t) => {
  const user = await registerUser(test);
  const now = Math.floor(Date.now() / 1000);
  const ask = async (claims: object, password?: string) => {
    const token = await issuer.sign({ email: user.email, ...claims });
    return take(policyStep, user, { token, ...(password === undefined ? {} : { password }) });
  };
  t.equal((await ask({ auth_time: now - 60, iat: now - 7_200 })).statusCode, 200);
  t.equal((await ask({ iat: now - 60 })).statusCode, 200);
  for (const claims of [{ auth_time: now - 3_600, iat: now }, { iat: now - 3_600 }, { auth_time: 'now', iat: 0 }]) {
    const refused = await ask(claims, PASSWORD);
    t.match(refused.json(), { status: 403, code: 'reauthentication_required' });
    t.notOk('errors' in refused.json<object>(), 'there is no password to send');
  }
});
