import t from 'tap';
import {
  ageCodes,
  answerOf,
  atOnce,
  forgetPassword,
  NEW_PASSWORD,
  registerPending,
  send,
  statusOfToken,
  tally,
  textsOfMails,
  waitForMail,
} from '../../support/accounts.ts';
import { build } from '../../support/build-app.ts';
import { holdLock, waitForLockWaiters } from '../../support/database-session.ts';
import { makeEmail, PASSWORD } from '../../support/factories.ts';

const test = await build(t);

const STRANGERS_PASSWORD = 'Intruder-Horse-9';

async function register(email: string, password: string) {
  return send(test, 'register', { email, password });
}

/** Enters a code, and tells which of the passwords open the account that comes of it. */
async function openedBy(email: string, code: string, passwords = [PASSWORD, STRANGERS_PASSWORD]): Promise<string[]> {
  const verified = await send(test, 'verify-email', { email, code });
  if (verified.statusCode !== 200) throw new Error(`verify-email answered ${verified.statusCode}`);
  const opening: string[] = [];
  for (const password of passwords) {
    if ((await send(test, 'login', { email, password })).statusCode === 200) opening.push(password);
  }
  return opening;
}

void t.test('a stranger’s password never opens the account of someone who is signing up', async (t) => {
  const { email } = await registerPending(test);
  await register(email, STRANGERS_PASSWORD);
  t.same(await openedBy(email, await test.readCode(email, 2)), [], 'with the newest code');

  const resent = await registerPending(test);
  await register(resent.email, STRANGERS_PASSWORD);
  await ageCodes(test, resent.email, '60 seconds');
  await send(test, 'resend-otp', { email: resent.email });
  t.same(await openedBy(resent.email, await test.readCode(resent.email, 3)), [], 'with a code asked for afterwards');

  const late = makeEmail();
  await register(late, STRANGERS_PASSWORD);
  await register(late, PASSWORD);
  t.same(await openedBy(late, await test.readCode(late, 2)), [], 'when the stranger was there first');
});

void t.test(
  'the code of a contested registration is answered as any other, and a reset opens the account',
  async (t) => {
    const usual = await registerPending(test);
    const expected = answerOf(await send(test, 'verify-email', usual), usual.email);
    const { email } = await registerPending(test);
    await register(email, STRANGERS_PASSWORD);
    const response = await send(test, 'verify-email', { email, code: await test.readCode(email, 2) });
    const { status, headers } = answerOf(response, email);
    t.same({ status, headers }, { status: expected.status, headers: expected.headers });
    t.equal(await statusOfToken(test, response.json<{ access_token: string }>().access_token), 200);
    const code = await forgetPassword(test, email, 3);
    t.equal((await send(test, 'reset-password', { email, code, password: NEW_PASSWORD })).statusCode, 200);
    t.equal((await send(test, 'login', { email, password: NEW_PASSWORD })).statusCode, 200);
  },
);

void t.test('the first password holds however often it comes again', async (t) => {
  const { email } = await registerPending(test);
  for (let i = 0; i < 3; i += 1) t.equal((await register(email, PASSWORD)).statusCode, 201);
  t.same(await openedBy(email, await test.readCode(email, 4)), [PASSWORD]);
});

void t.test('what is contested stays contested, whatever comes after', async (t) => {
  const { email } = await registerPending(test);
  for (const password of [STRANGERS_PASSWORD, PASSWORD, PASSWORD]) await register(email, password);
  t.same(await openedBy(email, await test.readCode(email, 4)), []);
});

void t.test('a registration beyond the mails of an hour leaves the code, and contests all the same', async (t) => {
  const { email } = await registerPending(test);
  for (let i = 0; i < 4; i += 1) await register(email, PASSWORD);
  const code = await test.readCode(email, 5);
  t.equal((await register(email, STRANGERS_PASSWORD)).statusCode, 201);
  t.same(await openedBy(email, code), []);
});

void t.test('10 registrations at once with two passwords open the account to neither', async (t) => {
  const email = makeEmail();
  const responses = await atOnce(10, (index) => register(email, index % 2 === 0 ? PASSWORD : STRANGERS_PASSWORD));
  t.same(tally(responses), { 201: 10 });
  await waitForMail(test);
  for (const text of textsOfMails(test, email)) {
    const code = /^[A-Z0-9]{6}\r?$/m.exec(text)?.[0].trim();
    await test.query('update one_time_codes set tries_left = 5 where email = $1', [email]);
    await send(test, 'verify-email', { email, code });
  }
  t.equal((await test.query('select 1 from users where email = $1', [email])).length, 1);
  for (const password of [PASSWORD, STRANGERS_PASSWORD]) {
    t.equal((await send(test, 'login', { email, password })).statusCode, 401);
  }
});

void t.test('a registration that was compared with nothing is compared again with one that came first', async (t) => {
  const email = makeEmail();
  // Both find nothing waiting; the row of the one is written while the other is at work.
  const lock = await holdLock(test, 'lock table registrations in share mode');
  const both = Promise.all([register(email, PASSWORD), register(email, STRANGERS_PASSWORD)]);
  await waitForLockWaiters(test, 2);
  await lock.commit();
  t.same(tally(await both), { 201: 2 });
  await waitForMail(test);
  t.match(await test.query('select is_contested from registrations where email = $1', [email]), [
    { is_contested: true },
  ]);
});

void t.test('a registration that waits while the code is entered changes nothing of the account', async (t) => {
  const pending = await registerPending(test);
  const lock = await holdLock(test, 'select 1 from registrations where email = $1 for update', [pending.email]);
  const verified = send(test, 'verify-email', pending);
  await waitForLockWaiters(test);
  const registered = register(pending.email, STRANGERS_PASSWORD);
  await waitForLockWaiters(test, 2);
  await lock.commit();
  t.equal((await verified).statusCode, 200);
  t.equal((await registered).statusCode, 201);
  t.equal((await send(test, 'login', { email: pending.email, password: PASSWORD })).statusCode, 200);
  t.equal((await send(test, 'login', { email: pending.email, password: STRANGERS_PASSWORD })).statusCode, 401);
});

void t.test('only the owner of the email is told, by every mail from the second password on', async (t) => {
  const { email } = await registerPending(test);
  await register(email, PASSWORD);
  await register(email, STRANGERS_PASSWORD);
  await register(email, PASSWORD);
  await ageCodes(test, email, '60 seconds');
  await send(test, 'resend-otp', { email });
  await test.readCode(email, 5);
  const notices = textsOfMails(test, email).map((text) => /again with\s+another\s+password/.test(text));
  t.same(notices.sort(), [false, false, true, true, true]);
});
