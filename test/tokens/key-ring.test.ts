import { createPublicKey, randomBytes } from 'node:crypto';
import { mock } from 'node:test';
import { sql } from 'drizzle-orm';
import { calculateJwkThumbprint } from 'jose';
import t from 'tap';
import type { Test } from 'tap';
import { createDb, createPool } from '../../src/db/client.ts';
import type { Db } from '../../src/db/client.ts';
import { MasterKey, WrongMasterKeyError } from '../../src/master-key/master-key.ts';
import { KeyRing, KeyRingError } from '../../src/tokens/key-ring.ts';
import { createSigningKeyRepository, listSigningKeys } from '../../src/tokens/signing-key-repository.ts';
import { waitFor } from '../support/build-app.ts';
import { pemOf, plantRsaKey, takeRsaKey } from '../support/signing-keys.ts';
import { openTestDatabase } from '../support/test-database.ts';
import { useTestClock } from '../support/test-clock.ts';

const INTERVAL_MS = 5_000;
const published = { algorithm: 'RS256', publicKeyPem: 'BEGIN PUBLIC KEY' };

void t.test('the first start makes a key and stores it sealed, and a later one takes it up again', async (t) => {
  const { db, countKeys, query } = await open(t);
  const masterKey = makeMasterKey();
  const first = await start(db, masterKey);
  t.equal(await countKeys(), 1);
  const again = await start(db, masterKey);
  t.equal(await countKeys(), 1);
  t.same(again.current, first.current);
  t.same(again.jwks, first.jwks);

  const [jwk] = first.jwks.keys;
  t.equal(jwk?.kid, await calculateJwkThumbprint({ kty: 'RSA', n: jwk?.n ?? '', e: jwk?.e ?? '' }));
  t.equal(Buffer.from(jwk?.n ?? '', 'base64url').length, 256, '2048 bits');

  const [row] = await query<{ text: string }>('select to_jsonb(signing_keys)::text as text from signing_keys');
  const secretPart = pemOf(first.current).split('\n')[3] ?? '';
  t.ok(secretPart.length >= 60);
  t.notOk(row?.text.includes(secretPart));
  t.notOk(row?.text.includes('PRIVATE'));
});

void t.test('ten processes that start at once on an empty database agree on one key', async (t) => {
  const { databaseUrl, countKeys } = await open(t);
  const masterKey = makeMasterKey();
  let reads = 0;
  const onRead = () => (reads += 1);
  const connect = () => {
    const pool = createPool({ databaseUrl, poolMax: 1 });
    // Dropping the database may be quicker than the last connections are to close.
    pool.on('error', () => undefined);
    t.teardown(() => pool.end());
    return createDb(pool);
  };
  const slow = Array.from({ length: 2 }, async () => start(connect(), masterKey, { onRead }));
  await waitFor(() => reads >= slow.length || undefined);
  // Each of these has its key already, so that all store theirs in the same moment, while the first two still make one.
  const quick = Array.from({ length: 8 }, async () => {
    const db = connect();
    await plantRsaKey(db, masterKey);
    return start(db, masterKey);
  });
  const rings = await Promise.all([...slow, ...quick]);
  t.equal(await countKeys(), 1);
  t.equal(new Set(rings.map((ring) => ring.current.kid)).size, 1);
  t.equal(new Set(rings.map((ring) => pemOf(ring.current))).size, 1);
});

void t.test('a key that is stored while a reader begins may sign, for a reader that sees it', async (t) => {
  const { db } = await open(t);
  const masterKey = makeMasterKey();
  // The time of a statement is that of its arrival, and what it sees is of a moment later.
  await db.transaction(async (tx) => {
    await tx.execute(sql`select`);
    await db.execute(sql`select pg_sleep(0.002)`);
    await plantRsaKey(db, masterKey);
    t.match(await listSigningKeys(tx), [{ isActive: true }]);
  });
});

void t.test('a key of another process', async (t) => {
  const { db, query } = await open(t);
  const masterKey = makeMasterKey();
  const clock = { ms: Date.now() };
  const reads = { count: 0 };
  await plantRsaKey(db, masterKey);
  const ring = await start(db, masterKey, { now: () => clock.ms, reads });
  const old = ring.current.kid;

  await t.test('is not looked for again within five seconds, however many ask', async (t) => {
    const added = await insertKey(query, masterKey, { isRetired: true });
    reads.count = 0;
    clock.ms += INTERVAL_MS - 1;
    const found = await Promise.all(Array.from({ length: 50 }, () => ring.findPublicKey(added)));
    t.same(new Set(found), new Set([undefined]));
    t.equal(reads.count, 0);

    clock.ms += 1;
    const wanted = Array.from({ length: 50 }, (_, i) => ring.findPublicKey(i === 0 ? added : `made-up-${i}`));
    const keys = await Promise.all(wanted);
    t.match(keys[0], published);
    t.same(new Set(keys.slice(1)), new Set([undefined]));
    t.equal(reads.count, 1);
    for (let i = 0; i < 10; i += 1) t.equal(await ring.findPublicKey(`made-up-again-${i}`), undefined);
    t.equal(reads.count, 1);
  });

  await t.test('takes over the signing when it is the current one, and the retired one still verifies', async (t) => {
    await query('update signing_keys set retired_at = now() where retired_at is null');
    const added = await insertKey(query, masterKey, { isRetired: false });
    clock.ms += INTERVAL_MS;
    t.match(await ring.findPublicKey(added), published);
    t.equal(ring.current.kid, added);
    t.match(await ring.findPublicKey(old), published);
    t.same(ring.jwks.keys.map(({ kid }) => kid).includes(old), true);
    t.equal(ring.jwks.keys[0]?.kid, added, 'the newest first');
    t.equal(ring.jwks.keys.length, 3);
  });

  await t.test('is found at the next look when one has failed', async (t) => {
    const added = await insertKey(query, masterKey, { isRetired: true });
    clock.ms += INTERVAL_MS;
    await query('alter table signing_keys rename to elsewhere');
    await t.rejects(ring.findPublicKey(added));
    t.match(await ring.findPublicKey(old), published, 'what is known goes on working');
    await query('alter table elsewhere rename to signing_keys');
    t.match(await ring.findPublicKey(added), published);
  });
});

void t.test('a rotation', async (t) => {
  const { db, pool, query, countKeys } = await open(t);
  const masterKey = makeMasterKey();
  await plantRsaKey(db, masterKey);
  const ring = await start(db, masterKey);
  const old = ring.current.kid;
  const kids = () => ring.jwks.keys.map(({ kid }) => kid);

  await t.test('publishes the new key at once and goes on signing with the old one', async (t) => {
    const added = await ring.rotate();
    t.same(kids(), [added, old]);
    t.equal(ring.current.kid, old);
    const [row] = await query<{ minutes: number }>(
      'select extract(epoch from activates_at - now())::float8 / 60 as minutes from signing_keys where kid = $1',
      [added],
    );
    t.ok(row !== undefined && row.minutes > 5, 'longer than a verifier may keep the key set');

    await query("update signing_keys set activates_at = date_trunc('milliseconds', now()) where kid = $1", [added]);
    t.equal((await start(db, masterKey)).current.kid, added);
  });

  await t.test('signs with the new key at once where that is asked for', async (t) => {
    const added = await ring.rotate(0);
    t.equal(ring.current.kid, added);
    t.ok(kids().includes(old), 'tokens of the first key can still be verified');
  });

  await t.test('of many at the same time makes one key, and the others are told so', async (t) => {
    const before = await countKeys();
    const other = await pool.connect();
    await other.query('begin');
    await other.query('select from signing_keys where retired_at is null for update');
    const rotations = Array.from({ length: 4 }, async () => ring.rotate(0));
    await waitFor(async () => {
      const waiting = await query(
        `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      );
      return waiting.length === rotations.length || undefined;
    });
    await other.query('commit');
    other.release();
    const added = (await Promise.all(rotations)).filter((kid) => kid !== null);
    t.equal(added.length, 1);
    t.equal(await countKeys(), Number(before) + 1);
    t.same(await query('select kid from signing_keys where retired_at is null'), [{ kid: added[0] }]);
    t.equal(ring.current.kid, added[0]);
  });

  await t.test('fails with the database, and the ring goes on as before', async (t) => {
    const { kid } = ring.current;
    await query('alter table signing_keys rename to elsewhere');
    await t.rejects(ring.rotate());
    await query('alter table elsewhere rename to signing_keys');
    t.equal(ring.current.kid, kid);
  });
});

void t.test('a key that is to sign at once does so in the same instant', async (t) => {
  const { databaseUrl } = await open(t);
  const pool = createPool({ databaseUrl, poolMax: 1 });
  t.teardown(() => pool.end());
  const db = createDb(pool);
  const repository = createSigningKeyRepository(db);
  const key = { algorithm: 'RS256', publicJwk: { kty: 'RSA', n: 'n', e: 'e' }, sealedPrivateKey: 'x' } as const;
  // As if the clock of Postgres stood still: every second moment would be rounded into the future.
  for (let i = 0; i < 10; i += 1) {
    await db.execute(sql`begin`);
    await repository.insertFirst({ kid: 'first', ...key });
    t.match(await repository.list(), [{ kid: 'first', isActive: true }]);
    await db.execute(sql`rollback`);
  }
});

void t.test('a ring reads the keys once a minute until it is stopped', async (t) => {
  useTestClock(t, 'setInterval');
  const { db, query } = await open(t);
  const masterKey = makeMasterKey();
  const faults: unknown[] = [];
  const reads = { count: 0 };
  await plantRsaKey(db, masterKey);
  const ring = await start(db, masterKey, { reads, onError: (err) => faults.push(err) });
  const added = await insertKey(query, masterKey, { isRetired: true });
  mock.timers.tick(60_000);
  await waitFor(() => ring.jwks.keys.some(({ kid }) => kid === added) || undefined);

  await query('alter table signing_keys rename to elsewhere');
  mock.timers.tick(60_000);
  await waitFor(() => faults.length === 1 || undefined);
  t.equal(ring.jwks.keys.length, 2, 'what is known goes on working');
  await query('alter table elsewhere rename to signing_keys');

  ring.stop();
  reads.count = 0;
  mock.timers.tick(600_000);
  t.equal(reads.count, 0);
});

void t.test('another master key', async (t) => {
  const { db, query } = await open(t);
  const key = randomBytes(32);
  await plantRsaKey(db, new MasterKey([key]));
  const { kid } = (await start(db, new MasterKey([key]))).current;
  const dump = () => query('select * from signing_keys');
  const before = await dump();

  await t.test('stops the start and writes nothing', async (t) => {
    await t.rejects(start(db, makeMasterKey()), WrongMasterKeyError);
    await t.rejects(start(db, makeMasterKey()), /LATCHKEY_MASTER_KEY/);
    t.same(await dump(), before);
  });

  await t.test('is fine in front of the old one', async (t) => {
    t.equal((await start(db, new MasterKey([randomBytes(32), key]))).current.kid, kid);
    t.same(await dump(), before);
  });

  await t.test('is what a changed row looks like', async (t) => {
    await query("update signing_keys set sealed_private_key = left(sealed_private_key, -2) || 'xx'");
    await t.rejects(start(db, new MasterKey([key])), KeyRingError);
  });
});

void t.test('a ring that was not started does not sign', async (t) => {
  const { db } = await open(t);
  const repository = createSigningKeyRepository(db);
  const ring = new KeyRing({
    repository,
    masterKey: makeMasterKey(),
    now: Date.now,
    onError: rethrow,
    onForeignKeys: rethrow,
  });
  t.throws(() => ring.current, /not started/);
  t.same(ring.jwks, { keys: [] });
});

function makeMasterKey(): MasterKey {
  return new MasterKey([randomBytes(32)]);
}

/** Those that read their keys every so often. */
const started: KeyRing[] = [];

async function open(t: Test) {
  const { databaseUrl, pool, db } = await openTestDatabase(t, { poolMax: 6 });
  // Before their pool is closed.
  t.teardown(async () => {
    for (const ring of started.splice(0)) ring.stop();
  });
  const query = async <Row extends object>(text: string, values: unknown[] = []) =>
    (await pool.query(text, values)).rows as Row[];
  return {
    databaseUrl,
    db,
    pool,
    query,
    countKeys: async () => (await query<{ n: number }>('select count(*)::int as n from signing_keys'))[0]?.n,
  };
}

interface StartOptions {
  now?: () => number;
  onError?: (err: unknown) => void;
  /** Counts how often the keys are read. */
  reads?: { count: number };
  /** Told when they have been read. */
  onRead?: () => void;
}

async function start(db: Db, masterKey: MasterKey, options: StartOptions = {}): Promise<KeyRing> {
  const { now = Date.now, onError = rethrow, reads = { count: 0 }, onRead } = options;
  const repository = createSigningKeyRepository(db);
  const list = async () => {
    reads.count += 1;
    const rows = await repository.list();
    onRead?.();
    return rows;
  };
  const ring = new KeyRing({
    repository: { ...repository, list },
    masterKey,
    now,
    onError,
    onForeignKeys: () => undefined,
  });
  await ring.start();
  started.push(ring);
  return ring;
}

function rethrow(err: unknown): never {
  throw err;
}

type Query = Awaited<ReturnType<typeof open>>['query'];

/** A key as another process, which has the same master key, stores it. */
async function insertKey(query: Query, masterKey: MasterKey, { isRetired }: { isRetired: boolean }): Promise<string> {
  const privateKey = await takeRsaKey();
  const { kty = '', n = '', e = '' } = createPublicKey(privateKey).export({ format: 'jwk' });
  const kid = await calculateJwkThumbprint({ kty, n, e });
  const sealed = masterKey.seal('signing-key', pemOf({ privateKey }));
  await query(
    `insert into signing_keys (kid, public_jwk, sealed_private_key, activates_at, retired_at)
     values ($1, $2, $3, now() - case when $4 then interval '1 day' else '0' end, case when $4 then now() end)`,
    [kid, { kty, n, e }, sealed, isRetired],
  );
  return kid;
}
