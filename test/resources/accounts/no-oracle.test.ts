import t from 'tap';
import {
  ageCodes,
  answerOf,
  countArgon2,
  NEW_PASSWORD,
  registerPending,
  send,
  waitForMail,
  WRONG_PASSWORD,
} from '../../support/accounts.ts';
import type { Operation } from '../../support/accounts.ts';
import { build } from '../../support/build-app.ts';
import { makeEmail, PASSWORD, registerUser } from '../../support/factories.ts';
import { recordStatements } from '../../support/statements.ts';

const test = await build(t);

/** What there may be of an email before somebody asks. Each makes one of its own. */
const states: Record<string, () => Promise<string>> = {
  unknown: async () => makeEmail(),
  waiting: async () => (await registerPending(test)).email,
  contested: async () => {
    const { email } = await registerPending(test);
    await send(test, 'register', { email, password: WRONG_PASSWORD });
    return email;
  },
  known: async () => (await registerUser(test)).email,
  'known by a contested registration': async () => {
    const email = await makeContested();
    await send(test, 'verify-email', { email, code: await test.readCode(email, 2) });
    return email;
  },
  'waiting, beyond its mails': async () => useUpMails((await registerPending(test)).email),
  'known, beyond its mails': async () => useUpMails((await registerUser(test)).email),
};

async function makeContested(): Promise<string> {
  const { email } = await registerPending(test);
  await send(test, 'register', { email, password: WRONG_PASSWORD });
  return email;
}

async function useUpMails(email: string): Promise<string> {
  for (let i = 0; i < 5; i += 1) await send(test, 'register', { email, password: PASSWORD });
  return email;
}

const code = 'AAAAAA';
/** Everything that a stranger can ask with an email, twice where the first time changes something. */
const questions: [Operation, Record<string, string>][] = [
  ['register', { password: NEW_PASSWORD }],
  ['resend-otp', {}],
  ['register', { password: PASSWORD }],
  ['verify-email', { code }],
  ['forgot-password', {}],
  ['forgot-password', {}],
  ['reset-password', { code, password: NEW_PASSWORD }],
  ['login', { password: WRONG_PASSWORD }],
];

/** All that is to be seen of the answers, and of the work behind them. */
async function observe(email: string) {
  const seen = [];
  for (const [operation, input] of questions) {
    let answer: ReturnType<typeof answerOf> | undefined;
    let statements: string[] = [];
    const argon2 = await countArgon2(async () => {
      statements = await recordStatements(async () => {
        answer = answerOf(await send(test, operation, { email, ...input }), email);
      });
    });
    delete answer?.headers['retry-after'];
    seen.push({ operation, answer, argon2, statements: statements.length, mails: countInserts(statements) });
    // What was mailed is sent before the next question, so that its sending does not mix with it.
    await waitForMail(test);
  }
  return seen;
}

function countInserts(statements: string[]): number {
  return statements.filter((text) => text.includes('insert into "mails"')).length;
}

void t.test('no answer, no statement and no work tells an email with an account from any other', async (t) => {
  const expected = await observe(makeEmail());
  t.match(
    expected.map(({ answer, argon2 }) => [answer?.status, argon2]),
    [
      [201, 1],
      [429, 0],
      [201, 1],
      [400, 0],
      [200, 0],
      [200, 0],
      [400, 0],
      [401, 1],
    ],
  );
  for (const [name, make] of Object.entries(states)) {
    const email = await make();
    await ageCodes(test, email, '60 seconds');
    t.same(await observe(email), expected, name);
  }
});
