import t from 'tap';
import {
  atOnce,
  countMails,
  NEW_PASSWORD,
  send,
  statusOfToken,
  tally,
  textsOfMails,
  WRONG_PASSWORD,
} from '../../support/accounts.ts';
import { build, waitFor } from '../../support/build-app.ts';
import { API, PASSWORD, registerUser } from '../../support/factories.ts';
import type { TestUser } from '../../support/factories.ts';
import { isProblem } from '../../support/problems.ts';
import { listAccountEvents, logIn } from '../../support/sessions.ts';

const test = await build(t);

function change({ token }: Pick<TestUser, 'token'>, body: object, from?: string) {
  const options = { token, body: { current_password: PASSWORD, password: NEW_PASSWORD, ...body } };
  return test.request('POST', `${API}/account/change-password/`, { ...options, ...(from && { from }) });
}

const statusOfLogin = async (email: string, password: string) =>
  (await send(test, 'login', { email, password })).statusCode;

void t.test('200: the new password holds, the old one does not, every other session has ended', async (t) => {
  const user = await registerUser(test);
  const other = await logIn(test, user.email);
  const mails = countMails(test, user.email);
  const response = await change(user, {});
  t.equal(response.statusCode, 200);
  t.equal(await statusOfToken(test, user.token), 200);
  t.equal((await send(test, 'refresh', { refresh_token: user.refreshToken })).statusCode, 200);
  t.equal(await statusOfToken(test, other.access_token), 401);
  t.equal((await send(test, 'refresh', { refresh_token: other.refresh_token })).statusCode, 401);
  t.equal(await statusOfLogin(user.email, PASSWORD), 401);
  t.equal(await statusOfLogin(user.email, NEW_PASSWORD), 200);

  await waitFor(() => (countMails(test, user.email) > mails ? true : undefined));
  const [mail = ''] = textsOfMails(test, user.email).slice(-1);
  t.match(mail, 'was changed');
  t.notMatch(mail, NEW_PASSWORD);
  const changed = (await listAccountEvents(test, user.userId)).find(({ action }) => action === 'password.change');
  t.match(changed, { actor: { id: user.userId }, changes: { sessions: { from: 2, to: 1 } } });
  t.notMatch(JSON.stringify(changed), /argon2|Horse|Staple/);
});

void t.test('403 for a wrong current password: nothing changes, and it counts as a failed login', async (t) => {
  const user = await registerUser(test);
  const other = await logIn(test, user.email);
  const wrong = { current_password: WRONG_PASSWORD };
  const first = await change(user, wrong);
  isProblem(t, first, { code: 'wrong_password', pointers: ['/current_password'] });
  for (let failures = 1; failures < 5; failures++) t.equal((await change(user, wrong)).statusCode, 403);
  t.equal((await change(user, {})).statusCode, 429, 'the right one is not heard any more');
  t.equal(await statusOfToken(test, other.access_token), 200);
  t.equal((await change(user, {}, '203.0.113.9')).statusCode, 200, 'elsewhere it is');
});

void t.test('400 for a new password that is too weak, or holds the email', async (t) => {
  const user = await registerUser(test, 'grace.hopper@example.com');
  for (const password of ['short', 'Password1!', 'Grace.Hopper-7']) {
    const refused = await change(user, { password });
    t.equal(refused.statusCode, 400, password);
    t.match(refused.json(), { errors: [{ pointer: '/password' }] });
  }
  t.equal(await statusOfLogin(user.email, PASSWORD), 200);
});

void t.test('of changes at the same time one holds, and no session that it ended lives', async (t) => {
  const user = await registerUser(test);
  const [one, other] = [await logIn(test, user.email), await logIn(test, user.email)];
  const passwords = ['First-Staple-1', 'Other-Staple-2'];
  const answers = await Promise.all([
    change({ token: one.access_token }, { password: passwords[0] }),
    change({ token: other.access_token }, { password: passwords[1] }),
  ]);
  t.equal(answers.filter(({ statusCode }) => statusCode === 200).length, 1);
  const winner = answers.findIndex(({ statusCode }) => statusCode === 200);
  t.equal(await statusOfLogin(user.email, passwords[winner] ?? ''), 200);
  t.equal(await statusOfToken(test, [one, other][winner]?.access_token ?? ''), 200);
  t.equal(await statusOfToken(test, [other, one][winner]?.access_token ?? ''), 401);
});

void t.test('logins at the same time are over, or with the new password', async (t) => {
  const user = await registerUser(test);
  const logins = atOnce(6, () => send(test, 'login', { email: user.email, password: PASSWORD }));
  const changed = await change(user, {});
  t.equal(changed.statusCode, 200);
  const answers = await logins;
  t.equal((tally(answers)[200] ?? 0) + (tally(answers)[401] ?? 0) + (tally(answers)[429] ?? 0), 6);
  for (const answer of answers.filter(({ statusCode }) => statusCode === 200)) {
    t.equal(await statusOfToken(test, answer.json<{ access_token: string }>().access_token), 401);
  }
});
