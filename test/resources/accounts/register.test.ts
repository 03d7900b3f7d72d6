import t from 'tap';
import { deleteLeftovers } from '../../../src/plugins/maintenance.ts';
import { leftovers } from '../../../src/services.ts';
import {
  ageCodes,
  answerOf,
  countMails,
  inOtherCase,
  otherThan,
  registerPending,
  send,
  waitForMail,
} from '../../support/accounts.ts';
import { build, waitFor } from '../../support/build-app.ts';
import { makeEmail, PASSWORD, registerUser } from '../../support/factories.ts';
import { quickTimes } from '../../support/outbox.ts';

const test = await build(t, { mailTimes: quickTimes });

void t.test('201 with the email as it was typed, and a mail with a code, in text and HTML', async (t) => {
  const email = inOtherCase(makeEmail());
  const response = await send(test, 'register', { email, password: PASSWORD });
  t.equal(response.statusCode, 201);
  t.same(Object.keys(response.json()).sort(), ['email', 'message']);
  t.equal(response.json<{ email: string }>().email, email);
  t.equal(response.headers['cache-control'], 'no-store');
  const code = await test.readCode(email);
  const mail = test.smtp.received.find(({ recipients }) => recipients.includes(email));
  t.match(mail?.content.html, code);
  t.notOk(response.body.includes(code));
});

void t.test(
  'the answers to registrations and resends of an email are the same with an account and without',
  async (t) => {
    /** Everything that somebody is told who goes on asking while the owner may do something in between. */
    const answersTo = async (email: string, meanwhile: () => Promise<unknown>) => {
      const ask = async (operation: 'register' | 'resend-otp') =>
        answerOf(
          await send(test, operation, { email, ...(operation === 'register' && { password: PASSWORD }) }),
          email,
        );
      const answers = [await ask('register')];
      await meanwhile();
      answers.push(await ask('resend-otp'), await ask('register'));
      await ageCodes(test, email, '60 seconds');
      answers.push(await ask('resend-otp'), await ask('register'));
      await passDay(email);
      answers.push(await ask('resend-otp'), await ask('register'), await ask('register'));
      for (const { headers } of answers) delete headers['retry-after'];
      return answers;
    };
    const { email: known } = await registerUser(test);
    await passDay(known);
    const confirmed = makeEmail();
    const ofUnknown = await answersTo(makeEmail(), async () => undefined);
    t.same(
      ofUnknown.map(({ status }) => status),
      [201, 429, 201, 200, 201, 200, 201, 201],
    );
    t.same(await answersTo(known, async () => undefined), ofUnknown, 'an account from before');
    t.same(
      await answersTo(confirmed, async () => {
        const code = await test.readCode(confirmed);
        t.equal((await send(test, 'verify-email', { email: confirmed, code })).statusCode, 200);
      }),
      ofUnknown,
      'an account that came to be by the first of these registrations',
    );
  },
);

/** Lets a day pass for what is kept of an email, with the clearing up that it brings. */
async function passDay(email: string): Promise<void> {
  await ageCodes(test, email, '25 hours');
  await test.query("update registrations set updated_at = updated_at - interval '25 hours' where email = $1", [email]);
  await deleteLeftovers(test.app, leftovers);
}

void t.test('a password is the same however its accents and spaces were typed', async (t) => {
  const email = makeEmail();
  const typed = 'Cafe\u0301-Horse 7';
  await send(test, 'register', { email, password: typed });
  await send(test, 'register', { email, password: typed.normalize('NFC') });
  const code = await test.readCode(email, 2);
  t.equal((await send(test, 'verify-email', { email, code })).statusCode, 200);
  t.equal((await send(test, 'login', { email, password: 'Caf\u00e9-Horse\u00a07' })).statusCode, 200);
});

void t.test('only the owner of an email learns, by mail, that it has an account; nothing of it changes', async (t) => {
  const user = await registerUser(test);
  const typed = inOtherCase(user.email);
  await send(test, 'register', { email: typed, password: 'Intruder-Horse-9' });
  await waitForMail(test);
  const mail = test.smtp.received.findLast(({ recipients }) => recipients.includes(typed));
  t.equal(mail?.content.subject, 'You already have an account');
  t.notMatch(mail?.content.text, /^[A-Z0-9]{6}\r?$/m, 'without a code');
  const intruder = { email: user.email, password: 'Intruder-Horse-9' };
  t.equal((await send(test, 'login', intruder)).statusCode, 401);
  t.equal((await send(test, 'login', { email: user.email, password: PASSWORD })).statusCode, 200);
});

void t.test('the newest code works, the older one does not', async (t) => {
  const { email, code: older } = await registerPending(test);
  t.equal((await send(test, 'register', { email, password: PASSWORD })).statusCode, 201);
  const newest = await test.readCode(email, 2);
  t.equal((await send(test, 'verify-email', { email, code: older })).json<{ code: string }>().code, 'invalid_code');
  t.equal((await send(test, 'verify-email', { email, code: newest })).statusCode, 200);
});

void t.test('a new registration gives five new tries and ten new minutes', async (t) => {
  const tried = await registerPending(test);
  for (let i = 0; i < 5; i += 1) await send(test, 'verify-email', { ...tried, code: otherThan(tried.code) });
  const expired = await registerPending(test);
  await ageCodes(test, expired.email, '10 minutes');
  for (const { email } of [tried, expired]) {
    await send(test, 'register', { email, password: PASSWORD });
    const code = await test.readCode(email, 2);
    t.equal((await send(test, 'verify-email', { email, code })).statusCode, 200);
  }
});

void t.test('201 when the email differs only in case: it is the same registration', async (t) => {
  const { email } = await registerPending(test);
  const other = inOtherCase(email);
  t.equal((await send(test, 'register', { email: other, password: PASSWORD })).statusCode, 201);
  const code = await test.readCode(other);
  t.equal((await send(test, 'verify-email', { email, code })).statusCode, 200);
});

void t.test('nobody is a user before the code was entered', async (t) => {
  const { email } = await registerPending(test);
  t.same(await test.query('select 1 from users where email = $1', [email]), []);
  t.equal((await send(test, 'login', { email, password: PASSWORD })).statusCode, 401);
});

void t.test('400 names everything that is wrong with a password', async (t) => {
  const detailsOf = async (password: string) =>
    (await send(test, 'register', { email: makeEmail(), password })).json<{
      errors: { pointer: string; detail: string }[];
    }>().errors;
  t.match(await detailsOf('abc'), [{ pointer: '/password', detail: /8 characters.*upper-case.*digit.*one of/ }]);
  t.match(await detailsOf(`Aa1!${'x'.repeat(253)}`), [{ pointer: '/password', detail: /at most 256/ }]);
  const longest = { email: makeEmail(), password: `Aa1!${'x'.repeat(252)}` };
  t.equal((await send(test, 'register', longest)).statusCode, 201);
  const shortest = { email: makeEmail(), password: 'Aa1!xxxx' };
  t.equal((await send(test, 'register', shortest)).statusCode, 201);
});

void t.test('400 with the reason for a common password and one that holds the email’s local part', async (t) => {
  const email = makeEmail();
  const faultsOf = async (operation: 'register' | 'reset-password', password: string) => {
    const more = operation === 'register' ? {} : { code: 'AAAAAA' };
    const response = await send(test, operation, { email, password, ...more });
    return { status: response.statusCode, ...response.json<{ code: string; errors: unknown[] }>() };
  };
  for (const operation of ['register', 'reset-password'] as const) {
    const fault = (detail: RegExp) => ({
      status: 400,
      code: 'invalid_request',
      errors: [{ pointer: '/password', code: 'too_weak', detail }],
    });
    t.match(await faultsOf(operation, 'Password1!'), fault(/common password/));
    t.match(await faultsOf(operation, `My-${email.split('@')[0]!}-7`), fault(/part of the email/));
  }
});

void t.test('answers while the mail server hangs, and the mail arrives', async (t) => {
  await waitForMail(test);
  const { offers } = test.smtp;
  test.smtp.behave('hang');
  const email = makeEmail();
  // The server answers nothing before it is released, so whoever waited for it would wait for good.
  t.equal((await send(test, 'register', { email, password: PASSWORD })).statusCode, 201);
  await waitFor(() => (test.smtp.offers > offers ? true : undefined));
  t.equal(countMails(test, email), 0);
  test.smtp.behave('accept');
  test.smtp.release();
  const code = await test.readCode(email);
  t.equal((await send(test, 'verify-email', { email, code })).statusCode, 200);
});

void t.test('answers while the mail server is away, and the mail arrives when it is back', async (t) => {
  await waitForMail(test);
  await test.smtp.stop();
  const email = makeEmail();
  t.equal((await send(test, 'register', { email, password: PASSWORD })).statusCode, 201);
  await waitFor(async () => {
    const tried = await test.query('select 1 from mails where attempts > 0');
    return tried.length > 0 ? true : undefined;
  });
  await test.smtp.restart();
  const code = await test.readCode(email);
  t.equal((await send(test, 'verify-email', { email, code })).statusCode, 200);
});
