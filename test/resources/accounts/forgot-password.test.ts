import t from 'tap';
import {
  ageCodes,
  answerOf,
  atOnce,
  countArgon2,
  countMails,
  inOtherCase,
  NEW_PASSWORD,
  registerPending,
  send,
  tally,
  waitForMail,
} from '../../support/accounts.ts';
import { build } from '../../support/build-app.ts';
import { makeEmail, PASSWORD, registerUser } from '../../support/factories.ts';

const test = await build(t);

void t.test('200, and the owner of the account is mailed a code; nothing has changed yet', async (t) => {
  const { email } = await registerUser(test);
  const response = await send(test, 'forgot-password', { email });
  t.equal(response.statusCode, 200);
  t.same(Object.keys(response.json()), ['message']);
  t.match(await test.readCode(email, 2), /^[A-Z0-9]{6}$/);
  t.equal((await send(test, 'login', { email, password: PASSWORD })).statusCode, 200);
});

void t.test('the mail goes to the address of the account, whatever the case it was asked for in', async (t) => {
  const { email } = await registerUser(test);
  await send(test, 'forgot-password', { email: inOtherCase(email) });
  await test.readCode(email, 2);
  await waitForMail(test);
  t.equal(countMails(test, inOtherCase(email)), 0);
});

void t.test('200, the same in all but the mail for an unknown email and one not yet verified', async (t) => {
  const { email: known } = await registerUser(test);
  const { email: waiting } = await registerPending(test);
  const unknown = makeEmail();
  const answers = [];
  for (const email of [known, waiting, unknown, known, unknown]) {
    answers.push(answerOf(await send(test, 'forgot-password', { email }), email));
  }
  t.match(answers[0], { status: 200 });
  for (const answer of answers) t.same(answer, answers[0]);
  await waitForMail(test);
  t.same(
    [known, waiting, unknown].map((email) => countMails(test, email)),
    [2, 1, 0],
  );
});

void t.test('an unknown email costs the same work and leaves the same trace: a code, which nobody knows', async (t) => {
  const { email: known } = await registerUser(test);
  const unknown = makeEmail();
  for (const email of [known, unknown]) {
    t.equal(await countArgon2(() => send(test, 'forgot-password', { email })), 0);
  }
  const codes = await test.query(
    `select length(digest) as length, tries_left, expires_at - sent_at as lifetime from one_time_codes
     where purpose = 'reset_password' and email in ($1, $2)`,
    [known, unknown],
  );
  t.equal(codes.length, 2);
  t.same(codes[0], codes[1]);
});

void t.test('one mail a minute, with the same answer, and the code of that mail works', async (t) => {
  const { email } = await registerUser(test);
  const first = answerOf(await send(test, 'forgot-password', { email }));
  const code = await test.readCode(email, 2);
  await ageCodes(test, email, '50 seconds');
  t.same(answerOf(await send(test, 'forgot-password', { email })), first);
  await waitForMail(test);
  t.equal(countMails(test, email), 2);
  t.equal((await send(test, 'reset-password', { email, code, password: NEW_PASSWORD })).statusCode, 200);
});

void t.test('a minute later there is another mail, and only its code works', async (t) => {
  const { email } = await registerUser(test);
  await send(test, 'forgot-password', { email });
  const older = await test.readCode(email, 2);
  await ageCodes(test, email, '60 seconds');
  await send(test, 'forgot-password', { email });
  const newest = await test.readCode(email, 3);
  const reset = async (code: string) => send(test, 'reset-password', { email, code, password: NEW_PASSWORD });
  t.equal((await reset(older)).statusCode, 400);
  t.equal((await reset(newest)).statusCode, 200);
});

void t.test('20 times at once: one mail, whose code works', async (t) => {
  const { email } = await registerUser(test);
  t.same(tally(await atOnce(20, () => send(test, 'forgot-password', { email }))), { 200: 20 });
  const code = await test.readCode(email, 2);
  await waitForMail(test);
  t.equal(countMails(test, email), 2);
  t.equal((await send(test, 'reset-password', { email, code, password: NEW_PASSWORD })).statusCode, 200);
});
