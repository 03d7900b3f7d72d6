import t from 'tap';
import { deleteLeftovers } from '../../../src/plugins/maintenance.ts';
import { leftovers } from '../../../src/services.ts';
import {
  ageCodes,
  answerOf,
  atOnce,
  countMails,
  inOtherCase,
  registerPending,
  send,
  tally,
  waitForMail,
} from '../../support/accounts.ts';
import type { Operation } from '../../support/accounts.ts';
import { build } from '../../support/build-app.ts';
import { makeEmail, PASSWORD, registerUser } from '../../support/factories.ts';

const test = await build(t);
const second = await build(t, { beside: test });

/** Asks for a code as soon as the cooldown lets it. */
async function ask(operation: Operation, email: string, app = test) {
  await ageCodes(test, email, '60 seconds');
  return send(app, operation, { email, ...(operation === 'register' && { password: PASSWORD }) });
}

async function mailsTo(email: string): Promise<number> {
  await waitForMail(test);
  return countMails(test, email);
}

void t.test('an email gets at most 5 code mails an hour, over all routes, spellings and processes', async (t) => {
  const { email } = await registerUser(test);
  const asked: [Operation, typeof test][] = [
    ['forgot-password', second],
    ['register', test],
    ['resend-otp', test],
    ['register', second],
    ['forgot-password', test],
    ['register', test],
    ['forgot-password', second],
    ['register', second],
  ];
  for (const [operation, app] of asked) await ask(operation, email, app);
  t.equal(await mailsTo(email), 5);
  await ask('register', inOtherCase(email));
  t.equal((await mailsTo(inOtherCase(email))) + countMails(test, email), 5);
});

void t.test('20 at once are 5 as well, and each is answered the same', async (t) => {
  const email = makeEmail();
  const responses = await atOnce(20, (index) =>
    send(index % 2 === 0 ? test : second, 'register', { email, password: PASSWORD }),
  );
  t.same(tally(responses), { 201: 20 });
  t.equal(new Set(responses.map((response) => JSON.stringify(answerOf(response)))).size, 1);
  t.equal(await mailsTo(email), 5);
});

void t.test('beyond them the last code works on, and an hour after the first there is another', async (t) => {
  const { email } = await registerPending(test);
  for (let i = 0; i < 4; i += 1) await ask('resend-otp', email);
  const code = await test.readCode(email, 5);
  // Younger than its ten minutes, however often it was asked for.
  await test.query("update one_time_codes set expires_at = now() + interval '9 minutes' where email = $1", [email]);
  for (const operation of ['resend-otp', 'register', 'forgot-password'] as const) {
    t.ok((await ask(operation, email)).statusCode < 300);
  }
  t.equal(await mailsTo(email), 5);
  const other = await registerPending(test);
  for (let i = 0; i < 4; i += 1) await ask('resend-otp', other.email);
  await test.readCode(other.email, 5);
  await ageCodes(test, other.email, '55 minutes');
  await ask('resend-otp', other.email);
  t.match(await test.readCode(other.email, 6), /^[A-Z0-9]{6}$/);
  t.equal((await send(test, 'verify-email', { email, code })).statusCode, 200);
});

void t.test('20 a day', async (t) => {
  const email = makeEmail();
  for (let i = 0; i < 24; i += 1) {
    await ageCodes(test, email, '16 minutes');
    await send(test, 'register', { email, password: PASSWORD });
  }
  t.equal(await mailsTo(email), 20);
  await ageCodes(test, email, '18 hours');
  await send(test, 'register', { email, password: PASSWORD });
  t.equal(await mailsTo(email), 21);
});

void t.test(
  'whoever asks in vain for an email without account or registration uses up none of its mails',
  async (t) => {
    const email = makeEmail();
    for (let i = 0; i < 6; i += 1) {
      await ask('resend-otp', email);
      await ask('forgot-password', email);
    }
    t.equal(await mailsTo(email), 0);
    const { code } = await registerPending(test, email);
    t.equal((await send(test, 'verify-email', { email, code })).statusCode, 200);
  },
);

void t.test('registering starts the minute of a resend, beyond the limit too', async (t) => {
  const email = makeEmail();
  for (let i = 0; i < 7; i += 1) {
    await ask('register', email);
    t.equal((await send(test, 'resend-otp', { email })).statusCode, 429);
  }
});

void t.test('what is kept of it has an end: 20 moments an email, and a day', async (t) => {
  const email = makeEmail();
  for (let i = 0; i < 30; i += 1) {
    await ageCodes(test, email, '1 hour');
    await ask('register', email);
  }
  const kept = () =>
    test.query<{ count: number }>('select cardinality(mailed_at) as count from code_mails where email = $1', [email]);
  t.ok((await kept())[0]!.count <= 20);
  await ageCodes(test, email, '23 hours');
  await deleteLeftovers(test.app, leftovers);
  t.equal((await kept()).length, 1);
  await ageCodes(test, email, '61 minutes');
  await deleteLeftovers(test.app, leftovers);
  t.equal((await kept()).length, 0);
});
