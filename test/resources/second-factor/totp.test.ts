import type { LightMyRequestResponse } from 'fastify';
import t from 'tap';
import {
  answerOf,
  atOnce,
  findInTables,
  send,
  tally,
  textsOfMails,
  waitForMail,
  WRONG_PASSWORD,
} from '../../support/accounts.ts';
import { build } from '../../support/build-app.ts';
import { API, PASSWORD, registerUser } from '../../support/factories.ts';
import { isProblem } from '../../support/problems.ts';
import {
  beginLogin,
  codeOf,
  forgetStep,
  sendCode,
  setUpPasskey,
  setUpTotp,
  wrongCodeOf,
} from '../../support/second-factor.ts';
import { ageSessions } from '../../support/sessions.ts';

const test = await build(t, { env: { PUBLIC_URL: 'https://accounts.acme.example' } });
const TOTP = `${API}/account/2fa/totp/`;

interface Named {
  token: string;
}

const begin = ({ token }: Named, body?: object) => test.request('POST', TOTP, { token, ...(body && { body }) });
const confirm = ({ token }: Named, code: string) => test.request('POST', `${TOTP}confirm/`, { token, body: { code } });
const remove = ({ token }: Named, body: object) => test.request('DELETE', TOTP, { token, body });
const secretOf = (response: LightMyRequestResponse) => response.json<{ secret: string }>().secret;
const accountOf = async ({ token }: Named) => (await test.request('GET', `${API}/account/`, { token })).json<object>();
const logIn = async (email: string) => (await send(test, 'login', { email, password: PASSWORD })).json<object>();

void t.test('an app is set up with a secret, which is stored sealed, and a URL for a QR code', async (t) => {
  const user = await registerUser(test);
  const made = await begin(user);
  t.equal(made.statusCode, 201);
  t.equal(made.headers['cache-control'], 'no-store');
  const { secret, otpauth_url: url } = made.json<{ secret: string; otpauth_url: string }>();
  t.match(secret, /^[A-Z2-7]{32}$/);
  t.match(decodeURIComponent(url), `otpauth://totp/accounts.acme.example:${user.email}?`);
  t.same(await findInTables(test, secret), []);
});

void t.test('nothing changes before a code was confirmed, and a login asks for it from then on', async (t) => {
  const user = await registerUser(test);
  const first = secretOf(await begin(user));
  const second = secretOf(await begin(user));
  t.not(first, second, 'it begins anew');
  t.match(await logIn(user.email), { access_token: String });
  isProblem(t, await confirm(user, codeOf(first)), { code: 'invalid_code' });
  isProblem(t, await confirm(user, wrongCodeOf(second)), { code: 'invalid_code' });
  t.match(await accountOf(user), { has_authenticator: false, has_passkeys: false });
  const confirmed = await confirm(user, codeOf(second));
  t.equal(confirmed.statusCode, 200);
  const codes = confirmed.json<{ recovery_codes: string[] }>().recovery_codes;
  t.equal(new Set(codes).size, 10);
  for (const code of codes) t.match(code, /^(?:[0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$/);
  t.match(await logIn(user.email), { '2fa_required': true });
  t.match(await accountOf(user), { has_authenticator: true, has_passkeys: false });
  await waitForMail(test);
  t.match(textsOfMails(test, user.email).at(-1), 'authenticator app was set up');
});

void t.test('of simultaneous confirmations one makes it, and its recovery codes are the ones', async (t) => {
  const user = await registerUser(test);
  const code = codeOf(secretOf(await begin(user)));
  const answers = await atOnce(5, () => confirm(user, code));
  t.same(tally(answers), { 200: 1, 400: 4 });
  const made = answers.find(({ statusCode }) => statusCode === 200);
  const [recoveryCode = ''] = made?.json<{ recovery_codes: string[] }>().recovery_codes ?? [];
  t.equal((await sendCode(test, await beginLogin(test, user), recoveryCode)).statusCode, 200);
});

void t.test('400 for a code of a set-up that began more than an hour ago', async (t) => {
  const user = await registerUser(test);
  const code = codeOf(secretOf(await begin(user)));
  await test.query(`update totp_factors set created_at = created_at - interval '61 minutes' where user_id = $1`, [
    user.userId,
  ]);
  isProblem(t, await confirm(user, code), { code: 'invalid_code' });
});

void t.test('409 for a second app, and the first one stays', async (t) => {
  const user = await registerUser(test);
  const { secret } = await setUpTotp(test, user);
  isProblem(t, await begin(user), { code: 'second_factor_exists' });
  t.equal((await sendCode(test, await beginLogin(test, user), codeOf(secret))).statusCode, 200);
});

void t.test('204 for its removal with password and code; the last factor takes its recovery codes along', async (t) => {
  const user = await registerUser(test);
  const { secret } = await setUpTotp(test, user);
  t.equal((await remove(user, { password: PASSWORD, code: codeOf(secret) })).statusCode, 204);
  t.match(await logIn(user.email), { access_token: String });
  t.same(await test.query('select 1 from recovery_codes where user_id = $1', [user.userId]), []);
  isProblem(t, await remove(user, { password: PASSWORD, code: codeOf(secret) }), { code: 'not_found' });
  await waitForMail(test);
  t.match(textsOfMails(test, user.email).at(-1), 'was removed');
});

void t.test('a recovery code stands for a lost app, and those left stay while there is a passkey', async (t) => {
  const user = await registerUser(test);
  const { recoveryCodes } = await setUpTotp(test, user);
  await setUpPasskey(test, user);
  t.equal((await remove(user, { password: PASSWORD, code: recoveryCodes[0] })).statusCode, 204);
  t.equal((await sendCode(test, await beginLogin(test, user), recoveryCodes[1]!)).statusCode, 200);
});

void t.test('who has only found an open session can neither remove it nor guess what it takes', async (t) => {
  const user = await registerUser(test);
  const { secret } = await setUpTotp(test, user);
  const wrong = wrongCodeOf(secret);
  isProblem(t, await remove(user, { password: WRONG_PASSWORD, code: codeOf(secret) }), {
    code: 'wrong_password',
    pointers: ['/password'],
  });
  isProblem(t, await remove(user, { password: PASSWORD, code: wrong }), { code: 'invalid_code' });
  // The right password in between forgets nothing: the code is missing.
  const reauthenticate = () =>
    test.request('POST', `${API}/account/reauthenticate/`, { token: user.token, body: { password: PASSWORD } });
  t.equal((await reauthenticate()).statusCode, 204);
  for (let i = 0; i < 3; i += 1) await remove(user, { password: PASSWORD, code: wrong });
  isProblem(t, await remove(user, { password: PASSWORD, code: codeOf(secret) }), { code: 'account_locked' });
  t.match((await test.query('select 1 from totp_factors where user_id = $1', [user.userId])).length, 1);
});

void t.test('of simultaneous removals with one code one removes it', async (t) => {
  const user = await registerUser(test);
  const { secret } = await setUpTotp(test, user);
  await setUpPasskey(test, user);
  const answers = await atOnce(4, () => remove(user, { password: PASSWORD, code: codeOf(secret) }));
  t.equal(tally(answers)[204], 1);
});

void t.test('403 for setting one up when the password was given long ago, and 201 with it', async (t) => {
  const user = await registerUser(test);
  await ageSessions(test, user.userId, '16 minutes');
  isProblem(t, await begin(user), { code: 'reauthentication_required', pointers: ['/password'] });
  isProblem(t, await begin(user, { password: WRONG_PASSWORD }), { code: 'wrong_password', pointers: ['/password'] });
  t.equal((await begin(user, { password: PASSWORD })).statusCode, 201);
});

void t.test('an app of one user says nothing of another', async (t) => {
  const [user, other] = [await registerUser(test), await registerUser(test)];
  const code = codeOf(secretOf(await begin(user)));
  isProblem(t, await confirm(other, code), { code: 'invalid_code' });
  t.equal((await confirm(user, code)).statusCode, 200);
  await forgetStep(test, user);
  t.match(await logIn(other.email), { access_token: String });
});

void t.test('a wrong code is answered as a set-up that never began', async (t) => {
  const [user, other] = [await registerUser(test), await registerUser(test)];
  const secret = secretOf(await begin(user));
  t.same(answerOf(await confirm(user, wrongCodeOf(secret))), answerOf(await confirm(other, wrongCodeOf(secret))));
});
