import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mock } from 'node:test';
import { CompactSign } from 'jose';
import t from 'tap';
import type { Test } from 'tap';
import { createDb, createPool } from '../../src/db/client.ts';
import { MasterKey, WrongMasterKeyError } from '../../src/master-key/master-key.ts';
import type { SigningAlgorithm } from '../../src/rules/signing-algorithms.ts';
import { readAuditHead } from '../../src/tokens/audit-heads.ts';
import { KeyRing, KeyRingError } from '../../src/tokens/key-ring.ts';
import type { ForeignKey } from '../../src/tokens/key-ring.ts';
import { sealSigningKey } from '../../src/tokens/signing-key.ts';
import { createSigningKeyRepository } from '../../src/tokens/signing-key-repository.ts';
import { waitFor } from '../support/build-app.ts';
import { pemOf, plantSigningKeys } from '../support/signing-keys.ts';
import { openTestDatabase } from '../support/test-database.ts';
import { useTestClock } from '../support/test-clock.ts';

interface Row extends Record<string, unknown> {
  kid: string;
}

/** @param planted the algorithm of a first start that has been; of a database that is still empty, none */
async function open(t: Test, planted?: SigningAlgorithm) {
  const { databaseUrl, pool, db } = await openTestDatabase(t, { poolMax: 4 });
  const masterKeys = [randomBytes(32)] as const;
  const masterKey = new MasterKey(masterKeys);
  if (planted !== undefined) await plantSigningKeys(pool, { masterKeys, accessTokenAlgorithm: planted });
  const foreign: ForeignKey[] = [];
  const make = (algorithm: SigningAlgorithm, on = db) =>
    new KeyRing({
      repository: createSigningKeyRepository(on),
      masterKey,
      now: Date.now,
      accessTokenAlgorithm: algorithm,
      onError: () => undefined,
      onForeignKeys: (keys) => foreign.splice(0, Infinity, ...keys),
    });
  const start = async (algorithm: SigningAlgorithm, on = db) => {
    const ring = make(algorithm, on);
    await ring.start();
    t.teardown(async () => {
      ring.stop();
    });
    return ring;
  };
  const query = async (text: string, values: unknown[] = []) => (await pool.query<Row>(text, values)).rows;
  /** Puts a key that was sealed here where it does not belong, or does. */
  const insert = async (algorithm: string, sealed: { kid: string; sealedPrivateKey: string }) =>
    query('insert into access_token_keys (kid, algorithm, sealed_private_key, retired_at) values ($1, $2, $3, now())', [
      sealed.kid,
      algorithm,
      sealed.sealedPrivateKey,
    ]);
  return { databaseUrl, db, pool, masterKey, foreign, make, start, query, insert };
}

void t.test('on an empty database the first key of each algorithm signs at once', async (t) => {
  const { start, query } = await open(t);
  const ring = await start('ES256');
  t.match(ring.current, { algorithm: 'RS256' });
  t.match(ring.accessTokenKey, { algorithm: 'ES256' });
  t.same(ring.accessTokenAlgorithms, ['RS256', 'ES256']);
  t.same((await start('ES256')).accessTokenKey.kid, ring.accessTokenKey.kid);
  const [row] = await query('select to_jsonb(access_token_keys)::text as kid from access_token_keys');
  t.notOk(row?.kid.includes('PRIVATE'), 'the private key is stored sealed');
  t.notOk(row?.kid.includes(pemOf(ring.accessTokenKey).split('\n')[1] ?? ''));
});

void t.test('ten processes that start at once agree on one key of their algorithm', async (t) => {
  const { databaseUrl, start, query } = await open(t, 'RS256');
  const rings = await Promise.all(
    Array.from({ length: 10 }, async () => {
      const pool = createPool({ databaseUrl, poolMax: 1 });
      // Dropping the database may be quicker than the last connections are to close.
      pool.on('error', () => undefined);
      t.teardown(() => pool.end());
      return start('EdDSA', createDb(pool));
    }),
  );
  t.equal((await query('select kid from access_token_keys')).length, 1);
  t.same(new Set(rings.map(({ accessTokenKey }) => accessTokenKey.algorithm)), new Set(['RS256']), 'for six minutes');
});

void t.test('a rotation makes a key of every algorithm that there are keys of', async (t) => {
  const { start } = await open(t, 'ES256');
  await start('ES256');
  const ring = await start('EdDSA');
  const old = new Set(ring.jwks.keys.map(({ kid }) => kid));
  const rs256 = await ring.rotate();
  t.notOk(old.has(String(rs256)));
  const added = ring.jwks.keys.filter(({ kid }) => !old.has(kid)).map(({ alg }) => alg);
  t.same(added.sort(), ['ES256', 'EdDSA', 'RS256']);
  t.ok(old.has(ring.current.kid), 'the old ones sign until the new ones do');
  await ring.rotate(0);
  t.notOk(old.has(ring.current.kid));
  t.match(ring.accessTokenKey, { algorithm: 'EdDSA' });
  t.notOk(old.has(ring.accessTokenKey.kid));
  t.equal((await ring.findPublicKey([...old][0] ?? ''))?.algorithm !== undefined, true, 'and verify after that');
});

void t.test('a replacement leaves one key of every algorithm, which signs at once', async (t) => {
  const { start, query } = await open(t, 'ES256');
  const ring = await start('ES256');
  const stolen = ring.accessTokenKey.kid;
  await ring.replaceAll();
  t.not(ring.accessTokenKey.kid, stolen);
  t.match(ring.accessTokenKey, { algorithm: 'ES256' });
  t.equal(await ring.findPublicKey(stolen), undefined);
  t.same(await query('select kid from access_token_keys'), [{ kid: ring.accessTokenKey.kid }]);
});

void t.test(
  'a key that cannot be stored for another reason than a rotation at the same time is a failure',
  async (t) => {
    const { start, db } = await open(t, 'ES256');
    await start('ES256');
    const repository = createSigningKeyRepository(db);
    const before = await repository.list();
    const twice = before.map((key) => ({ ...key, publicJwk: { kty: 'RSA' } }));
    await t.rejects(repository.insertNext(twice, 0), { cause: { constraint: /_keys_pkey$/ } });
    t.same(
      (await repository.list()).map(({ kid }) => kid),
      before.map(({ kid }) => kid),
    );
  },
);

void t.test('the newest keys are told with when they sign, RS256 first', async (t) => {
  const { start, db } = await open(t, 'EdDSA');
  await start('EdDSA');
  const ring = await start('ES256');
  await ring.rotate();
  t.match(await createSigningKeyRepository(db).listNewest(), [
    { algorithm: 'RS256', signsFrom: /^\d{4}-\d\d-\d\dT.*Z$/ },
    { algorithm: 'ES256', signsFrom: /^\d{4}-\d\d-\d\dT.*Z$/ },
    { algorithm: 'EdDSA', signsFrom: /^\d{4}-\d\d-\d\dT.*Z$/ },
  ]);
});

void t.test('a process whose key somebody took away signs with RS256, and makes another one', async (t) => {
  useTestClock(t, 'setInterval');
  const { start, query } = await open(t, 'ES256');
  const ring = await start('ES256');
  const { kid } = ring.accessTokenKey;
  await query('delete from access_token_keys');
  mock.timers.tick(60_000);
  await waitFor(() => (ring.jwks.keys.length === 2 && ring.jwks.keys.every((key) => key.kid !== kid)) || undefined);
  t.match(ring.accessTokenKey, { algorithm: 'RS256' }, 'until others can know the new one');
  await query(`update access_token_keys set activates_at = now() - interval '1 second'`);
  mock.timers.tick(60_000);
  await waitFor(() => ring.accessTokenKey.algorithm === 'ES256' || undefined);
});

void t.test('whoever can write the database but has no master key', async (t) => {
  const { start, query, foreign, masterKey, insert } = await open(t, 'ES256');
  const ring = await start('ES256');
  const before = ring.jwks.keys.map(({ kid }) => kid).sort();
  const read = async () => (await start('ES256')).jwks.keys.map(({ kid }) => kid).sort();

  await t.test('plants no key of their own', async (t) => {
    await insert('ES256', { kid: 'planted', sealedPrivateKey: 'not sealed' });
    t.same(await read(), before);
    t.same(foreign, [{ kid: 'planted', fault: 'not sealed by this deployment' }]);
    await query(`delete from access_token_keys where kid = 'planted'`);
  });

  await t.test('makes no key one of another algorithm', async (t) => {
    const [rsa] = await query('select kid, sealed_private_key as "sealedPrivateKey" from signing_keys');
    for (const algorithm of ['ES256', 'EdDSA', 'RS256']) {
      await insert(algorithm, { kid: String(rsa?.kid), sealedPrivateKey: String(rsa?.sealedPrivateKey) });
      t.same(await read(), before, algorithm);
      const fault = algorithm === 'RS256' ? 'public key of another one' : 'key of another algorithm';
      t.same(foreign.splice(0), [{ kid: rsa?.kid, fault }]);
      await query('delete from access_token_keys where retired_at is not null');
    }
    const [own] = await query('select kid, sealed_private_key from access_token_keys');
    await query(
      `insert into signing_keys (kid, public_jwk, sealed_private_key, retired_at) values ($1, '{}', $2, now())`,
      [own?.kid, own?.sealed_private_key],
    );
    t.same(await read(), before);
    t.same(foreign.splice(0), [{ kid: own?.kid, fault: 'key of another algorithm' }]);
    await query('delete from signing_keys where retired_at is not null');
  });

  await t.test('makes none of a curve that no algorithm here takes, though it was sealed here', async (t) => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
    const sealed = await sealSigningKey(masterKey, privateKey, 'ES256');
    await insert('ES256', sealed);
    t.same(await read(), before);
    t.same(foreign.splice(0), [{ kid: sealed.kid, fault: 'key of another algorithm' }]);
    await query('delete from access_token_keys where kid = $1', [sealed.kid]);
  });

  await t.test('leaves no key at all: the start says where, and a running process signs with RS256', async (t) => {
    await query(`update access_token_keys set kid = 'moved'`);
    await t.rejects(start('ES256'), KeyRingError);
    await t.rejects(start('ES256'), /No row of access_token_keys/);
    t.match((await start('RS256')).accessTokenKey, { algorithm: 'RS256' });
    t.same(await query('select kid from access_token_keys'), [{ kid: 'moved' }]);
  });
});

void t.test('an access token key of another master key stops the start', async (t) => {
  const { start, insert } = await open(t, 'RS256');
  await start('RS256');
  const other = new MasterKey([randomBytes(32)]);
  await insert(
    'ES256',
    await sealSigningKey(other, generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey, 'ES256'),
  );
  await t.rejects(start('RS256'), WrongMasterKeyError);
});

void t.test('with the RS256 keys gone, new ones are made, whatever is left of the others', async (t) => {
  const { start, query } = await open(t, 'ES256');
  const { kid } = (await start('ES256')).accessTokenKey;
  await query('delete from signing_keys');
  const ring = await start('ES256');
  t.match(ring.current, { algorithm: 'RS256' });
  t.equal(ring.accessTokenKey.kid, kid);
});

void t.test('a head of the audit trail by a key that signs access tokens alone is refused', async (t) => {
  const { start } = await open(t, 'ES256');
  const ring = await start('ES256');
  const { kid, privateKey } = ring.accessTokenKey;
  const head = { chain: { type: 'organization', id: 'x' }, sequence: 7, hash: 'ab'.repeat(32), at: null };
  const jws = await new CompactSign(Buffer.from(JSON.stringify(head)))
    .setProtectedHeader({ alg: 'ES256', typ: 'latchkey-audit-head', kid })
    .sign(privateKey);
  await t.rejects(readAuditHead(ring, jws), /another kind/);
});
