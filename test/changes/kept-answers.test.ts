import { randomBytes } from 'node:crypto';
import t from 'tap';
import { MasterKey } from '../../src/master-key/master-key.ts';
import { resealAll } from '../../src/master-key/reseal.ts';
import { openTwofold, sealTwofold, digestBrought } from '../../src/master-key/twofold-seal.ts';
import { deleteLeftovers } from '../../src/plugins/maintenance.ts';
import { leftovers } from '../../src/services.ts';
import { build } from '../support/build-app.ts';
import type { TestApp } from '../support/build-app.ts';
import { registerUser } from '../support/factories.ts';
import type { TestUser } from '../support/factories.ts';
import { dumpTables } from '../support/leak-hunt.ts';
import { makeRetryKey, postOnce } from '../support/retries.ts';

const fields = { name: 'Backend', environment: 'live', permissions: ['api.read'] };

function make(test: TestApp, { organizationId, token }: TestUser, key: string) {
  return postOnce(test, `/auth/v2/organizations/${organizationId}/api-clients/`, { token, key, body: fields });
}

const toText = (key: Buffer) => key.toString('base64');

void t.test('a copy of every table opens no answer, nor does it with the master key', async (t) => {
  const test = await build(t);
  const user = await registerUser(test);
  const key = makeRetryKey();
  const answer = await make(test, user, key);
  const { client_secret: secret } = JSON.parse(answer.body) as { client_secret: string };
  const dump = (await dumpTables(test)).map(({ text }) => text).join('\n');
  for (const hidden of [secret, secret.slice(-49, -6), key]) t.notOk(dump.includes(hidden));

  const [row] = await test.query<{ sealed_answer: string; digest: string }>('select * from kept_answers');
  const masterKey = new MasterKey(test.config.masterKeys);
  const context = ['idempotency-key', user.userId, user.organizationId];
  t.match(openTwofold(masterKey, { secret: key, context }, row!.sealed_answer), secret, 'its caller opens it');
  t.equal(digestBrought(masterKey, { secret: key, context }).toString('base64url'), row!.digest);
  for (const purpose of ['signing-key', 'mail', 'pepper'] as const) {
    t.throws(() => masterKey.unseal(purpose, row!.sealed_answer));
  }
  const known = [...dump.matchAll(/[\w.+/=@$-]{4,}/g)].map(([text]) => text);
  const guesses = [...new Set(['', ...known, ...test.config.masterKeys.map(toText)])];
  t.ok(guesses.length > 50);
  const opened = guesses.filter((guess) => {
    try {
      return openTwofold(masterKey, { secret: guess, context }, row!.sealed_answer) !== '';
    } catch {
      return false;
    }
  });
  t.same(opened, [], 'nothing that is stored is the key');
  const stranger = new MasterKey([randomBytes(32)]);
  t.throws(() => openTwofold(stranger, { secret: key, context }, row!.sealed_answer), 'nor the key alone');
  t.throws(() => openTwofold(masterKey, { secret: key, context: [...context, ''] }, row!.sealed_answer));
  const changed = row!.sealed_answer.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'));
  t.throws(() => openTwofold(masterKey, { secret: key, context }, `${changed}AA`));
});

void t.test('the same text sealed twice is another one, and an answer of a key is bound to its owner', async (t) => {
  const masterKey = new MasterKey([randomBytes(32)]);
  const brought = { secret: makeRetryKey(), context: ['idempotency-key', 'a', 'bc'] };
  t.not(sealTwofold(masterKey, brought, 'x'), sealTwofold(masterKey, brought, 'x'));
  const moved = { ...brought, context: ['idempotency-key', 'ab', 'c'] };
  t.notSame(digestBrought(masterKey, brought), digestBrought(masterKey, moved));
  t.throws(() => openTwofold(masterKey, moved, sealTwofold(masterKey, brought, 'x')));
});

void t.test('an answer is kept for a day, and then its key is new', async (t) => {
  const test = await build(t);
  const user = await registerUser(test);
  const key = makeRetryKey();
  const first = await make(test, user, key);
  await test.query(`update kept_answers set expires_at = expires_at - interval '23 hours 59 minutes'`);
  await deleteLeftovers(test.app, leftovers);
  t.same(await make(test, user, key), { ...first, replayed: 'true' });
  await test.query(`update kept_answers set expires_at = expires_at - interval '1 minute'`);
  const second = await make(test, user, key);
  t.same([second.statusCode, second.replayed], [201, undefined], 'also before it was cleaned up');
  t.same(await make(test, user, key), { ...second, replayed: 'true' });
  await test.query(`update kept_answers set expires_at = now() - interval '1 second'`);
  await deleteLeftovers(test.app, leftovers);
  t.same(await test.query('select * from kept_answers'), []);
});

void t.test('429 with Retry-After when a user has kept too many or too much; others are not concerned', async (t) => {
  const test = await build(t);
  const [user, other] = [await registerUser(test), await registerUser(test)];
  const fill = async (count: number, answer: string) =>
    test.query(
      `insert into kept_answers (digest, user_id, sealed_answer, expires_at)
       select 'd' || i, $1, ${answer}, now() + interval '1 hour' from generate_series(1, ${count}) i`,
      [user.userId],
    );
  const key = makeRetryKey();
  const first = await make(test, user, key);
  for (const [count, answer] of [
    [10_000, `'x'`],
    [65, `repeat(md5(i::text), 32 * 1024)`],
  ] as const) {
    await fill(count, answer);
    const url = `/auth/v2/organizations/${user.organizationId}/api-clients/`;
    const headers = { 'idempotency-key': makeRetryKey() };
    const full = await test.request('POST', url, { token: user.token, body: fields, headers });
    t.equal(full.statusCode, 429);
    const seconds = Number(full.headers['retry-after']);
    t.ok(seconds > 3000 && seconds <= 3600, String(seconds));
    t.same(await make(test, user, key), { ...first, replayed: 'true' }, 'what was kept is still given');
    t.equal((await make(test, other, makeRetryKey())).statusCode, 201);
    t.equal((await test.request('POST', url, { token: user.token, body: fields })).statusCode, 201, 'without a key');
    await test.query(`delete from kept_answers where digest ~ '^d[0-9]+$'`);
    t.equal((await make(test, user, makeRetryKey())).statusCode, 201);
  }
});

void t.test('a key is good over a replacement of the master key, in every process and at every step', async (t) => {
  const [oldKey, newKey] = [randomBytes(32), randomBytes(32)];
  const keyring = (...keys: Buffer[]) => ({ env: { LATCHKEY_MASTER_KEY: keys.map(toText).join() } });
  const before = await build(t, keyring(oldKey));
  const user = await registerUser(before);
  const step = async (...keys: Buffer[]) => build(t, { beside: before, ...keyring(...keys) });
  const keys = Array.from({ length: 3 }, makeRetryKey);
  const answers = [await make(before, user, keys[0]!)];

  const first = await step(oldKey, newKey);
  const second = await step(newKey, oldKey);
  answers.push(await make(first, user, keys[1]!), await make(second, user, keys[2]!));
  t.same(
    answers.map(({ statusCode, replayed }) => [statusCode, replayed]),
    Array.from({ length: 3 }, () => [201, undefined]),
  );
  const replaysOf = async (test: TestApp) => Promise.all(keys.map((key) => make(test, user, key)));
  const expected = answers.map((answer) => ({ ...answer, replayed: 'true' }));
  for (const test of [first, second]) t.same(await replaysOf(test), expected);

  const masterKey = new MasterKey([newKey, oldKey]);
  await resealAll({ db: second.app.db, masterKey, signal: new AbortController().signal, patienceMs: 1_000 });
  t.same(await replaysOf(await step(newKey)), expected, 'without the old key');
});
