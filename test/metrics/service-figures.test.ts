import t from 'tap';
import { build } from '../support/build-app.ts';
import type { TestApp } from '../support/build-app.ts';
import { createClient, makeEmail, PASSWORD, registerUser } from '../support/factories.ts';
import { registerPending, send, waitForMail } from '../support/accounts.ts';
import { insertUnmatchableSecrets, keepFlooding } from '../support/flood.ts';
import { holdLock, waitForLockWaiters } from '../support/database-session.ts';
import { check, forgeSecret, makeSecretId } from '../support/machines.ts';
import { figuresWhen, readFigures } from '../support/metrics.ts';

/** More than wait for argon2 at once, however fast the machine takes them away. */
const FLOOD = 1200;
const OPERATOR = { METRICS_PORT: '1' };

void t.test('argon2: what runs, what waits in which lane, and what was refused', async (t) => {
  // Dearer than usual: a fast machine would be done with what comes before it is looked at.
  const costs = { LATCHKEY_SECRET_COST: '8192,1,1', LATCHKEY_PASSWORD_COST: '19456,2,1' };
  const test = await build(t, { env: { ...OPERATOR, ...costs } });
  const user = await registerUser(test);
  const client = await createClient(test, user);
  const lookupIds = Array.from({ length: FLOOD }, makeSecretId);
  await insertUnmatchableSecrets(test, user.organizationId, lookupIds);
  const figures = async () => {
    const read = await readFigures(test);
    return {
      running: read.get('latchkey_argon2_running'),
      waiting: read.get('latchkey_argon2_waiting', { lane: 'secret' }),
      passwordsWaiting: read.get('latchkey_argon2_waiting', { lane: 'password' }),
      refused: read.get('latchkey_argon2_refused_total', { lane: 'secret' }),
      passwordsRefused: read.get('latchkey_argon2_refused_total', { lane: 'password' }),
    };
  };
  const idle = { running: 0, waiting: 0, passwordsWaiting: 0, refused: 0, passwordsRefused: 0 };
  t.same(await figures(), idle);

  const flood = keepFlooding(
    lookupIds.map((id) => () => check(test, forgeSecret(client.client_secret, { id }))),
    ({ statusCode }) => statusCode === 503,
  );
  await figuresWhen(
    test,
    (read) =>
      Number(read.get('latchkey_argon2_refused_total', { lane: 'secret' })) > 0 &&
      Number(read.get('latchkey_argon2_running')) > 0 &&
      Number(read.get('latchkey_argon2_waiting', { lane: 'secret' })) > 0,
  );
  const statuses = (await flood.stop()).map(({ statusCode }) => statusCode);
  const overloaded = statuses.filter((status) => status === 503).length;
  t.ok(overloaded > 0);
  t.same(await figures(), { ...idle, refused: overloaded }, 'as many as were answered 503');

  await seeLoginsWait(test);
  t.same(await figures(), { ...idle, refused: overloaded });
});

void t.test('the database’s connections: busy and idle ones, and who waits for one', async (t) => {
  const test = await build(t, { env: { ...OPERATOR, DATABASE_POOL_MAX: '2' } });
  const user = await registerUser(test);
  const held = await holdLock(test, 'lock table mails in access exclusive mode');
  const blocked = Array.from({ length: 5 }, () => send(test, 'forgot-password', { email: user.email }));
  await waitForLockWaiters(test, 2);
  const figures = await figuresWhen(test, (read) => Number(read.get('latchkey_database_pool_waiting_queries')) >= 3);
  t.same(figures.table('latchkey_database_pool_connections'), { busy: 2 });
  t.equal(figures.get('latchkey_database_pool_max_connections'), 2);
  await held.commit();
  await Promise.all(blocked);
  const after = await figuresWhen(
    test,
    (read) => read.get('latchkey_database_pool_connections', { state: 'busy' }) === 0,
  );
  t.equal(after.get('latchkey_database_pool_waiting_queries'), 0);
  t.ok(Number(after.get('latchkey_database_pool_connections', { state: 'idle' })) > 0);
});

void t.test('state reads: how many credentials shared a query', async (t) => {
  const test = await build(t);
  const user = await registerUser(test);
  const before = await readFigures(test);
  await check(test, forgeSecret(user.apiKey, {}));
  const one = (await readFigures(test)).since(before);
  const name = 'latchkey_state_read_batch_size';
  t.equal(one[`${name}_bucket{"kind":"secret","le":"1"}`], 1);
  t.equal(one[`${name}_sum{"kind":"secret"}`], 1);

  await Promise.all(Array.from({ length: 40 }, () => check(test, forgeSecret(user.apiKey, {}))));
  const all = (await readFigures(test)).since(before);
  t.equal(all[`${name}_sum{"kind":"secret"}`], 41, 'each is in one query');
  t.ok(Number(all[`${name}_count{"kind":"secret"}`]) < 41, 'and fewer queries than credentials were sent');
  t.equal(all[`${name}_sum{"kind":"access_token"}`], undefined);
});

void t.test('states: how many were remembered, how many were read, and how often all were forgotten', async (t) => {
  const test = await build(t);
  const user = await registerUser(test);
  const before = await readFigures(test);
  const figures = async () => {
    const since = (await readFigures(test)).since(before);
    return {
      remembered: since['latchkey_state_answers_total{"source":"memory"}'],
      read: since['latchkey_state_answers_total{"source":"database"}'],
      forgotten: since['latchkey_state_memory_forgotten_total{}'],
      asked: since['latchkey_state_read_batch_size_sum{"kind":"remembered"}'],
    };
  };
  t.equal((await check(test, user.apiKey)).statusCode, 200);
  const first = { remembered: 1, read: 1, forgotten: undefined, asked: 1 };
  t.same(await figures(), first, 'read before argon2, and still the same after it');
  await Promise.all([check(test, user.apiKey), check(test, user.apiKey)]);
  t.same(await figures(), { ...first, remembered: 3, asked: 3 });
  await test.query('update state_changes set nonce = gen_random_uuid()');
  t.equal((await check(test, user.apiKey)).statusCode, 200);
  t.same(await figures(), { remembered: 3, read: 2, forgotten: 1, asked: 4 });
});

void t.test('mail: what was sent, what fails, what is refused and what waits', async (t) => {
  const mailTimes = { retryDelaysMs: [20] as const, pollIntervalMs: 50 };
  const test = await build(t, { env: { METRICS_PORT: '1' }, mailTimes });
  const attempts = async () => (await readFigures(test)).table('latchkey_mail_attempts_total');
  const { email } = await registerPending(test);
  await waitForMail(test);
  t.same(await attempts(), { sent: 1 });
  await send(test, 'forgot-password', { email: makeEmail() });
  await waitForMail(test);
  t.same(await attempts(), { sent: 1 }, 'a decoy is no mail');

  test.smtp.behave('refuse-temporarily');
  await test.query(`update one_time_codes set sent_at = sent_at - interval '2 minutes'`);
  await send(test, 'resend-otp', { email });
  const stuck = await figuresWhen(
    test,
    (read) => Number(read.get('latchkey_mail_attempts_total', { outcome: 'failed' })) > 1,
  );
  t.equal(stuck.get('latchkey_mail_outbox_mails'), 1);
  t.ok(Number(stuck.get('latchkey_mail_outbox_oldest_seconds')) > 0);
  await test.query(`update mails set created_at = created_at - interval '5 minutes'`);
  t.ok(Number((await readFigures(test)).get('latchkey_mail_outbox_oldest_seconds')) >= 300);

  test.smtp.behave('refuse-permanently');
  await waitForMail(test);
  t.match(await attempts(), { sent: 1, refused: 1 });
  const empty = await readFigures(test);
  t.equal(empty.get('latchkey_mail_outbox_mails'), 0);
  t.equal(empty.get('latchkey_mail_outbox_oldest_seconds'), 0);

  test.smtp.behave('refuse-temporarily');
  await test.query(`update one_time_codes set sent_at = sent_at - interval '2 minutes'`);
  await send(test, 'resend-otp', { email });
  await figuresWhen(test, (read) => read.get('latchkey_mail_outbox_mails') === 1);
  await test.query('update mails set expires_at = now()');
  await figuresWhen(test, (read) => read.get('latchkey_mails_expired_total') === 1);
});

/** Logs in until logins are seen waiting, a few at a time: a look may come when those before it have been answered. */
async function seeLoginsWait(test: TestApp): Promise<void> {
  let underWay: Promise<unknown> | undefined;
  await figuresWhen(test, (read) => {
    if (Number(read.get('latchkey_argon2_waiting', { lane: 'password' })) > 0) return true;
    underWay ??= Promise.all(
      Array.from({ length: 8 }, () => send(test, 'login', { email: makeEmail(), password: PASSWORD })),
    ).finally(() => {
      underWay = undefined;
    });
    return false;
  });
  await underWay;
}
