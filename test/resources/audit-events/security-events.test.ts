import t from 'tap';
import { forgetPassword, NEW_PASSWORD, send, WRONG_PASSWORD } from '../../support/accounts.ts';
import { build } from '../../support/build-app.ts';
import { API, makeEmail, PASSWORD, registerUser } from '../../support/factories.ts';
import type { TestUser } from '../../support/factories.ts';

const test = await build(t);

async function listActions(token: string, query = ''): Promise<string[]> {
  const response = await test.request('GET', `${API}/account/security-events/${query}`, { token });
  return response.json<{ results: { action: string }[] }>().results.map(({ action }) => action);
}

async function logIn({ email }: Pick<TestUser, 'email'>, password = PASSWORD) {
  return (await send(test, 'login', { email, password })).json<{ access_token: string; refresh_token: string }>();
}

void t.test('200 with what happened to one’s own account, newest first', async (t) => {
  const user = await registerUser(test);
  await send(test, 'login', { email: user.email, password: WRONG_PASSWORD });
  await send(test, 'logout', { refresh_token: user.refreshToken });
  const { access_token: token } = await logIn(user);
  t.same(await listActions(token), ['session.create', 'session.end', 'login.fail', 'session.create', 'account.create']);
  t.same(await listActions(token, '?action=login.fail'), ['login.fail']);
  const { access_token: other } = await logIn(await registerUser(test));
  t.same(await listActions(other), ['session.create', 'session.create', 'account.create'], 'nobody else’s');
});

void t.test('a failed login names nobody as its actor, and where it came from', async (t) => {
  const user = await registerUser(test);
  await test.request('POST', `${API}/programmatic/login/`, {
    ...{ body: { email: user.email, password: WRONG_PASSWORD }, from: '192.0.2.9' },
  });
  const response = await test.request('GET', `${API}/account/security-events/?action=login.fail`, user);
  t.match(response.json(), {
    results: [
      {
        actor: { type: 'user', id: null, email: null },
        target: { type: 'user', id: user.userId, name: user.email },
        ip: '192.0.2.9',
      },
    ],
  });
});

void t.test('the failed login that locks says so', async (t) => {
  const user = await registerUser(test);
  for (let i = 0; i < 6; i += 1) await send(test, 'login', { email: user.email, password: WRONG_PASSWORD });
  const fails = Array<string>(4).fill('login.fail');
  t.same(await listActions(user.token), ['login.lock', 'login.fail', ...fails, 'session.create', 'account.create']);
});

void t.test('failed logins of an email without an account leave nothing in any chain', async (t) => {
  const count = async () =>
    test.query('select (select count(*) from audit_events), (select count(*) from audit_chains)');
  const before = await count();
  const email = makeEmail();
  for (let i = 0; i < 6; i += 1) await send(test, 'login', { email, password: WRONG_PASSWORD });
  t.same(await count(), before);
});

void t.test('a spent refresh token leaves that its session was ended by it, once', async (t) => {
  const user = await registerUser(test);
  const body = { refresh_token: user.refreshToken };
  await send(test, 'refresh', body);
  await Promise.all([send(test, 'refresh', body), send(test, 'refresh', body), send(test, 'logout', body)]);
  const { access_token: token } = await logIn(user);
  // A refresh that comes before the others is answered once more, which is an event of its own.
  const actions = (await listActions(token)).filter((action) => action !== 'session.repeat');
  t.same(actions, ['session.create', 'session.reuse', 'session.create', 'account.create']);
});

void t.test('a password reset says how many sessions it ended', async (t) => {
  const user = await registerUser(test);
  await logIn(user);
  const code = await forgetPassword(test, user.email, 2);
  await send(test, 'reset-password', { email: user.email, code, password: NEW_PASSWORD });
  const { access_token: token } = await logIn(user, NEW_PASSWORD);
  const response = await test.request('GET', `${API}/account/security-events/?action=password.reset`, { token });
  t.match(response.json(), { results: [{ changes: { sessions: { from: 2, to: 0 } } }] });
});
