import t from 'tap';
import type { Test } from 'tap';
import { ConnectionGoneError } from '../../../src/errors.ts';
import { createLoginService } from '../../../src/resources/accounts/login-service.ts';
import { createTryPassword } from '../../../src/resources/accounts/password-attempts.ts';
import { createSessionService } from '../../../src/identity/session-service.ts';
import { MasterKey } from '../../../src/master-key/master-key.ts';
import { Argon2Gate } from '../../../src/secrets/argon2-gate.ts';
import { createHasher } from '../../../src/secrets/hasher.ts';
import {
  ageFailures,
  answerOf,
  atOnce,
  countArgon2,
  countMails,
  forgetPassword,
  inOtherCase,
  NEW_PASSWORD,
  pathOf,
  tally,
  waitForMail,
  WRONG_PASSWORD,
} from '../../support/accounts.ts';
import { build, waitFor } from '../../support/build-app.ts';
import type { TestApp } from '../../support/build-app.ts';
import { cutLockWaiters, holdLock, waitForLockWaiters } from '../../support/database-session.ts';
import { makeEmail, PASSWORD, registerUser } from '../../support/factories.ts';
import { openOutbox } from '../../support/outbox.ts';
import { occupy } from '../../support/secret-tools.ts';
import { systemCaller } from '../../../src/changes/caller.ts';
import { createChangeRunner } from '../../../src/changes/change-runner.ts';

const test = await build(t);

const HERE = '192.0.2.10';
const ELSEWHERE = '198.51.100.20';

interface Attempt {
  email: string;
  password?: string;
  from?: string;
  app?: TestApp;
}

async function logIn({ email, password = PASSWORD, from = HERE, app = test }: Attempt) {
  return app.request('POST', pathOf('login'), { body: { email, password }, from });
}

async function fail(count: number, attempt: Attempt): Promise<void> {
  for (let i = 0; i < count; i += 1) {
    const { statusCode } = await logIn({ ...attempt, password: WRONG_PASSWORD });
    if (statusCode !== 401) throw new Error(`a failed login answered ${statusCode}`);
  }
}

/** Whether the account is locked for this long and no longer, give or take what the test itself lasts. */
async function isLockedFor(email: string, seconds: number): Promise<boolean> {
  const response = await logIn({ email });
  const left = Number(response.headers['retry-after']);
  return response.statusCode === 429 && left <= seconds && left > seconds - 60;
}

void t.test('429 with Retry-After after 5 failed logins, for 15 minutes, whatever the password', async (t) => {
  const { email } = await registerUser(test);
  await fail(5, { email });
  const locked = await logIn({ email });
  t.equal(locked.statusCode, 429);
  t.equal(locked.json<{ code: string }>().code, 'account_locked');
  t.ok(await isLockedFor(email, 15 * 60));
  t.equal((await logIn({ email, password: WRONG_PASSWORD })).statusCode, 429);
  t.equal((await logIn({ email: inOtherCase(email) })).statusCode, 429, 'whatever the case of the email');
  await ageFailures(test, email, '14 minutes');
  t.equal((await logIn({ email })).statusCode, 429);
  await ageFailures(test, email, '1 minute');
  t.equal((await logIn({ email })).statusCode, 200);
});

void t.test('after 10 failed logins it is an hour, after 20 and each one more a day', async (t) => {
  const { email } = await registerUser(test);
  await fail(5, { email });
  await ageFailures(test, email, '15 minutes');
  await fail(5, { email });
  t.ok(await isLockedFor(email, 3600));
  await ageFailures(test, email, '1 hour');
  await fail(10, { email });
  t.ok(await isLockedFor(email, 86_400));
  await ageFailures(test, email, '24 hours');
  await fail(1, { email });
  t.ok(await isLockedFor(email, 86_400));
});

void t.test('an attempt during a lock neither counts nor makes it longer', async (t) => {
  const { email } = await registerUser(test);
  await fail(5, { email });
  for (let i = 0; i < 10; i += 1) await logIn({ email, password: WRONG_PASSWORD });
  await ageFailures(test, email, '15 minutes');
  await fail(4, { email });
  t.equal((await logIn({ email })).statusCode, 200);
});

void t.test('a successful login clears the count', async (t) => {
  const { email } = await registerUser(test);
  await fail(4, { email });
  t.equal((await logIn({ email })).statusCode, 200);
  await fail(4, { email });
  t.equal((await logIn({ email })).statusCode, 200);
});

void t.test('failed logins are forgotten two days after the last one', async (t) => {
  const { email } = await registerUser(test);
  await fail(4, { email });
  await ageFailures(test, email, '49 hours');
  await fail(4, { email });
  t.equal((await logIn({ email })).statusCode, 200);
});

void t.test('a stranger elsewhere cannot lock the owner out, nor does the owner free the stranger', async (t) => {
  const { email } = await registerUser(test);
  await fail(5, { email, from: ELSEWHERE });
  t.equal((await logIn({ email })).statusCode, 200);
  t.equal((await logIn({ email, from: ELSEWHERE })).statusCode, 429);
});

void t.test('one locked account does not lock another from the same address', async (t) => {
  const [one, other] = [await registerUser(test), await registerUser(test)];
  await fail(5, { email: one.email });
  t.equal((await logIn({ email: other.email })).statusCode, 200);
});

void t.test('an unknown email is locked in the same way, with the same answer', async (t) => {
  const { email: known } = await registerUser(test);
  const unknown = makeEmail();
  for (const email of [known, unknown]) await fail(5, { email });
  await test.query(`update login_failures set locked_until = '2100-01-01' where email in ($1, $2)`, [known, unknown]);
  const [ofKnown, ofUnknown] = [answerOf(await logIn({ email: known })), answerOf(await logIn({ email: unknown }))];
  t.equal(ofKnown.status, 429);
  // Both count down to the same moment, and a second may pass between them.
  const { 'retry-after': knownLeft, ...knownHeaders } = ofKnown.headers;
  const { 'retry-after': unknownLeft, ...unknownHeaders } = ofUnknown.headers;
  t.ok(Number(knownLeft) - Number(unknownLeft) < 10);
  t.same({ ...ofUnknown, headers: unknownHeaders }, { ...ofKnown, headers: knownHeaders });
});

void t.test('a refused attempt on a locked account costs no argon2 work', async (t) => {
  const { email } = await registerUser(test);
  await fail(5, { email });
  t.equal(await countArgon2(() => logIn({ email })), 0);
});

void t.test('an IPv6 network of 56 bits is one source, the next network another', async (t) => {
  const { email } = await registerUser(test);
  for (let i = 1; i <= 5; i += 1) await fail(1, { email, from: `2001:db8:1:2${i}0:${i}::${i}` });
  t.equal((await logIn({ email, from: '2001:db8:1:2ff:ffff:ffff:ffff:ffff' })).statusCode, 429);
  t.equal((await logIn({ email, from: '2001:db8:1:300::1' })).statusCode, 200);
});

void t.test('an IPv4 address is one source, also when it is written as an IPv6 one', async (t) => {
  const { email } = await registerUser(test);
  await fail(3, { email, from: '203.0.113.5' });
  await fail(2, { email, from: '::ffff:203.0.113.5' });
  t.equal((await logIn({ email, from: '203.0.113.5' })).statusCode, 429);
  t.equal((await logIn({ email, from: '203.0.113.6' })).statusCode, 200);
  t.equal((await logIn({ email, from: '::ffff:203.0.113.7' })).statusCode, 200);
});

void t.test('of 100 attempts at once 5 are told that they are wrong, for a known and an unknown email', async (t) => {
  const { email: known } = await registerUser(test);
  for (const email of [known, makeEmail()]) {
    const responses = await atOnce(100, () => logIn({ email, password: WRONG_PASSWORD }));
    t.equal(tally(responses)[401], 5);
    t.equal(tally(responses)[200], undefined);
    t.equal((await logIn({ email })).statusCode, 429);
  }
});

void t.test('a right password among guesses that arrive together is heard only as one of the first five', async (t) => {
  for (const place of [5, 6]) {
    const { email } = await registerUser(test);
    const turn = await holdLock(test, `select pg_advisory_xact_lock(hashtextextended('login ' || $1, 0))`, [email]);
    const attempts = [];
    for (let i = 1; i <= 7; i += 1) {
      attempts.push(logIn({ email, password: i === place ? PASSWORD : WRONG_PASSWORD }));
      await waitForLockWaiters(test, i);
    }
    await turn.commit();
    const answers = await Promise.all(attempts);
    const statuses = answers.map(({ statusCode }) => statusCode);
    // A login forgives what failed before it, as it does when one comes after another.
    t.same(statuses, place === 5 ? [401, 401, 401, 401, 200, 401, 401] : [401, 401, 401, 401, 401, 429, 429]);
    if (place === 5) continue;
    const [right, wrong] = [answers[5]!, answers[6]!].map((answer) => {
      const { headers, ...rest } = answerOf(answer);
      return { ...rest, headers: { ...headers, 'retry-after': 'some' } };
    });
    t.same(right, wrong, 'and beyond that it is answered as a wrong one');
  }
});

void t.test('ten right logins at once lock nobody out, also after four that failed', async (t) => {
  const { email } = await registerUser(test);
  await fail(4, { email });
  const { 200: accepted = 0, 503: turnedAway = 0 } = tally(await atOnce(10, () => logIn({ email })));
  t.ok(accepted > 0);
  t.equal(accepted + turnedAway, 10, 'what there is no room for on a slow machine is another matter');
});

void t.test('a process that dies with logins under way leaves no failure behind', async (t) => {
  const { email, userId } = await registerUser(test);
  const user = await holdLock(test, 'select 1 from users where id = $1 for update', [userId]);
  const logins = atOnce(6, () => logIn({ email }));
  await waitForLockWaiters(test, 6);
  t.same(await test.query('select 1 from login_failures where email = $1', [email]), []);
  // What a killed process leaves of them: their connections, closed.
  await cutLockWaiters(test);
  await user.commit();
  t.same(new Set((await logins).map(({ statusCode }) => statusCode)), new Set([503]));
  t.same(await test.query('select 1 from login_failures where email = $1', [email]), []);
  t.equal((await logIn({ email })).statusCode, 200);
});

/** Lets an account have so many failures from all sources already. */
async function failElsewhere(email: string, failures: number): Promise<void> {
  await test.query('insert into account_login_failures (email, failures, since) values ($1, $2, now())', [
    email,
    failures,
  ]);
}

void t.test(
  'after 50 failures in a day from anywhere, an account hears only where it was logged in from',
  async (t) => {
    const { email } = await registerUser(test);
    t.equal((await logIn({ email, from: HERE })).statusCode, 200);
    for (let i = 0; i < 10; i += 1) await fail(5, { email, from: `198.51.100.${i + 100}` });
    const refused = await logIn({ email, from: ELSEWHERE });
    t.equal(refused.statusCode, 429);
    t.match(refused.json(), { code: 'account_locked' });
    const left = Number(refused.headers['retry-after']);
    t.ok(left > 86_400 - 600 && left <= 86_400);
    t.equal((await logIn({ email, from: HERE })).statusCode, 200, 'the owner is heard');
    t.equal((await logIn({ email, from: ELSEWHERE })).statusCode, 429, 'which opens it for nobody else');
    await test.query(`update account_login_failures set since = since - interval '24 hours' where email = $1`, [email]);
    t.equal((await logIn({ email, from: ELSEWHERE })).statusCode, 200);
  },
);

void t.test('the address at which the account was made is one of its own', async (t) => {
  const { email } = await registerUser(test);
  await failElsewhere(email, 50);
  t.equal((await logIn({ email, from: '127.0.0.1' })).statusCode, 200);
  t.equal((await logIn({ email, from: ELSEWHERE })).statusCode, 429);
});

void t.test('the owner is told once, with what to do, and a reset opens the account again', async (t) => {
  const { email } = await registerUser(test);
  t.equal((await logIn({ email, from: HERE })).statusCode, 200);
  await failElsewhere(email, 48);
  await fail(1, { email, from: ELSEWHERE });
  await waitForMail(test);
  const before = countMails(test, email);
  await fail(1, { email, from: ELSEWHERE });
  await fail(2, { email, from: HERE });
  await waitForMail(test);
  t.equal(countMails(test, email), before + 1);
  const mail = test.smtp.received.filter(({ recipients }) => recipients.includes(email)).at(-1);
  t.match(mail?.content.text?.replace(/\s+/g, ' '), /failed logins .* password reset/);

  const code = await forgetPassword(test, email, before + 2);
  const reset = { email, code, password: NEW_PASSWORD };
  t.equal((await test.request('POST', pathOf('reset-password'), { body: reset, from: '203.0.113.9' })).statusCode, 200);
  t.equal((await logIn({ email, password: NEW_PASSWORD, from: '203.0.113.10' })).statusCode, 200);
});

void t.test('an unknown email closes after 50 failures as well, with the same answers and no mail', async (t) => {
  const { email: known } = await registerUser(test);
  const unknown = makeEmail();
  const faces = [];
  for (const email of [known, unknown]) {
    await failElsewhere(email, 49);
    const wrong = await logIn({ email, password: WRONG_PASSWORD, from: ELSEWHERE });
    const closed = await logIn({ email, from: '203.0.113.11' });
    const { 'retry-after': left, ...headers } = answerOf(closed).headers;
    t.ok(Number(left) > 86_400 - 600);
    faces.push([answerOf(wrong), { ...answerOf(closed), headers }]);
  }
  t.same(faces[1], faces[0]);
  await waitForMail(test);
  t.equal(countMails(test, unknown), 0);
});

void t.test('of the sources of an account a hundred are kept, the newest', async (t) => {
  const { email, userId } = await registerUser(test);
  await test.query(
    `insert into login_sources (user_id, source, last_used_at)
     select $1, '192.0.2.' || i, now() - make_interval(days => i) from generate_series(1, 100) as i`,
    [userId],
  );
  for (const from of [ELSEWHERE, ELSEWHERE]) t.equal((await logIn({ email, from })).statusCode, 200);
  const kept = await test.query<{ source: string }>('select source from login_sources where user_id = $1', [userId]);
  const sources = kept.map(({ source }) => source);
  t.equal(sources.length, 100);
  t.ok(sources.includes(ELSEWHERE));
  t.notOk(sources.includes('192.0.2.100'));
});

void t.test('a lock holds for every process, counts over all of them, and outlives a restart', async (t) => {
  const { email } = await registerUser(test);
  const second = await build(t, { beside: test });
  const responses = await atOnce(40, (index) =>
    logIn({ email, password: WRONG_PASSWORD, app: index % 2 === 0 ? test : second }),
  );
  t.equal(tally(responses)[401], 5);
  for (const app of [test, second]) t.equal((await logIn({ email, app })).statusCode, 429);
  await second.app.close();
  const restarted = await build(t, { beside: test });
  t.equal((await logIn({ email, app: restarted })).statusCode, 429);
});

const caller = systemCaller();

/** The service’s own logins, behind a gate that the test can fill. */
function openLogins(t: Test, queueMax: number) {
  const { app, config, databaseUrl, smtp } = test;
  const { db, log, signAdminToken } = app;
  const gate = new Argon2Gate({ concurrency: 1, queueMax });
  const masterKey = new MasterKey(config.masterKeys);
  const changes = createChangeRunner({ db, masterKey, log });
  const hasher = createHasher({ ...config, gate, masterKey });
  const { outbox } = openOutbox(t, { databaseUrl, smtpUrl: smtp.smtpUrl });
  const uses = { record: () => undefined };
  const tryPassword = createTryPassword({ db, changes, log, hasher, outbox, publicUrl: config.publicUrl });
  const logins = createLoginService({ tryPassword });
  const sessions = createSessionService({ ...config, changes, masterKey, signAdminToken, uses });
  return {
    gate,
    logIn: (email: string, origin = {}) =>
      logins.login(caller, { email, password: PASSWORD, origin: { source: HERE, ...origin } }, sessions.open),
  };
}

void t.test('a login for which there is no room is turned away before the database is asked', async (t) => {
  const { email } = await registerUser(test);
  const { gate, logIn } = openLogins(t, 0);
  const release = occupy(gate);
  const tables = await holdLock(test, 'lock table users, login_failures in access exclusive mode');
  for (let i = 0; i < 6; i += 1) await t.rejects(logIn(email), { code: 'overloaded' });
  await tables.commit();
  await release();
  t.match(await logIn(email), { refreshToken: String }, 'and none of them counts');
});

void t.test('a login whose connection has closed is not hashed, and does not count', async (t) => {
  const { email } = await registerUser(test);
  const { gate, logIn } = openLogins(t, 10);
  const release = occupy(gate);
  const closing = new AbortController();
  const attempts = Array.from({ length: 6 }, () => logIn(email, { closed: closing.signal }));
  const staying = logIn(email);
  await waitFor(() => (gate.waiting === 7 ? true : undefined));
  closing.abort();
  for (const attempt of attempts) await t.rejects(attempt, ConnectionGoneError);
  const hashed = await countArgon2(async () => {
    await release();
    t.match(await staying, { refreshToken: String });
  });
  t.equal(hashed, 1);
});
