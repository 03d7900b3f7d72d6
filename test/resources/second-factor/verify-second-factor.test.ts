import t from 'tap';
import {
  answerOf,
  atOnce,
  countMails,
  forgetPassword,
  NEW_PASSWORD,
  send,
  statusOfToken,
  tally,
  textsOfMails,
  waitForMail,
  WRONG_PASSWORD,
} from '../../support/accounts.ts';
import { build } from '../../support/build-app.ts';
import { API, makeEmail, PASSWORD, registerUser } from '../../support/factories.ts';
import type { TestUser } from '../../support/factories.ts';
import { beginLogin, codeOf, forgetStep, sendCode, setUpTotp, wrongCodeOf } from '../../support/second-factor.ts';
import type { TestTotp } from '../../support/second-factor.ts';

const test = await build(t);

async function registerWithTotp(): Promise<TestUser & TestTotp> {
  const user = await registerUser(test);
  return { ...user, ...(await setUpTotp(test, user)) };
}

const actionsOf = async ({ userId }: TestUser) =>
  (
    await test.query<{ action: string }>('select action from audit_events where chain_id = $1 order by sequence', [
      userId,
    ])
  ).map(({ action }) => action);

void t.test('a login with the right password is given no tokens, and asked for the second factor', async (t) => {
  const user = await registerWithTotp();
  const response = await send(test, 'login', { email: user.email, password: PASSWORD });
  t.equal(response.statusCode, 200);
  t.equal(response.headers['cache-control'], 'no-store');
  t.same(response.json(), {
    '2fa_required': true,
    temp_token: response.json<{ temp_token: string }>().temp_token,
    expires_in: 300,
    has_authenticator: true,
    has_passkeys: false,
  });
  t.match(response.json<{ temp_token: string }>().temp_token, /^[\w-]{43}$/);
});

void t.test('200 with tokens for the code of the app, and the login is in the audit trail', async (t) => {
  const user = await registerWithTotp();
  const response = await sendCode(test, await beginLogin(test, user), codeOf(user.secret));
  t.equal(response.statusCode, 200);
  t.equal(response.headers['cache-control'], 'no-store');
  const answer = response.json<Record<string, string>>();
  t.same(Object.keys(answer).sort(), ['access_token', 'expires_in', 'refresh_token', 'token_type']);
  t.equal(await statusOfToken(test, String(answer.access_token)), 200);
  t.same((await actionsOf(user)).slice(-3), ['login.challenge', 'second_factor.pass', 'session.create']);
});

void t.test('200 for the code of the half minute after, and for one that is typed in two groups', async (t) => {
  const user = await registerWithTotp();
  const code = codeOf(user.secret, 1);
  const spaced = `${code.slice(0, 3)} ${code.slice(3)}`;
  t.equal((await sendCode(test, await beginLogin(test, user), spaced)).statusCode, 200);
});

void t.test('skipped: the token of a waiting login opens nothing else', async (t) => {
  const user = await registerWithTotp();
  const tempToken = await beginLogin(test, user);
  t.equal(await statusOfToken(test, tempToken), 401, 'as an admin token');
  t.equal((await send(test, 'refresh', { refresh_token: tempToken })).statusCode, 401, 'as a refresh token');
  t.equal((await send(test, 'logout', { refresh_token: tempToken })).statusCode, 401, 'as a refresh token to end');
  const asKey = await test.request('GET', `${API}/verify/`, { headers: { 'x-api-key': tempToken } });
  t.equal(asKey.statusCode, 401, 'as a secret');
  const sessions = 'select 1 from sessions where user_id = $1';
  t.equal((await test.query(sessions, [user.userId])).length, 1, 'there is but the session of the registration');
});

void t.test('skipped: other tokens do not stand for a waiting login', async (t) => {
  const user = await registerWithTotp();
  for (const token of [user.refreshToken, user.apiKey, user.userId]) {
    t.equal((await sendCode(test, token, codeOf(user.secret))).statusCode, 401);
  }
  t.equal(
    (await sendCode(test, user.token, codeOf(user.secret))).statusCode,
    400,
    'an admin token is too long for one',
  );
});

void t.test('skipped: a password reset logs nobody in, leaves the second factor, and ends what waits', async (t) => {
  const user = await registerWithTotp();
  const waiting = await beginLogin(test, user);
  const code = await forgetPassword(test, user.email, 3);
  const reset = await send(test, 'reset-password', { email: user.email, code, password: NEW_PASSWORD });
  t.equal(reset.statusCode, 200);
  t.same(Object.keys(reset.json<object>()), ['message']);
  t.equal((await sendCode(test, waiting, codeOf(user.secret))).statusCode, 401, 'begun with the password of before');
  const login = await send(test, 'login', { email: user.email, password: NEW_PASSWORD });
  t.match(login.json(), { '2fa_required': true });
});

void t.test('replayed: a code is good once, whoever has seen it', async (t) => {
  const user = await registerWithTotp();
  const code = codeOf(user.secret);
  const [first, second] = [await beginLogin(test, user), await beginLogin(test, user)];
  t.equal((await sendCode(test, first, code)).statusCode, 200);
  t.equal((await sendCode(test, second, code)).statusCode, 401);
  t.equal((await sendCode(test, second, codeOf(user.secret, -1))).statusCode, 401, 'nor an older one');
  t.equal((await sendCode(test, second, codeOf(user.secret, 1))).statusCode, 200, 'the next one is');
});

void t.test('replayed: a login that was finished is not finished again', async (t) => {
  const user = await registerWithTotp();
  const tempToken = await beginLogin(test, user);
  t.equal((await sendCode(test, tempToken, codeOf(user.secret))).statusCode, 200);
  await forgetStep(test, user);
  t.equal((await sendCode(test, tempToken, codeOf(user.secret))).statusCode, 401);
});

void t.test('replayed at once, over two processes: one login is let in', async (t) => {
  const beside = await build(t, { beside: test });
  const user = await registerWithTotp();
  const tempTokens = await atOnce(6, () => beginLogin(test, user));
  const code = codeOf(user.secret);
  const answers = await atOnce(6, (i) => sendCode(i % 2 === 0 ? test : beside, String(tempTokens[i]), code));
  t.equal(tally(answers)[200], 1);
});

void t.test('the code that set the app up does not log in as well', async (t) => {
  const user = await registerUser(test);
  const { token } = user;
  const made = await test.request('POST', `${API}/account/2fa/totp/`, { token });
  const { secret } = made.json<{ secret: string }>();
  const code = codeOf(secret);
  const confirmed = await test.request('POST', `${API}/account/2fa/totp/confirm/`, { token, body: { code } });
  t.equal(confirmed.statusCode, 200);
  t.equal((await sendCode(test, await beginLogin(test, user), code)).statusCode, 401);
});

void t.test('guessed: a waiting login has five tries, also at once, and then not even the right code', async (t) => {
  const user = await registerWithTotp();
  // A source each, so that it is the tries that end.
  const tempToken = await beginLogin(test, user);
  const wrong = wrongCodeOf(user.secret);
  const guess = (index: number, code: string) =>
    test.request('POST', `${API}/2fa/verify/`, {
      body: { temp_token: tempToken, otp_token: code },
      from: `192.0.2.${index}`,
    });
  t.same(tally(await atOnce(12, (index) => guess(index, wrong))), { 401: 12 });
  const [row] = await test.query<{ failures: number }>('select failures from account_login_failures where email = $1', [
    user.email,
  ]);
  t.equal(row?.failures, 5, 'five were looked at');
  t.equal((await guess(99, codeOf(user.secret))).statusCode, 401);
  await waitForMail(test);
  t.match(
    textsOfMails(test, user.email).at(-1),
    /right password/,
    'and the owner is told that somebody has the password',
  );
  t.same((await actionsOf(user)).filter((action) => action === 'second_factor.fail').length, 5);
});

void t.test('guessed: to begin again gives no more guesses, because the right password forgets none', async (t) => {
  const user = await registerWithTotp();
  const wrong = wrongCodeOf(user.secret);
  const from = '192.0.2.200';
  const statuses: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    const login = await test.request('POST', `${API}/programmatic/login/`, {
      body: { email: user.email, password: PASSWORD },
      from,
    });
    if (login.statusCode !== 200) {
      statuses.push(login.statusCode);
      continue;
    }
    const { temp_token } = login.json<{ temp_token: string }>();
    for (let i = 0; i < 3; i += 1) {
      const body = { temp_token, otp_token: wrong };
      statuses.push((await test.request('POST', `${API}/2fa/verify/`, { body, from })).statusCode);
    }
  }
  t.same(statuses, [401, 401, 401, 401, 401, 429, 429]);
  t.equal(
    (await test.query('select 1 from login_sources where source = $1', [from])).length,
    0,
    'nor is it a known place',
  );
  const elsewhere = await beginLogin(test, user);
  t.equal((await sendCode(test, elsewhere, codeOf(user.secret))).statusCode, 200, 'the owner is let in elsewhere');
});

void t.test('429 at the second factor as well while its source is locked, whatever the code', async (t) => {
  const user = await registerWithTotp();
  const tempToken = await beginLogin(test, user);
  for (let i = 0; i < 5; i += 1) await send(test, 'login', { email: user.email, password: WRONG_PASSWORD });
  const locked = await sendCode(test, tempToken, codeOf(user.secret));
  t.equal(locked.statusCode, 429);
  t.match(locked.json(), { code: 'account_locked' });
  t.ok(Number(locked.headers['retry-after']) > 600);
});

void t.test('a login that is let in forgets what failed before it from there', async (t) => {
  const user = await registerWithTotp();
  const wrong = wrongCodeOf(user.secret);
  for (const shift of [0, 1]) {
    const tempToken = await beginLogin(test, user);
    for (let i = 0; i < 4; i += 1) t.equal((await sendCode(test, tempToken, wrong)).statusCode, 401);
    t.equal((await sendCode(test, tempToken, codeOf(user.secret, shift))).statusCode, 200);
  }
});

void t.test('the wrong user’s: a code opens only the account it belongs to', async (t) => {
  const [user, other] = [await registerWithTotp(), await registerWithTotp()];
  t.equal((await sendCode(test, await beginLogin(test, user), codeOf(other.secret))).statusCode, 401);
  t.equal((await sendCode(test, await beginLogin(test, user), String(other.recoveryCodes[0]))).statusCode, 401);
  t.equal((await sendCode(test, await beginLogin(test, other), String(other.recoveryCodes[0]))).statusCode, 200);
});

void t.test('401 after five minutes', async (t) => {
  const user = await registerWithTotp();
  const tempToken = await beginLogin(test, user);
  const age = (interval: string) =>
    test.query('update pending_logins set expires_at = expires_at - $2::interval where user_id = $1', [
      user.userId,
      interval,
    ]);
  await age('4 minutes');
  t.equal((await sendCode(test, tempToken, wrongCodeOf(user.secret))).statusCode, 401);
  await age('1 minute');
  t.equal((await sendCode(test, tempToken, codeOf(user.secret))).statusCode, 401);
  const [row] = await test.query<{ tries: number }>(
    'select tries_left as tries from pending_logins where user_id = $1',
    [user.userId],
  );
  t.equal(row?.tries, 4, 'the second was not looked at');
});

void t.test('of one user ten logins wait at most, and the newest do', async (t) => {
  const user = await registerWithTotp();
  const tempTokens: string[] = [];
  for (let i = 0; i < 12; i += 1) tempTokens.push(await beginLogin(test, user));
  const rows = await test.query('select 1 from pending_logins where user_id = $1', [user.userId]);
  t.equal(rows.length, 10);
  t.equal((await sendCode(test, String(tempTokens[0]), codeOf(user.secret))).statusCode, 401);
  t.equal((await sendCode(test, String(tempTokens[11]), codeOf(user.secret))).statusCode, 200);
});

void t.test('every refusal is the same: unknown, spent, run out, wrong, used', async (t) => {
  const user = await registerWithTotp();
  const spent = await beginLogin(test, user);
  const code = codeOf(user.secret);
  await sendCode(test, spent, code);
  const expired = await beginLogin(test, user);
  await test.query(`update pending_logins set expires_at = now() where user_id = $1`, [user.userId]);
  const open = await beginLogin(test, user);
  const answers = [];
  for (const [token, typed] of [
    ['A'.repeat(43), code],
    [spent, codeOf(user.secret, 1)],
    [expired, codeOf(user.secret, 1)],
    [open, wrongCodeOf(user.secret)],
    [open, code],
    [open, 'AAAA-AAAA-AAAA-AAAA'],
  ] as const) {
    answers.push(answerOf(await sendCode(test, token, typed)));
  }
  t.equal(answers[0]?.status, 401);
  for (const answer of answers) t.same(answer, answers[0]);
});

void t.test('who does not have the password learns nothing of a second factor', async (t) => {
  const withTotp = await registerWithTotp();
  const without = await registerUser(test);
  const stranger = makeEmail();
  const ask = async (email: string) => answerOf(await send(test, 'login', { email, password: WRONG_PASSWORD }), email);
  const expected = await ask(stranger);
  t.equal(expected.status, 401);
  for (const { email } of [withTotp, without]) t.same(await ask(email), expected);
  for (const { email } of [withTotp, without, { email: stranger }]) {
    for (let i = 0; i < 4; i += 1) await ask(email);
    t.equal((await send(test, 'login', { email, password: PASSWORD })).statusCode, 429, 'and locks alike');
  }
  await waitForMail(test);
  t.equal(countMails(test, without.email), 1, 'no mail but that of the registration');
  t.equal(countMails(test, withTotp.email), 2, 'and that of the authenticator');
});

void t.test('400 for what is no code and no token, by name', async (t) => {
  for (const [body, pointer] of [
    [{ otp_token: '123456' }, '/temp_token'],
    [{ temp_token: 'x', otp_token: '12345' }, '/otp_token'],
    [{ temp_token: 'x', otp_token: 123_456 }, '/otp_token'],
    [{ temp_token: 'x', otp_token: '123456', trust: true }, '/trust'],
  ] as const) {
    const response = await test.request('POST', `${API}/2fa/verify/`, { body });
    t.equal(response.statusCode, 400);
    t.match(response.body, `"pointer":"${pointer}"`);
  }
});
