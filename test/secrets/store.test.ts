import { randomBytes } from 'node:crypto';
import t from 'tap';
import { RefusalPace } from '../../src/secrets/refusal-pace.ts';
import { build, waitFor } from '../support/build-app.ts';
import type { TestApp } from '../support/build-app.ts';
import { holdLock, waitForLockWaiters } from '../support/database-session.ts';
import type { TestClient } from '../support/factories.ts';
import { createClient, registerUser } from '../support/factories.ts';
import { check, clientPath, forgeSecret, regenerate } from '../support/machines.ts';
import { occupy, openStore } from '../support/secret-tools.ts';

interface Stored {
  hash: string;
  pepper_version: string;
}

const test = await build(t);
const owner = await registerUser(test);

const send = (method: 'DELETE' | 'PATCH', { client_id }: TestClient, body?: object) =>
  test.request(method, clientPath(owner, client_id), { token: owner.token, ...(body === undefined ? {} : { body }) });
/** As a request with `x-api-key` does. */
const present = (secret: string) => ({
  credential: { kind: 'secret' as const, secret, clientId: undefined },
  address: '127.0.0.1',
});
const pause = (client: TestClient) => send('PATCH', client, { status: 'paused' });
const expire = ({ client_id }: TestClient) =>
  test.query('update api_clients set expires_at = now() - make_interval(secs => 0.001) where client_id = $1', [
    client_id,
  ]);

async function readStored({ query }: TestApp, { client_secret_hint }: TestClient): Promise<Stored> {
  const [row] = await query<Stored>('select hash, pepper_version from secrets where hint = $1', [client_secret_hint]);
  return row!;
}

void t.test(
  'a new secret is of the configured prefix and environment, and only its hash is in the record',
  async (t) => {
    const { store } = openStore(t, test, { concurrency: 1, queueMax: 0 });
    const { plain, record } = await store.mint('staging');
    t.match(plain, /^lk_staging_[0-9A-Za-z]{71}$/);
    t.equal(record.lookupId, plain.slice('lk_staging_'.length).slice(0, 22));
    t.equal(record.hint, plain.slice(-4));
    t.match(record.hash, /^\$argon2id\$v=19\$m=64,t=1,p=1\$/);
    t.notOk(JSON.stringify(record).includes(plain.slice(-49, -6)));
  },
);

void t.test(
  'only a comparison takes argon2: what is refused without one is refused while the gate is full',
  async (t) => {
    const { store, gate } = openStore(t, test, { concurrency: 1, queueMax: 0 });
    const [good, paused, expired] = [
      await createClient(test, owner),
      await createClient(test, owner),
      await createClient(test, owner),
    ];
    await pause(paused);
    await expire(expired);
    const { client_secret: secret } = good;
    const wrong = forgeSecret(secret, { keepId: true });

    const release = occupy(gate);
    for (const [text, refusal] of [
      ['', 'malformed secret'],
      [secret.slice(0, -1), 'malformed secret'],
      [forgeSecret(secret, { keepId: false }), 'unknown secret'],
      [paused.client_secret, 'client paused'],
      [expired.client_secret, 'expired'],
    ] as const) {
      t.match(await store.check(present(text)), { isValid: false, refusal });
    }
    await t.rejects(store.check(present(secret)), { code: 'overloaded' });
    await t.rejects(store.check(present(wrong)), { code: 'overloaded' });
    await t.rejects(store.mint('live'), { code: 'overloaded' });
    await release();

    t.match(await store.check(present(secret)), { isValid: true, state: { clientId: good.client_id } });
    t.match(await store.check(present(wrong)), { isValid: false, refusal: 'wrong secret' });
    const releaseAgain = occupy(gate);
    t.match(await store.check(present(secret)), { isValid: true }, 'a known match costs nothing');
    await t.rejects(store.check(present(wrong)), { code: 'overloaded' }, 'a wrong one is compared each time');
    await releaseAgain();
  },
);

for (const [name, end, refusal] of [
  ['deleted', (client: TestClient) => send('DELETE', client), 'revoked while it was checked'],
  [
    'regenerated away',
    ({ client_id }: TestClient) => regenerate(test, owner, { clientId: client_id }),
    'revoked while it was checked',
  ],
  ['paused', pause, 'client paused'],
  ['expired', expire, 'expired'],
] as const) {
  void t.test(`a secret that is ${name} while its comparison waits is refused`, async (t) => {
    const { store, gate } = openStore(t, test, { concurrency: 1, queueMax: 1 });
    const client = await createClient(test, owner);
    const release = occupy(gate);
    const answer = store.check(present(client.client_secret));
    await waitFor(() => (gate.waiting === 1 ? true : undefined));
    await end(client);
    await release();
    t.match(await answer, { isValid: false, refusal });
  });
}

void t.test('what is remembered of a secret does not outlive it: a restored row is compared anew', async (t) => {
  const { store } = openStore(t, test, { concurrency: 1, queueMax: 1 });
  const [one, other] = [await createClient(test, owner), await createClient(test, owner)];
  t.match(await store.check(present(one.client_secret)), { isValid: true });
  const { hash } = await readStored(test, other);
  await test.query('update secrets set hash = $2 where hint = $1', [one.client_secret_hint, hash]);
  t.match(await store.check(present(one.client_secret)), { isValid: false, refusal: 'wrong secret' });
});

void t.test('a hash of another cost is accepted, and replaced on the way', async (t) => {
  const client = await createClient(test, owner);
  const before = await readStored(test, client);
  const later = await build(t, { beside: test, env: { LATCHKEY_SECRET_COST: '2048,2,1' } });
  t.equal((await check(later, client.client_secret)).statusCode, 200);
  const after = await waitFor(async () => {
    const stored = await readStored(test, client);
    return stored.hash === before.hash ? undefined : stored;
  });
  t.match(after.hash, /^\$argon2id\$v=19\$m=2048,t=2,p=1\$/);
  t.equal((await check(later, client.client_secret)).statusCode, 200);
  t.equal((await check(test, client.client_secret)).statusCode, 200, 'a process with the older settings takes it too');
  t.equal((await check(later, forgeSecret(client.client_secret, { keepId: true }))).statusCode, 401);
});

void t.test('after a change of the cost one hash is replaced at a time, and no check waits for it', async (t) => {
  const clients = await Promise.all(Array.from({ length: 4 }, () => createClient(test, owner)));
  const before = new Set(await Promise.all(clients.map(async (client) => (await readStored(test, client)).hash)));
  const later = await build(t, { beside: test, env: { LATCHKEY_SECRET_COST: '2048,2,1' } });
  // The first one to be replaced is held up, so that the others come meanwhile.
  const lock = await holdLock(test, 'select from secrets where hint = $1 for update', [clients[0]!.client_secret_hint]);
  t.equal((await check(later, clients[0]!.client_secret)).statusCode, 200);
  await waitForLockWaiters(test);
  for (const { client_secret: secret } of clients.slice(1)) t.equal((await check(later, secret)).statusCode, 200);
  await lock.commit();
  const stored = async () => Promise.all(clients.map(async (client) => (await readStored(test, client)).hash));
  await waitFor(async () => (before.has((await stored())[0]!) ? undefined : true));
  t.equal((await stored()).filter((hash) => before.has(hash)).length, 3);
  for (const { client_secret: secret } of clients) t.equal((await check(later, secret)).statusCode, 200);
});

void t.test('a wrong secret does not replace a hash of another cost', async (t) => {
  const client = await createClient(test, owner);
  const before = await readStored(test, client);
  const later = await build(t, { beside: test, env: { LATCHKEY_SECRET_COST: '2048,1,1' } });
  t.equal((await check(later, forgeSecret(client.client_secret, { keepId: true }))).statusCode, 401);
  await later.app.close();
  t.same(await readStored(test, client), before);
});

void t.test(
  'after a change of the master key old secrets work, move to the new pepper, and outlive the old key',
  async (t) => {
    const first = await build(t);
    const user = await registerUser(first);
    const [used, unused] = [await createClient(first, user), await createClient(first, user)];
    const { pepper_version: oldVersion } = await readStored(first, used);
    const oldKey = first.config.masterKeys[0].toString('base64');
    const newKey = randomBytes(32).toString('base64');

    const both = await build(t, { beside: first, env: { LATCHKEY_MASTER_KEY: `${newKey},${oldKey}` } });
    t.equal((await check(both, used.client_secret)).statusCode, 200);
    await waitFor(async () => {
      const { pepper_version: version } = await readStored(first, used);
      return version === oldVersion ? undefined : version;
    });
    t.equal((await readStored(first, unused)).pepper_version, oldVersion);
    t.equal((await check(both, used.client_secret)).statusCode, 200);

    // They are sealed under the old key as well, and would keep the new one from starting alone.
    await first.query('delete from signing_keys');
    await first.query('delete from peppers');
    const onlyNew = await build(t, { beside: first, env: { LATCHKEY_MASTER_KEY: newKey } });
    t.equal((await check(onlyNew, used.client_secret)).statusCode, 200);
    const refused = await check(onlyNew, unused.client_secret);
    t.equal(refused.statusCode, 401);
    t.ok(onlyNew.logs.some((line) => line.includes('"reason":"wrong secret"')));
  },
);

void t.test('a hash that cannot be replaced goes on working, and the log says so without the secret', async (t) => {
  const first = await build(t);
  const user = await registerUser(first);
  const client = await createClient(first, user);
  await first.query(
    `create trigger keep_hash before update of hash on secrets for each row execute function refuse_change()`,
  );
  const later = await build(t, { beside: first, env: { LATCHKEY_SECRET_COST: '2048,1,1' } });
  t.equal((await check(later, client.client_secret)).statusCode, 200);
  const line = await waitFor(() => later.logs.find((text) => text.includes('could not be rehashed')));
  t.notOk(line.includes(client.client_secret));
  t.notOk(line.includes('$argon2id$'));
  t.equal((await check(later, client.client_secret)).statusCode, 200);
});

void t.test('the prefix is configurable, and a secret of another prefix is malformed', async (t) => {
  const acme = await build(t, { env: { LATCHKEY_SECRET_PREFIX: 'acme' } });
  const user = await registerUser(acme);
  const { client_secret: secret } = await createClient(acme, user);
  t.match(secret, /^acme_live_[0-9A-Za-z]{71}$/);
  t.equal((await check(acme, secret)).statusCode, 200);
  const other = await build(t, { beside: acme, env: { LATCHKEY_SECRET_PREFIX: 'lk' } });
  t.equal((await check(other, secret)).statusCode, 401);
});

void t.test('a refusal waits for those before it, and a good secret waits for none', async (t) => {
  const due: (() => void)[] = [];
  const pace = new RefusalPace({ schedule: (callback) => due.push(callback) });
  const { store } = openStore(t, test, { concurrency: 1, queueMax: 1, pace });
  const { client_secret: good } = await createClient(test, owner);
  t.match(await store.check(present('')), { refusal: 'malformed secret' });
  let isAnswered = false;
  const second = store.check(present('')).finally(() => {
    isAnswered = true;
  });
  t.match(await store.check(present(good)), { isValid: true });
  t.notOk(isAnswered);
  for (const callback of due) callback();
  t.match(await second, { refusal: 'malformed secret' });
});
