import t from 'tap';
import { createLoginService } from '../../../src/resources/accounts/login-service.ts';
import { createSessionService } from '../../../src/identity/session-service.ts';
import { MasterKey } from '../../../src/master-key/master-key.ts';
import { Argon2Gate } from '../../../src/secrets/argon2-gate.ts';
import { createHasher } from '../../../src/secrets/hasher.ts';
import {
  ageFailures,
  answerOf,
  atOnce,
  countArgon2,
  inOtherCase,
  pathOf,
  tally,
  WRONG_PASSWORD,
} from '../../support/accounts.ts';
import { build } from '../../support/build-app.ts';
import type { TestApp } from '../../support/build-app.ts';
import { makeEmail, PASSWORD, registerUser } from '../../support/factories.ts';

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

void t.test('an IPv6 network of 64 bits is one source, the next network another', async (t) => {
  const { email } = await registerUser(test);
  for (let i = 1; i <= 5; i += 1) await fail(1, { email, from: `2001:db8:1:2:${i}::${i}` });
  t.equal((await logIn({ email, from: '2001:db8:1:2:ffff:ffff:ffff:ffff' })).statusCode, 429);
  t.equal((await logIn({ email, from: '2001:db8:1:3::1' })).statusCode, 200);
});

void t.test('an IPv4 address is one source, also when it is written as an IPv6 one', async (t) => {
  const { email } = await registerUser(test);
  await fail(3, { email, from: '203.0.113.5' });
  await fail(2, { email, from: '::ffff:203.0.113.5' });
  t.equal((await logIn({ email, from: '203.0.113.5' })).statusCode, 429);
  t.equal((await logIn({ email, from: '203.0.113.6' })).statusCode, 200);
  t.equal((await logIn({ email, from: '::ffff:203.0.113.7' })).statusCode, 200);
});

void t.test('of 100 attempts at once 5 are looked at, for a known and an unknown email', async (t) => {
  const { email: known } = await registerUser(test);
  for (const email of [known, makeEmail()]) {
    const looked = await countArgon2(async () => {
      const responses = await atOnce(100, () => logIn({ email, password: WRONG_PASSWORD }));
      t.same(tally(responses), { 401: 5, 429: 95 });
    });
    t.equal(looked, 5);
    t.equal((await logIn({ email })).statusCode, 429);
  }
});

void t.test('a lock holds for every process, counts over all of them, and outlives a restart', async (t) => {
  const { email } = await registerUser(test);
  const second = await build(t, { beside: test });
  const looked = await countArgon2(async () => {
    const responses = await atOnce(40, (index) =>
      logIn({ email, password: WRONG_PASSWORD, app: index % 2 === 0 ? test : second }),
    );
    t.same(tally(responses), { 401: 5, 429: 35 });
  });
  t.equal(looked, 5);
  for (const app of [test, second]) t.equal((await logIn({ email, app })).statusCode, 429);
  await second.app.close();
  const restarted = await build(t, { beside: test });
  t.equal((await logIn({ email, app: restarted })).statusCode, 429);
});

void t.test('an attempt that was turned away because the service is busy does not count', async (t) => {
  const { email } = await registerUser(test);
  const { app, config } = test;
  const { db, signAdminToken } = app;
  const gate = new Argon2Gate({ concurrency: 1, queueMax: 0 });
  const logins = createLoginService({
    db,
    hasher: createHasher({ ...config, gate, masterKey: new MasterKey(config.masterKeys) }),
    sessions: createSessionService({ ...config, db, signAdminToken }),
  });
  const tryWhileBusy = async (count: number) => {
    let finish: () => void = () => undefined;
    const busy = gate.run('password', () => new Promise<void>((resolve) => (finish = resolve)));
    for (let i = 0; i < count; i += 1) {
      await t.rejects(logins.login({ email, password: PASSWORD }, HERE), { code: 'overloaded' });
    }
    finish();
    await busy;
  };
  const failAtService = () =>
    t.rejects(logins.login({ email, password: WRONG_PASSWORD }, HERE), { code: 'invalid_login' });

  await tryWhileBusy(10);
  for (let i = 0; i < 4; i += 1) await failAtService();
  // The fifth would lock; it was never looked at, so it does not.
  await tryWhileBusy(2);
  t.ok((await logins.login({ email, password: PASSWORD }, HERE)).access_token);
  for (let i = 0; i < 5; i += 1) await failAtService();
  await t.rejects(
    logins.login({ email, password: PASSWORD }, HERE),
    { code: 'account_locked' },
    'what did count, locks',
  );
});
