import { randomBytes, randomUUID } from 'node:crypto';
import type { LightMyRequestResponse } from 'fastify';
import t from 'tap';
import { resealAll } from '../../../src/master-key/reseal.ts';
import { MasterKey } from '../../../src/master-key/master-key.ts';
import { atOnce, findInTables, send, tally, textsOfMails, waitForMail } from '../../support/accounts.ts';
import { build } from '../../support/build-app.ts';
import type { TestApp } from '../../support/build-app.ts';
import { API, PASSWORD, registerUser } from '../../support/factories.ts';
import { isProblem } from '../../support/problems.ts';
import {
  beginLogin,
  codeOf,
  forgetStep,
  sendCode,
  setUpPasskey,
  setUpTotp,
  wrongCodeOf,
} from '../../support/second-factor.ts';
import { ageSessions, listAccountEvents } from '../../support/sessions.ts';

const test = await build(t);
const regenerate = ({ token }: { token: string }, body?: object) =>
  test.request('POST', `${API}/account/2fa/recovery-codes/`, { token, ...(body && { body }) });
const codesOf = (response: LightMyRequestResponse) => response.json<{ recovery_codes: string[] }>().recovery_codes;

void t.test('a recovery code logs in once, however it is typed, and its owner is told how many are left', async (t) => {
  const user = await registerUser(test);
  const { recoveryCodes } = await setUpTotp(test, user);
  const [first = '', second = ''] = recoveryCodes;
  t.equal((await sendCode(test, await beginLogin(test, user), first)).statusCode, 200);
  t.equal((await sendCode(test, await beginLogin(test, user), first)).statusCode, 401);
  const typed = ` ${second.toLowerCase().replaceAll('-', ' ').replaceAll('0', 'o').replaceAll('1', 'l')} `;
  t.equal((await sendCode(test, await beginLogin(test, user), typed)).statusCode, 200);
  await waitForMail(test);
  t.match(textsOfMails(test, user.email).at(-1)?.replaceAll('\n', ' '), 'It does not work again. 8 are left.');
});

void t.test('of one code in several logins at once, over two processes, one is let in', async (t) => {
  const beside = await build(t, { beside: test });
  const user = await registerUser(test);
  const { recoveryCodes } = await setUpTotp(test, user);
  const tempTokens = await atOnce(6, () => beginLogin(test, user));
  const answers = await atOnce(6, (i) =>
    sendCode(i % 2 === 0 ? test : beside, String(tempTokens[i]), String(recoveryCodes[0])),
  );
  t.equal(tally(answers)[200], 1);
  t.equal((await test.query('select 1 from recovery_codes where user_id = $1', [user.userId])).length, 9);
});

void t.test('no table holds one', async (t) => {
  const user = await registerUser(test);
  const { recoveryCodes } = await setUpTotp(test, user);
  for (const code of recoveryCodes) {
    t.same(await findInTables(test, code), []);
    t.same(await findInTables(test, code.replaceAll('-', '')), []);
  }
});

void t.test('new ones take the place of all from before', async (t) => {
  const user = await registerUser(test);
  const { secret, recoveryCodes } = await setUpTotp(test, user);
  const renewed = await regenerate(user, { code: codeOf(secret) });
  t.equal(renewed.statusCode, 200);
  t.equal(renewed.headers['cache-control'], 'no-store');
  const [fresh = ''] = codesOf(renewed);
  t.equal((await sendCode(test, await beginLogin(test, user), String(recoveryCodes[0]))).statusCode, 401);
  t.equal((await sendCode(test, await beginLogin(test, user), fresh)).statusCode, 200);
});

void t.test('of simultaneous renewals one set of codes is left, whole', async (t) => {
  const user = await registerUser(test);
  await setUpPasskey(test, user);
  const answers = await atOnce(4, () => regenerate(user));
  t.same(tally(answers), { 200: 4 });
  t.equal((await test.query('select 1 from recovery_codes where user_id = $1', [user.userId])).length, 10);
  const statuses = [];
  for (const answer of answers) {
    const [code = ''] = codesOf(answer);
    statuses.push((await sendCode(test, await beginLogin(test, user), code)).statusCode);
  }
  t.equal(statuses.filter((status) => status === 200).length, 1);
});

void t.test('with an authenticator app new ones take a code: the password alone mints none', async (t) => {
  const user = await registerUser(test);
  const { secret, recoveryCodes } = await setUpTotp(test, user);
  isProblem(t, await regenerate(user, { password: PASSWORD }), { code: 'invalid_request', pointers: ['/code'] });
  isProblem(t, await regenerate(user, { code: wrongCodeOf(secret) }), { code: 'invalid_code' });
  t.equal((await sendCode(test, await beginLogin(test, user), recoveryCodes[1]!)).statusCode, 200, 'they stay');
  const renewed = await regenerate(user, { code: recoveryCodes[0] });
  t.equal(renewed.statusCode, 200, 'for who has lost the app a recovery code does');
  isProblem(t, await regenerate(user, { code: recoveryCodes[2] }), { code: 'invalid_code' });
  t.equal((await regenerate(user, { code: codeOf(secret) })).statusCode, 200);
  isProblem(t, await regenerate(user, { code: codeOf(secret) }), { code: 'invalid_code' });
});

void t.test(
  'wrong codes for new ones count in the lockout, of any number at once five, with a key as well',
  async (t) => {
    const user = await registerUser(test);
    const { secret, recoveryCodes } = await setUpTotp(test, user);
    const code = wrongCodeOf(secret);
    const answers = await atOnce(8, (i) =>
      test.request('POST', `${API}/account/2fa/recovery-codes/`, {
        token: user.token,
        body: { code },
        headers: i % 2 === 0 ? { 'idempotency-key': randomUUID() } : {},
      }),
    );
    t.same(tally(answers), { 400: 5, 429: 3 });
    isProblem(t, await regenerate(user, { code: recoveryCodes[0] }), { code: 'account_locked' });
    t.equal((await send(test, 'login', { email: user.email, password: PASSWORD })).statusCode, 429);
    const failures = (await listAccountEvents(test, user.userId)).filter(
      ({ action }) => action === 'second_factor.fail',
    );
    t.equal(failures.length, 5);
    t.match(failures[0], { actor: { id: user.userId } });
  },
);

void t.test('the same request with the same key is answered the same, though its code is spent', async (t) => {
  const user = await registerUser(test);
  const { secret } = await setUpTotp(test, user);
  const request = { token: user.token, headers: { 'idempotency-key': randomUUID() }, body: { code: codeOf(secret) } };
  const first = await test.request('POST', `${API}/account/2fa/recovery-codes/`, request);
  const again = await test.request('POST', `${API}/account/2fa/recovery-codes/`, request);
  t.equal(first.statusCode, 200);
  t.same(codesOf(again), codesOf(first));
  t.equal(again.headers['idempotency-replayed'], 'true');
});

void t.test('409 without a second factor, 403 when the password was given long ago', async (t) => {
  const user = await registerUser(test);
  isProblem(t, await regenerate(user), { code: 'no_second_factor' });
  const { recoveryCodes } = await setUpPasskey(test, user);
  t.equal(recoveryCodes?.length, 10, 'the first factor brings them');
  await ageSessions(test, user.userId, '16 minutes');
  isProblem(t, await regenerate(user), { code: 'reauthentication_required', pointers: ['/password'] });
  t.equal((await sendCode(test, await beginLogin(test, user), String(recoveryCodes?.[0]))).statusCode, 200);
  t.equal((await regenerate(user, { password: PASSWORD })).statusCode, 200);
});

void t.test('codes and authenticators work while the master key is replaced, and without the old one', async (t) => {
  const [oldKey, newKey] = [randomBytes(32), randomBytes(32)];
  const keys = (...list: Buffer[]) => ({ LATCHKEY_MASTER_KEY: list.map((key) => key.toString('base64')).join() });
  const before = await build(t, { env: keys(oldKey) });
  const user = await registerUser(before);
  const { secret, recoveryCodes } = await setUpTotp(before, user);
  const logsIn = async (app: TestApp, code: string) => {
    await forgetStep(app, user);
    return (await sendCode(app, await beginLogin(app, user), code)).statusCode;
  };
  const during = await build(t, { beside: before, env: keys(newKey, oldKey) });
  t.equal(await logsIn(during, codeOf(secret)), 200);
  t.equal(await logsIn(during, recoveryCodes[0]!), 200);
  const { signal } = new AbortController();
  const masterKey = new MasterKey([newKey, oldKey]);
  const { totp_factors: resealed } = await resealAll({ db: during.app.db, masterKey, signal, patienceMs: 60_000 });
  t.same(resealed, { resealed: 1, unreadable: 0 });
  const after = await build(t, { beside: before, env: keys(newKey) });
  t.equal(await logsIn(after, codeOf(secret)), 200);
  t.equal(await logsIn(after, recoveryCodes[1]!), 200);
  t.equal((await send(after, 'login', { email: user.email, password: PASSWORD })).statusCode, 200);
});
