import { createHash, pbkdf2Sync, randomBytes, randomUUID } from 'node:crypto';
import bcrypt from 'bcrypt';
import t from 'tap';
import { writeCost } from '../../src/secrets/argon2-phc.ts';
import { build, waitFor } from '../support/build-app.ts';
import { registerUser } from '../support/factories.ts';
import type { TestUser } from '../support/factories.ts';
import { keepFlooding } from '../support/flood.ts';
import { importLine, importLines, lookupOf, random } from '../support/imports.ts';
import { basic } from '../support/machines.ts';
import { sendForm } from '../support/oauth.ts';
import { occupy, openStore } from '../support/secret-tools.ts';

const test = await build(t);
const owner = await registerUser(test);

const present = (secret: string, clientId?: string, address = '127.0.0.1') => ({
  credential: { kind: 'secret' as const, secret, clientId },
  address,
});

interface Moved {
  clientId: string;
  secret: string;
}

const byBcrypt = (secret: string) => bcrypt.hash(secret, 10);

/** The cheapest that is taken of a secret that may be guessed: a tenth of the others. */
function byPbkdf2(secret: string): string {
  const salt = randomBytes(16);
  const [saltText, key] = [salt, pbkdf2Sync(secret, salt, 25_000, 32, 'sha256')].map((bytes) =>
    bytes.toString('base64').replaceAll('=', ''),
  );
  return `$pbkdf2-sha256$25000$${saltText}$${key}`;
}

/** Imports a client whose secret another system hashed. */
async function moveIn(
  into: TestUser,
  more: (secret: string) => object = () => ({}),
  hashBy: (secret: string) => string | Promise<string> = byPbkdf2,
): Promise<Moved> {
  const [clientId, secret] = [`svc-${randomUUID()}`, randomBytes(32).toString('base64url')];
  const hash = await hashBy(secret);
  const { end } = await importLines(test, into, [importLine(clientId, { secret: { hash, ...more(secret) } })]);
  if (end.imported !== 1) throw new Error('not imported');
  return { clientId, secret };
}

const stored = async ({ clientId }: Moved) => {
  const [row] = await test.query<{ hash: string; pepper_version: string | null; imported_lookup: string | null }>(
    `select hash, pepper_version, imported_lookup from secrets join api_clients on api_clients.id = api_client_id
     where client_id = $1`,
    [clientId],
  );
  return row!;
};
const hashedAnew = (moved: Moved) =>
  waitFor(async () => {
    const row = await stored(moved);
    return row.pepper_version === null ? undefined : row.hash;
  });

void t.test('the first use replaces a foreign hash by one of ours, as slow as the secret may need it', async (t) => {
  const { store } = openStore(t, test, { concurrency: 2, queueMax: 10 });
  const strong = await moveIn(owner, (secret) => ({ random, lookup: lookupOf(secret) }), byBcrypt);
  const unknown = await moveIn(owner, undefined, byBcrypt);
  for (const moved of [strong, unknown]) {
    t.match(await stored(moved), { hash: /^\$2b\$10\$/, pepper_version: null });
    t.match(await store.check(present(`${moved.secret}x`, moved.clientId)), { refusal: 'wrong secret' });
    t.match(await stored(moved), { pepper_version: null });
    t.match(await store.check(present(moved.secret, moved.clientId)), {
      isValid: true,
      state: { clientId: moved.clientId },
    });
  }
  const { secretCost, passwordCost } = test.config;
  t.match(await hashedAnew(strong), writeCost(secretCost), 'as generated secrets');
  t.match(await hashedAnew(unknown), writeCost(passwordCost), 'as passwords');
  const { store: later } = openStore(t, test, { concurrency: 2, queueMax: 10 });
  for (const { secret, clientId } of [strong, unknown]) {
    t.match(await later.check(present(secret, clientId)), { isValid: true });
    t.match(await later.check(present(`${secret}x`, clientId)), { refusal: 'wrong secret' });
  }
  t.match(await later.check(present(strong.secret)), { isValid: true }, 'by its lookup as well');
  t.match(await later.check(present(unknown.secret)), { refusal: 'unknown secret' }, 'which the other has not');
});

void t.test(
  'what is stored to find a secret by is keyed: its digest finds nothing in a copy of the table',
  async (t) => {
    const moved = await moveIn(owner, (secret) => ({ random, lookup: lookupOf(secret) }));
    const { imported_lookup: lookup } = await stored(moved);
    t.match(lookup, /^[\w-]{43}$/);
    const digests = ['hex', 'base64url'].map((form) =>
      createHash('sha256')
        .update(moved.secret)
        .digest(form as 'hex')
        .slice(0, 22),
    );
    for (const digest of digests) t.notMatch(lookup, digest);
  },
);

void t.test('what begins as a secret of ours is never looked for among the imported', async (t) => {
  const { store, gate } = openStore(t, test, { concurrency: 1, queueMax: 0 });
  const { clientId } = await moveIn(owner, undefined, byBcrypt);
  const release = occupy(gate);
  const odd = ['lk_live_x', `lk_staging_${'a'.repeat(71)}`, 'short', 'x'.repeat(513), 'with\0nul-in-it'];
  for (const secret of odd)
    t.match(await store.check(present(secret, clientId)), { refusal: 'malformed secret' }, JSON.stringify(secret));
  for (const id of ['', 'no such', '../etc', 'x'.repeat(129), 'import']) {
    t.match(await store.check(present('a foreign secret', id)), { refusal: 'malformed secret' }, id);
  }
  t.match(await store.check(present('a foreign secret', randomUUID())), { refusal: 'unknown secret' });
  await t.rejects(store.check(present('a foreign secret', clientId)), { code: 'overloaded' }, 'bcrypt passes the gate');
  await release();
});

void t.test('wrong secrets for one organization take one place, and another’s is checked meanwhile', async (t) => {
  const { store, gate } = openStore(t, test, { concurrency: 3, queueMax: 50 });
  const other = await registerUser(test);
  const flooded: Moved[] = [];
  while (flooded.length < 6) flooded.push(await moveIn(owner));
  const theirs = await moveIn(other);
  let sent = 0;
  const flood = keepFlooding(
    flooded.map(({ clientId }) => async () => {
      sent += 1;
      // Each network may guess so often and no more.
      return store.check(present('a wrong secret', clientId, `10.${sent >> 8}.${sent & 255}.1`));
    }),
    () => false,
  );
  t.equal(await waitFor(() => (gate.running > 0 ? gate.running : undefined)), 1);
  t.match(await store.check(present(theirs.secret, theirs.clientId)), { isValid: true });
  await flood.stop();
  const many = Array.from({ length: 60 }, (_one, index) =>
    store.check(present(`wrong secret ${index}`, flooded[0]!.clientId)),
  );
  const refused = (await Promise.allSettled(many)).filter(({ status }) => status === 'rejected');
  t.ok(refused.length > 0, 'and no more than so many wait');
});

void t.test('who floods one client_id with wrong secrets keeps no other client of its organization out', async (t) => {
  const { store, gate } = openStore(t, test, { concurrency: 1, queueMax: 50 });
  const [flooded, other] = [await moveIn(owner), await moveIn(owner)];
  const release = occupy(gate);
  const flood = Promise.allSettled(
    Array.from({ length: 40 }, (_one, index) => store.check(present(`wrong secret ${index}`, flooded.clientId))),
  );
  await waitFor(() => (gate.waiting === 1 ? true : undefined));
  const answer = store.check(present(other.secret, other.clientId)).catch((err: unknown) => err);
  await release();
  t.match(await answer, { isValid: true });
  t.equal((await flood).filter(({ status }) => status === 'fulfilled').length, 8, 'so many wait at one secret');
});

void t.test(
  'whoever guesses at a secret of unknown strength is soon told neither yes nor no, whatever is sent',
  async (t) => {
    const { store } = openStore(t, test, { concurrency: 2, queueMax: 50 });
    const moved = await moveIn(owner);
    const [here, elsewhere] = ['192.0.2.7', '198.51.100.7'];
    t.match(await store.check(present(moved.secret, moved.clientId, here)), { isValid: true });
    const guess = (count: number, address: string) =>
      store.check(present(`wrong secret ${count}`, moved.clientId, address)).then(
        ({ isValid }) => isValid,
        (err: unknown) => (err as { code: string }).code,
      );
    const answers = [];
    for (let count = 0; count < 25; count += 1) answers.push(await guess(count, elsewhere));
    t.same([answers[0], answers.at(-1)], [false, 'overloaded']);
    const right = store.check(present(moved.secret, moved.clientId, elsewhere));
    await t.rejects(right, { code: 'overloaded' }, 'not even for the right one, which is remembered');
    t.match(await store.check(present(moved.secret, moved.clientId, here)), { isValid: true }, 'its machine goes on');

    for (let count = 0; count < 25; count += 1) await guess(count, '192.0.2.9');
    t.match(
      await store.check(present(moved.secret, moved.clientId, here)),
      { isValid: true },
      'also beside who guesses',
    );

    await test.query(
      'update secrets set last_used_ip = $1 where id = (select secrets.id from secrets join api_clients on api_clients.id = api_client_id where client_id = $2)',
      ['192.0.2.0/24', moved.clientId],
    );
    const { store: restarted } = openStore(t, test, { concurrency: 2, queueMax: 50 });
    for (let count = 0; count < 25; count += 1) {
      await restarted.check(present(`wrong secret ${count}`, moved.clientId, '192.0.2.9')).catch(() => undefined);
    }
    t.match(
      await restarted.check(present(moved.secret, moved.clientId, here)),
      { isValid: true },
      'and after a restart',
    );

    const strong = await moveIn(owner, () => ({ random }));
    for (let count = 0; count < 25; count += 1) {
      const answer = await store.check(present(`wrong secret ${count}`, strong.clientId, elsewhere));
      t.match(answer, { refusal: 'wrong secret' }, 'nobody guesses what a machine drew');
    }
  },
);

void t.test('an imported secret that was used takes turns of its own, as one of ours', async (t) => {
  const { store } = openStore(t, test, { concurrency: 2, queueMax: 10 });
  const used = [await moveIn(owner), await moveIn(owner)];
  for (const moved of used) {
    await store.check(present(moved.secret, moved.clientId));
    await hashedAnew(moved);
  }
  const { store: later, gate } = openStore(t, test, { concurrency: 1, queueMax: 10 });
  const release = occupy(gate);
  const answers = used.map(({ secret, clientId }) => later.check(present(secret, clientId)));
  const waiting = await waitFor(() => (gate.waiting === used.length ? gate.waiting : undefined));
  await release();
  t.equal(waiting, used.length);
  t.match(await Promise.all(answers), [{ isValid: true }, { isValid: true }]);
});

void t.test('an imported secret that was hashed under a pepper that is gone matches nothing', async (t) => {
  const moved = await moveIn(owner);
  const { store } = openStore(t, test, { concurrency: 1, queueMax: 0 });
  await store.check(present(moved.secret, moved.clientId));
  await hashedAnew(moved);
  await test.query(
    `update secrets set pepper_version = 'gone' where api_client_id = (select id from api_clients where client_id = $1)`,
    [moved.clientId],
  );
  const { store: later } = openStore(t, test, { concurrency: 1, queueMax: 0 });
  t.match(await later.check(present(moved.secret, moved.clientId)), { refusal: 'wrong secret' });
});

void t.test('a stored hash that cannot be compared matches nothing, and the log says so without it', async (t) => {
  const key = Buffer.alloc(32, 7).toString('base64').replace(/=+$/, '');
  const hashes = [`$argon2id$v=19$m=65536,t=1,p=1$YWJj$${key}`, `$scrypt$ln=16,r=1,p=1$c29tZXNhbHQ$${key}`, '$6$odd'];
  for (const hash of hashes) {
    const { clientId, secret } = await moveIn(owner);
    await test.query(
      'update secrets set hash = $2 where api_client_id = (select id from api_clients where client_id = $1)',
      [clientId, hash],
    );
    const before = test.logs.length;
    const headers = { authorization: basic(clientId, secret) };
    t.equal((await test.request('GET', '/auth/v2/verify/', { headers })).statusCode, 401, hash);
    const lines = test.logs.slice(before).filter((line) => line.includes('cannot be compared'));
    t.equal(lines.length, 1, hash);
    t.match(JSON.parse(lines[0] ?? '{}'), { level: 'warn', secretId: String, reason: String });
    for (const text of [secret, hash, key]) t.notOk(lines.join().includes(text));
  }
});

void t.test('every way in takes an imported secret, and every refusal is the same', async (t) => {
  const moved = await moveIn(owner, (secret) => ({ random, lookup: lookupOf(secret) }), byBcrypt);
  const unknown = `svc-${randomUUID()}`;
  const verify = (headers: Record<string, string>) => test.request('GET', '/auth/v2/verify/', { headers });
  t.equal((await verify({ authorization: basic(moved.clientId, moved.secret) })).statusCode, 200);
  t.equal((await verify({ 'x-api-key': moved.secret })).statusCode, 200);
  const refusals = [
    await verify({ authorization: basic(moved.clientId, 'a wrong secret') }),
    await verify({ authorization: basic(unknown, 'a wrong secret') }),
    await verify({ authorization: basic(owner.clientId, moved.secret) }),
    await verify({ 'x-api-key': 'a wrong secret' }),
    await verify({ 'x-api-key': 'lk_live_x' }),
  ].map((answer) => ({ statusCode: answer.statusCode, ...answer.json<object>(), request_id: null }));
  t.equal(new Set(refusals.map((one) => JSON.stringify(one))).size, 1);
  const grant = { grant_type: 'client_credentials', client_id: moved.clientId, client_secret: moved.secret };
  const issued = await sendForm(test, 'token', { form: grant });
  const { access_token: token } = issued.json<{ access_token: string }>();
  t.match((await test.request('GET', '/auth/v2/verify/', { token })).json(), { client_id: moved.clientId });
});
