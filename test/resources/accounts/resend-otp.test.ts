import t from 'tap';
import {
  ageCodes,
  answerOf,
  countArgon2,
  countMails,
  inOtherCase,
  otherThan,
  registerPending,
  send,
  waitForMail,
} from '../../support/accounts.ts';
import { build } from '../../support/build-app.ts';
import { makeEmail, registerUser } from '../../support/factories.ts';

const test = await build(t);

/** What is left of the minute, as `Retry-After` says it. */
function retryAfterOf(response: Awaited<ReturnType<typeof send>>): number {
  return Number(response.headers['retry-after']);
}

void t.test('200 a minute after the last code: a new code is mailed, and only that one works', async (t) => {
  const { email, code: older } = await registerPending(test);
  await ageCodes(test, email, '60 seconds');
  t.equal((await send(test, 'resend-otp', { email })).statusCode, 200);
  const newest = await test.readCode(email, 2);
  t.equal((await send(test, 'verify-email', { email, code: older })).statusCode, 400);
  t.equal((await send(test, 'verify-email', { email, code: newest })).statusCode, 200);
});

void t.test('429 with Retry-After within a minute of registering, and the mailed code still works', async (t) => {
  const { email, code } = await registerPending(test);
  const response = await send(test, 'resend-otp', { email });
  t.equal(response.statusCode, 429);
  t.equal(response.json<{ code: string }>().code, 'rate_limited');
  t.ok(retryAfterOf(response) >= 1 && retryAfterOf(response) <= 60);
  await ageCodes(test, email, '45 seconds');
  const later = await send(test, 'resend-otp', { email: inOtherCase(email) });
  t.equal(later.statusCode, 429);
  t.ok(retryAfterOf(later) >= 1 && retryAfterOf(later) <= 15, 'it counts down');
  await waitForMail(test);
  t.equal(countMails(test, email), 1);
  t.equal((await send(test, 'verify-email', { email, code })).statusCode, 200);
});

void t.test('429 within a minute of the last resend, and again a minute later 200', async (t) => {
  const { email } = await registerPending(test);
  await ageCodes(test, email, '60 seconds');
  t.equal((await send(test, 'resend-otp', { email })).statusCode, 200);
  t.equal((await send(test, 'resend-otp', { email })).statusCode, 429);
  await ageCodes(test, email, '60 seconds');
  t.equal((await send(test, 'resend-otp', { email })).statusCode, 200);
});

void t.test('an unknown email, a waiting one and one with an account get the same answers', async (t) => {
  const unknown = makeEmail();
  const { email: waiting } = await registerPending(test);
  const { email: known } = await registerUser(test);
  for (const email of [waiting, known]) await ageCodes(test, email, '60 seconds');
  const answers = async (email: string) => {
    const first = answerOf(await send(test, 'resend-otp', { email }), email);
    await ageCodes(test, email, '30 seconds');
    const second = answerOf(await send(test, 'resend-otp', { email }), email);
    const { 'retry-after': seconds, ...headers } = second.headers;
    t.ok(Number(seconds) >= 1 && Number(seconds) <= 30);
    return [first, { ...second, headers }];
  };
  const expected = await answers(waiting);
  t.match(expected, [{ status: 200 }, { status: 429 }]);
  t.same(await answers(unknown), expected);
  t.same(await answers(known), expected);
});

void t.test('nobody but a waiting email is mailed, and none costs argon2 work', async (t) => {
  const unknown = makeEmail();
  const { email: known } = await registerUser(test);
  const { email: waiting } = await registerPending(test);
  for (const email of [known, waiting]) await ageCodes(test, email, '60 seconds');
  for (const email of [unknown, known, waiting]) {
    t.equal(await countArgon2(() => send(test, 'resend-otp', { email })), 0);
  }
  await waitForMail(test);
  t.same(
    [unknown, known, waiting].map((email) => countMails(test, email)),
    [0, 1, 2],
  );
});

void t.test('no code is good where none was mailed', async (t) => {
  const email = makeEmail();
  await send(test, 'resend-otp', { email });
  const response = await send(test, 'verify-email', { email, code: otherThan('') });
  t.equal(response.statusCode, 400);
  t.equal(response.json<{ code: string }>().code, 'invalid_code');
});

void t.test('a new code brings five new tries', async (t) => {
  const { email, code } = await registerPending(test);
  for (let i = 0; i < 5; i += 1) await send(test, 'verify-email', { email, code: otherThan(code) });
  await ageCodes(test, email, '60 seconds');
  await send(test, 'resend-otp', { email });
  const newest = await test.readCode(email, 2);
  t.equal((await send(test, 'verify-email', { email, code: newest })).statusCode, 200);
});
