import t from 'tap';
import {
  ageCodes,
  answerOf,
  atOnce,
  countArgon2,
  forgetPassword,
  inOtherCase,
  NEW_PASSWORD,
  otherThan,
  pathOf,
  registerPending,
  send,
  statusOfToken,
  tally,
  waitForMail,
  WRONG_PASSWORD,
} from '../../support/accounts.ts';
import { build } from '../../support/build-app.ts';
import { makeEmail, PASSWORD, registerUser } from '../../support/factories.ts';
import { setUpPasskey, setUpTotp } from '../../support/second-factor.ts';

const test = await build(t);

interface Tokens {
  access_token: string;
  refresh_token: string;
}

async function prepare() {
  const user = await registerUser(test);
  return { user, email: user.email, code: await forgetPassword(test, user.email, 2) };
}

async function reset(email: string, code: string, password = NEW_PASSWORD) {
  return send(test, 'reset-password', { email, code, password });
}

void t.test('200: the new password is accepted, the old one refused', async (t) => {
  const { email, code } = await prepare();
  const response = await reset(email, code);
  t.equal(response.statusCode, 200);
  t.same(Object.keys(response.json()), ['message']);
  t.equal((await send(test, 'login', { email, password: PASSWORD })).statusCode, 401);
  t.equal((await send(test, 'login', { email, password: NEW_PASSWORD })).statusCode, 200);
});

void t.test('every session of the user is over: refresh tokens and admin tokens', async (t) => {
  const { user, email, code } = await prepare();
  const other = (await send(test, 'login', { email, password: PASSWORD })).json<Tokens>();
  const bystander = await registerUser(test);
  await reset(email, code);
  for (const token of [user.token, other.access_token]) t.equal(await statusOfToken(test, token), 401);
  for (const token of [user.refreshToken, other.refresh_token]) {
    t.equal((await send(test, 'refresh', { refresh_token: token })).statusCode, 401);
  }
  t.equal(await statusOfToken(test, bystander.token), 200, 'nobody else’s');
});

void t.test('the owner is told by mail that the password was changed', async (t) => {
  const { email, code } = await prepare();
  await reset(inOtherCase(email), code);
  await waitForMail(test);
  const mails = test.smtp.received.filter(({ recipients }) => recipients.includes(email));
  t.equal(mails.at(-1)?.content.subject, 'Your password was changed');
  t.notOk(mails.at(-1)?.raw.includes(NEW_PASSWORD));
});

void t.test('400, the same for a wrong, spent and expired code, an unknown email and one not verified', async (t) => {
  const { email, code } = await prepare();
  const wrong = await reset(email, otherThan(code));
  t.equal(wrong.statusCode, 400);
  t.equal(wrong.json<{ code: string }>().code, 'invalid_code');
  await ageCodes(test, email, '10 minutes');
  const expired = await reset(email, code);

  const other = await prepare();
  t.equal((await reset(other.email, other.code)).statusCode, 200);
  const spent = await reset(other.email, other.code);
  const unknown = makeEmail();
  await send(test, 'forgot-password', { email: unknown });
  const { email: waiting, code: verification } = await registerPending(test);
  await send(test, 'forgot-password', { email: waiting });
  for (const response of [
    expired,
    spent,
    await reset(unknown, code),
    await reset(makeEmail(), code),
    await reset(waiting, verification),
  ]) {
    t.same(answerOf(response), answerOf(wrong));
  }
});

void t.test('a refused code changes nothing and costs no argon2 work', async (t) => {
  const { user, email, code } = await prepare();
  t.equal(await countArgon2(() => reset(email, otherThan(code))), 0);
  t.equal(await countArgon2(() => reset(makeEmail(), code)), 0);
  t.equal(await statusOfToken(test, user.token), 200);
  t.equal((await send(test, 'login', { email, password: PASSWORD })).statusCode, 200);
});

void t.test('a code works for ten minutes and five tries', async (t) => {
  const lasting = await prepare();
  await ageCodes(test, lasting.email, '9 minutes 30 seconds');
  for (let i = 0; i < 4; i += 1) await reset(lasting.email, otherThan(lasting.code));
  t.equal((await reset(lasting.email, lasting.code)).statusCode, 200);

  const exhausted = await prepare();
  for (let i = 0; i < 5; i += 1) await reset(exhausted.email, otherThan(exhausted.code));
  t.equal((await reset(exhausted.email, exhausted.code)).statusCode, 400);
});

void t.test('400 for a weak new password, which costs no try', async (t) => {
  const { email, code } = await prepare();
  for (let i = 0; i < 6; i += 1) {
    const response = await reset(email, code, 'weak');
    t.equal(response.statusCode, 400);
    t.match(response.json(), { errors: [{ pointer: '/password' }] });
  }
  t.equal((await reset(email, code)).statusCode, 200);
});

void t.test('of 10 uses of one code at once one succeeds, and its password is the one', async (t) => {
  const { email, code } = await prepare();
  const passwords = Array.from({ length: 10 }, (_, index) => `Racing-Horse-${index}`);
  const responses = await Promise.all(passwords.map((password) => reset(email, code, password)));
  t.same(tally(responses), { 200: 1, 400: 9 });
  const winner = responses.findIndex(({ statusCode }) => statusCode === 200);
  t.equal((await send(test, 'login', { email, password: passwords[winner] })).statusCode, 200);
});

void t.test('50 guesses at once get five tries', async (t) => {
  const { email, code } = await prepare();
  t.same(tally(await atOnce(50, () => reset(email, otherThan(code)))), { 400: 50 });
  t.equal((await reset(email, code)).statusCode, 400);
});

void t.test('lifts the lock of the address it comes from, and of no other', async (t) => {
  const { email, code } = await prepare();
  const logIn = async (from: string, password: string) =>
    (await test.request('POST', pathOf('login'), { from, body: { email, password } })).statusCode;
  for (const from of ['192.0.2.1', '198.51.100.1']) {
    for (let i = 0; i < 5; i += 1) await logIn(from, WRONG_PASSWORD);
    t.equal(await logIn(from, PASSWORD), 429);
  }
  const body = { email, code, password: NEW_PASSWORD };
  await test.request('POST', pathOf('reset-password'), { from: '192.0.2.1', body });
  t.equal(await logIn('192.0.2.1', NEW_PASSWORD), 200);
  t.equal(await logIn('198.51.100.1', NEW_PASSWORD), 429);
});

for (const [factor, setUp] of [
  ['an authenticator app', setUpTotp],
  ['a passkey', setUpPasskey],
] as const) {
  void t.test(`with ${factor} it forgives no failures and makes no source known: the mailbox is not all`, async (t) => {
    const user = await registerUser(test);
    const { email } = user;
    await setUp(test, user);
    const logIn = async (from: string, password: string) =>
      (await test.request('POST', pathOf('login'), { from, body: { email, password } })).statusCode;
    for (let i = 0; i < 5; i += 1) await logIn('192.0.2.1', WRONG_PASSWORD);
    const code = await forgetPassword(test, email, 3);
    const body = { email, code, password: NEW_PASSWORD };
    const answer = await test.request('POST', pathOf('reset-password'), { from: '192.0.2.1', body });
    t.equal(answer.statusCode, 200);
    t.equal(await logIn('192.0.2.1', NEW_PASSWORD), 429, 'what the source failed before stays counted');
    t.equal(await logIn('198.51.100.1', NEW_PASSWORD), 200, 'other sources are heard');
    const sources = await test.query<{ source: string }>('select source from login_sources where user_id = $1', [
      user.userId,
    ]);
    t.notOk(sources.some(({ source }) => source.startsWith('192.0.2.')));
    const counted = await test.query('select failures from account_login_failures where email = $1', [email]);
    t.same(counted, [{ failures: 5 }], 'and what the account has had from all of them');
  });
}
