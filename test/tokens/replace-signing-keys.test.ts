import { randomBytes } from 'node:crypto';
import t from 'tap';
import type { Test } from 'tap';
import { MasterKey } from '../../src/master-key/master-key.ts';
import { KeyRing } from '../../src/tokens/key-ring.ts';
import { createSigningKeyRepository } from '../../src/tokens/signing-key-repository.ts';
import { waitFor } from '../support/build-app.ts';
import { plantRsaKey } from '../support/signing-keys.ts';
import { openTestDatabase } from '../support/test-database.ts';

async function open(t: Test) {
  const { pool, db } = await openTestDatabase(t, { poolMax: 8 });
  const masterKey = new MasterKey([randomBytes(32)]);
  const repository = createSigningKeyRepository(db);
  await plantRsaKey(db, masterKey);
  const start = async () => {
    const ring = new KeyRing({
      repository,
      masterKey,
      now: Date.now,
      onError: () => undefined,
      onForeignKeys: () => undefined,
    });
    await ring.start();
    t.teardown(async () => {
      ring.stop();
    });
    return ring;
  };
  const listKids = async () =>
    (await pool.query<{ kid: string }>('select kid from signing_keys')).rows.map(({ kid }) => kid);
  return { start, listKids, repository, pool };
}

void t.test('a replaced key neither signs nor verifies, and nor does one that was waiting for its time', async (t) => {
  const { start, listKids, repository } = await open(t);
  const ring = await start();
  const stolen = ring.current.kid;
  const waiting = await ring.rotate();
  const kid = await ring.replaceAll();
  t.same(await listKids(), [kid]);
  t.equal(ring.current.kid, kid);
  t.equal(await ring.findPublicKey(stolen), undefined);
  t.equal(await ring.findPublicKey(String(waiting)), undefined);
  t.equal((await start()).current.kid, kid);
  t.match(await repository.listNewest(), [{ kid, algorithm: 'RS256', signsFrom: /^\d{4}-\d\d-\d\dT/ }]);
});

void t.test('replaced by many at once, and rotated meanwhile, one key of a replacement is left to sign', async (t) => {
  const { start, pool } = await open(t);
  const ring = await start();
  const stolen = ring.current.kid;
  const others = await Promise.all([start(), start()]);
  const holder = await pool.connect();
  await holder.query('begin');
  await holder.query('select from signing_keys for update');
  const replacements = [ring, ...others].map((each) => each.replaceAll());
  const rotations = others.map((each) => each.rotate());
  await waitFor(async () => {
    const { rowCount } = await pool.query(
      `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
    return rowCount === replacements.length + rotations.length || undefined;
  });
  await holder.query('commit');
  holder.release();
  const made = await Promise.all(replacements);
  await Promise.all(rotations);
  const { kid } = (await start()).current;
  t.not(kid, stolen);
  t.ok(made.includes(kid));
  const { rows } = await pool.query('select kid from signing_keys where retired_at is null');
  t.equal(rows.length, 1);
});

void t.test('a replacement fails with the database, and the ring goes on as before', async (t) => {
  const { start, pool } = await open(t);
  const ring = await start();
  const { kid } = ring.current;
  await pool.query('alter table signing_keys rename to elsewhere');
  await t.rejects(ring.replaceAll());
  await pool.query('alter table elsewhere rename to signing_keys');
  t.equal(ring.current.kid, kid);
});
