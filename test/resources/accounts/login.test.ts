import { randomBytes } from 'node:crypto';
import argon2 from 'argon2';
import t from 'tap';
import { MasterKey } from '../../../src/master-key/master-key.ts';
import { createAccountRepository } from '../../../src/resources/accounts/account-repository.ts';
import {
  answerOf,
  atOnce,
  countArgon2,
  inOtherCase,
  NEW_PASSWORD,
  pathOf,
  registerPending,
  send,
  statusOfToken,
  tally,
  WRONG_PASSWORD,
} from '../../support/accounts.ts';
import type { Operation } from '../../support/accounts.ts';
import { build, waitFor } from '../../support/build-app.ts';
import type { TestApp } from '../../support/build-app.ts';
import { makeEmail, PASSWORD, registerUser } from '../../support/factories.ts';
import { recordWays } from '../../support/statements.ts';
import { countLockWaiters, holdLock, waitForLockWaiters } from '../../support/database-session.ts';

const test = await build(t);

async function sendFrom(from: string, operation: Operation, body: object) {
  return test.request('POST', pathOf(operation), { body, from });
}

async function readPasswordHash(email: string, { query }: Pick<TestApp, 'query'> = test): Promise<string> {
  const rows = await query<{ password_hash: string }>('select password_hash from users where email = $1', [email]);
  return rows[0]!.password_hash;
}

function keyIdOf(masterKey: Buffer): string {
  return Buffer.from(new MasterKey([masterKey]).currentPepper.version, 'base64url').toString('base64');
}

/** Gives an account the hash that an earlier setting would have made. */
async function storeOlderHash(
  email: string,
  password: string,
  { query }: Pick<TestApp, 'query'> = test,
): Promise<string> {
  const hash = await argon2.hash(password, { type: argon2.argon2id, memoryCost: 8_192, timeCost: 1, parallelism: 1 });
  await query('update users set password_hash = $2 where email = $1', [email, hash]);
  return hash;
}

void t.test('200 with an admin token that management routes take, and a refresh token; not to be cached', async (t) => {
  const { email } = await registerUser(test);
  const response = await send(test, 'login', { email, password: PASSWORD });
  t.equal(response.statusCode, 200);
  t.equal(response.headers['cache-control'], 'no-store');
  const answer = response.json<Record<string, string>>();
  t.same(Object.keys(answer).sort(), ['access_token', 'expires_in', 'refresh_token', 'token_type']);
  t.match(answer, { token_type: 'Bearer', expires_in: 86_400, refresh_token: /^[\w-]{43}$/ });
  t.equal(await statusOfToken(test, answer.access_token!), 200);
});

void t.test('200 whatever the case of the email', async (t) => {
  const { email } = await registerUser(test);
  t.equal((await send(test, 'login', { email: inOtherCase(email), password: PASSWORD })).statusCode, 200);
});

void t.test('each login is a session of its own', async (t) => {
  const { email } = await registerUser(test);
  const log = async () => (await send(test, 'login', { email, password: PASSWORD })).json<Record<string, string>>();
  const [first, second] = [await log(), await log()];
  t.equal((await send(test, 'logout', { refresh_token: first.refresh_token })).statusCode, 204);
  t.equal(await statusOfToken(test, first.access_token!), 401);
  t.equal(await statusOfToken(test, second.access_token!), 200);
});

void t.test('401, byte for byte the same for a wrong password, an unknown email and a waiting one', async (t) => {
  const { email: known } = await registerUser(test);
  const { email: waiting } = await registerPending(test);
  const wrong = await send(test, 'login', { email: known, password: WRONG_PASSWORD });
  t.equal(wrong.statusCode, 401);
  t.equal(wrong.json<{ code: string }>().code, 'invalid_login');
  t.ok(wrong.headers['www-authenticate']);
  for (const email of [makeEmail(), waiting]) {
    t.same(answerOf(await send(test, 'login', { email, password: PASSWORD })), answerOf(wrong));
  }
});

void t.test('an unknown email costs as much argon2 work as a known one', async (t) => {
  const { email: known } = await registerUser(test);
  const { email: waiting } = await registerPending(test);
  for (const [email, password] of [
    [known, PASSWORD],
    [known, WRONG_PASSWORD],
    [makeEmail(), PASSWORD],
    [waiting, PASSWORD],
  ]) {
    t.equal(await countArgon2(() => send(test, 'login', { email, password })), 1);
  }
});

void t.test('a password is compared to its last character', async (t) => {
  const { email } = await registerUser(test);
  for (const password of [`${PASSWORD} `, ` ${PASSWORD}`, PASSWORD.toLowerCase(), PASSWORD.slice(0, -1)]) {
    t.equal((await send(test, 'login', { email, password })).statusCode, 401, JSON.stringify(password));
  }
});

void t.test('a password hash of an older cost', async (t) => {
  // What a password costs in a deployment that sets nothing.
  const usual = await build(t, { env: { LATCHKEY_PASSWORD_COST: '19456,2,1' } });
  const { email } = await registerUser(usual);
  const older = await storeOlderHash(email, PASSWORD, usual);

  await t.test('is replaced at login, and the password stays good', async (t) => {
    t.equal((await send(usual, 'login', { email, password: WRONG_PASSWORD })).statusCode, 401);
    t.equal(await readPasswordHash(email, usual), older, 'a wrong password replaces nothing');
    t.equal((await send(usual, 'login', { email, password: PASSWORD })).statusCode, 200);
    const newer = await readPasswordHash(email, usual);
    t.match(newer, /^\$argon2id\$v=19\$m=19456,t=2,p=1,keyid=/);
    t.equal((await send(usual, 'login', { email, password: PASSWORD })).statusCode, 200);
    t.equal(await readPasswordHash(email, usual), newer, 'once is enough');
  });

  await t.test('found by several logins at once is 200 for each', async (t) => {
    await storeOlderHash(email, PASSWORD, usual);
    t.same(tally(await atOnce(4, () => send(usual, 'login', { email, password: PASSWORD }))), { 200: 4 });
  });
});

void t.test('while two costs are in use every login and registration does the work of both', async (t) => {
  const { email: moved } = await registerUser(test);
  const { email: older } = await registerUser(test);
  const { email: waiting } = await registerPending(test);
  const work = (operation: Operation, email: string, password: string) =>
    countArgon2(() => send(test, operation, { email, password }));
  const workOfAll = async () => {
    const counts = [];
    for (const email of [moved, older, waiting, makeEmail()]) {
      counts.push(await work('login', email, WRONG_PASSWORD), await work('register', email, WRONG_PASSWORD));
    }
    counts.push(await work('login', moved, PASSWORD));
    return new Set(counts);
  };
  t.same(await workOfAll(), new Set([1]));
  await storeOlderHash(older, PASSWORD);
  t.same(await workOfAll(), new Set([2]));
  t.equal(await work('login', older, PASSWORD), 2, 'hashing it anew is the work at the other cost');
  t.same(await workOfAll(), new Set([1]), 'until the last one has moved');
});

void t.test('the costs in use are found by the index, each once', async (t) => {
  const accounts = createAccountRepository(test.app.db);
  const [current] = await accounts.listPasswordCosts();
  t.same(await accounts.listPasswordCosts(), [current]);
  const insert = (hash: string) =>
    test.query('insert into users (id, email, password_hash) values (gen_random_uuid(), $1, $2)', [makeEmail(), hash]);
  await insert('none');
  for (let i = 0; i < 3; i += 1) await insert('$argon2id$v=19$m=8192,t=1,p=1$a$a');
  await insert('$argon2id$v=19$m=8192,t=1,p=1,keyid=AAAAAAAA$a$a');
  t.same((await accounts.listPasswordCosts()).sort(), [current, 'm=8192,t=1,p=1'].sort());
  await test.query("delete from users where password_hash = 'none' or password_hash like '%m=8192%'");
});

void t.test('a login renews the hash of a master key that is to go, and then needs only the new one', async (t) => {
  const { email } = await registerUser(test);
  const newKey = randomBytes(32);
  const keys = [newKey, ...test.config.masterKeys].map((key) => key.toString('base64'));
  const both = await build(t, { beside: test, env: { LATCHKEY_MASTER_KEY: keys.join() } });
  t.equal((await send(both, 'login', { email, password: PASSWORD })).statusCode, 200);
  t.match(await readPasswordHash(email), `keyid=${keyIdOf(newKey)}$`);
  t.equal((await send(test, 'login', { email, password: PASSWORD })).statusCode, 401, 'without the new key');
});

void t.test('a password of before the peppers, as it was sent, opens the account and gets one', async (t) => {
  const { email } = await registerUser(test);
  const asSent = 'Correct-Horse-7e\u0301';
  const hash = await argon2.hash(asSent, { type: argon2.argon2id, memoryCost: 64, timeCost: 1, parallelism: 1 });
  await test.query('update users set password_hash = $2 where email = $1', [email, hash]);
  t.equal((await send(test, 'login', { email, password: asSent })).statusCode, 200);
  t.match(await readPasswordHash(email), /,keyid=/);
  for (const password of [asSent, asSent.normalize('NFC')]) {
    t.equal((await send(test, 'login', { email, password })).statusCode, 200);
  }
});

void t.test('a login with the old password does not outlive a reset that overtakes it', async (t) => {
  const { email } = await registerUser(test);
  await send(test, 'forgot-password', { email });
  const code = await test.readCode(email, 2);

  // Held first before it reads the account, then after it has found the password good.
  const users = await holdLock(test, 'lock table users in access exclusive mode');
  const login = sendFrom('192.0.2.1', 'login', { email, password: PASSWORD });
  await waitForLockWaiters(test);
  const turn = await holdLock(test, `select pg_advisory_xact_lock(hashtextextended('login ' || $1, 0))`, [email]);
  await users.commit();
  await waitForLockWaiters(test);

  let isAnswered = false;
  const reset = sendFrom('192.0.2.2', 'reset-password', { email, code, password: NEW_PASSWORD });
  const answered = reset.then(() => (isAnswered = true));
  await waitFor(async () => (isAnswered || (await countLockWaiters(test)) >= 2 ? true : undefined));
  await turn.commit();
  await answered;
  t.equal((await reset).statusCode, 200);
  const response = await login;
  if (response.statusCode !== 401) {
    t.equal(await statusOfToken(test, response.json<{ access_token: string }>().access_token), 401);
  }
  t.same(
    await test.query('select 1 from sessions join users on users.id = user_id where email = $1 and ended_at is null', [
      email,
    ]),
    [],
  );
});

void t.test('a login during which the password changes is judged by the new one', async (t) => {
  const { email } = await registerUser(test);
  const loginDuringChangeTo = async (password: string) => {
    const change = await holdLock(test, 'update users set password_hash = $2 where email = $1', [
      email,
      await argon2.hash(password, { memoryCost: 64, timeCost: 1, parallelism: 1 }),
    ]);
    const login = send(test, 'login', { email, password: PASSWORD });
    await waitForLockWaiters(test);
    await change.commit();
    return login;
  };
  t.equal((await loginDuringChangeTo(PASSWORD)).statusCode, 200);
  t.equal((await loginDuringChangeTo(NEW_PASSWORD)).statusCode, 401);
});

void t.test('a login is four ways to the database, whether the password is right or wrong', async (t) => {
  const { email } = await registerUser(test);
  for (const password of [PASSWORD, WRONG_PASSWORD]) {
    const ways = await recordWays(() => send(test, 'login', { email, password }));
    t.equal(ways.length, 4);
    t.equal(ways.flat().filter((text) => text === 'commit').length, 1);
  }
});
