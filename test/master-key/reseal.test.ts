import { randomBytes } from 'node:crypto';
import t from 'tap';
import type { Test } from 'tap';
import { getTableName } from 'drizzle-orm';
import { sealedPlaces } from '../../src/master-key/sealed-places.ts';
import { createSealedRepository } from '../../src/master-key/sealed-repository.ts';
import { MasterKey } from '../../src/master-key/master-key.ts';
import { HeldRowsError, resealAll } from '../../src/master-key/reseal.ts';
import { openTestDatabase } from '../support/test-database.ts';

const [oldKey, newKey] = [randomBytes(32), randomBytes(32)];
const old = new MasterKey([oldKey]);
const masterKey = new MasterKey([newKey, oldKey]);
const nothing = { resealed: 0, unreadable: 0 };

async function open(t: Test) {
  const { pool, db } = await openTestDatabase(t, { poolMax: 4 });
  const insertMail = async (sealed: string) =>
    pool.query(`insert into mails (id, sealed_message, expires_at) values (gen_random_uuid(), $1, now())`, [sealed]);
  const { signal } = new AbortController();
  return { pool, insertMail, options: { db, masterKey, signal, patienceMs: 60_000 } };
}

/** Sealed under a caller's secret as well, so nobody else could seal them anew; peppers, which outlive master keys, open them. */
const SEALED_TWOFOLD = ['kept_answers.sealed_answer', 'refresh_tokens.sealed_successor'];

void t.test('no column that holds sealed text is left out', async (t) => {
  const { pool } = await open(t);
  const { rows } = await pool.query<{ place: string }>(
    `select table_name || '.' || column_name as place from information_schema.columns
     where table_schema = 'public' and column_name like '%sealed%' order by place`,
  );
  const places = Object.values(sealedPlaces).map(({ table, sealed }) => `${getTableName(table)}.${sealed.name}`);
  t.same(
    rows.map(({ place }) => place),
    [...places, ...SEALED_TWOFOLD].sort(),
  );
});

void t.test('everything is under the current key afterwards, with the same content, and once is enough', async (t) => {
  const { pool, insertMail, options } = await open(t);
  await pool.query('insert into peppers (version, sealed_pepper) values ($1, $2)', [
    '12345678',
    old.seal('pepper', 'p'),
  ]);
  await pool.query('insert into signing_keys (kid, public_jwk, sealed_private_key) values ($1, $2, $3)', [
    'kid',
    {},
    old.seal('signing-key', 'k'),
  ]);
  await pool.query(`insert into access_token_keys (kid, algorithm, sealed_private_key) values ('kid', 'ES256', $1)`, [
    old.seal('signing-key', 'e'),
  ]);
  await pool.query(
    `with made as (insert into users (id, email, password_hash) values (gen_random_uuid(), 'a@example.com', '') returning id)
     insert into totp_factors (user_id, sealed_secret) select id, $1 from made`,
    [old.seal('totp', 't')],
  );
  // Three batches, the last one not full, with some in between that are current already.
  for (let index = 0; index < 230; index += 1) {
    await insertMail((index % 10 === 0 ? masterKey : old).seal('mail', `mail ${index}`));
  }
  t.same(await resealAll(options), {
    peppers: { ...nothing, resealed: 1 },
    signing_keys: { ...nothing, resealed: 1 },
    access_token_keys: { ...nothing, resealed: 1 },
    audit_cuts: nothing,
    totp_factors: { ...nothing, resealed: 1 },
    mails: { ...nothing, resealed: 207 },
  });
  const alone = new MasterKey([newKey]);
  const read = async (table: string, column: string) =>
    (await pool.query<{ sealed: string }>(`select ${column} as sealed from ${table}`)).rows.map(({ sealed }) => sealed);
  t.same(
    (await read('peppers', 'sealed_pepper')).map((sealed) => alone.unseal('pepper', sealed)),
    ['p'],
  );
  t.same(
    (await read('signing_keys', 'sealed_private_key')).map((sealed) => alone.unseal('signing-key', sealed)),
    ['k'],
  );
  t.same(
    (await read('access_token_keys', 'sealed_private_key')).map((sealed) => alone.unseal('signing-key', sealed)),
    ['e'],
  );
  t.same(
    (await read('totp_factors', 'sealed_secret')).map((sealed) => alone.unseal('totp', sealed)),
    ['t'],
  );
  const mails = (await read('mails', 'sealed_message')).map((sealed) => alone.unseal('mail', sealed));
  t.same(new Set(mails), new Set(Array.from({ length: 230 }, (_, index) => `mail ${index}`)));

  const before = await read('mails', 'sealed_message');
  t.same(await resealAll(options), {
    peppers: nothing,
    signing_keys: nothing,
    access_token_keys: nothing,
    audit_cuts: nothing,
    totp_factors: nothing,
    mails: nothing,
  });
  t.same(await read('mails', 'sealed_message'), before);
});

void t.test('what no listed key opens is counted and left as it is', async (t) => {
  const { pool, insertMail, options } = await open(t);
  const foreign = new MasterKey([randomBytes(32)]).seal('mail', 'x');
  await insertMail(foreign);
  await insertMail(old.seal('signing-key', 'of another purpose'));
  await insertMail(old.seal('mail', 'good'));
  t.same((await resealAll(options)).mails, { resealed: 1, unreadable: 2 });
  const { rowCount } = await pool.query('select from mails where sealed_message = $1', [foreign]);
  t.equal(rowCount, 1);
});

void t.test('rows that somebody holds are waited for with patience, and then named', async (t) => {
  const { pool, insertMail, options } = await open(t);
  await insertMail(old.seal('mail', 'held'));
  const holder = await pool.connect();
  await holder.query('begin; select from mails for update');
  await t.rejects(resealAll({ ...options, patienceMs: 0 }), HeldRowsError);
  const patient = resealAll(options);
  await holder.query('rollback');
  holder.release();
  t.same((await patient).mails, { resealed: 1, unreadable: 0 });
});

void t.test('a mail that goes while it is being sealed anew stays gone', async (t) => {
  const { pool, insertMail, options } = await open(t);
  await insertMail(old.seal('mail', 'sent'));
  const sender = await pool.connect();
  await sender.query('begin; delete from mails');
  const running = resealAll(options);
  await sender.query('commit');
  sender.release();
  await running;
  t.equal((await pool.query('select from mails')).rowCount, 0);
});

void t.test('what was changed after it was read is left as it is now', async (t) => {
  const { pool, insertMail, options } = await open(t);
  const repository = createSealedRepository(options.db, sealedPlaces.mails);
  await insertMail(old.seal('mail', 'first'));
  const [row] = await repository.listOthers(masterKey.currentSeal, { afterKey: null, limit: 1 });
  const second = old.seal('mail', 'second');
  await pool.query('update mails set sealed_message = $1', [second]);
  t.equal(await repository.replace([{ ...row!, fresh: masterKey.seal('mail', 'first') }]), 0);
  t.same((await pool.query('select sealed_message from mails')).rows, [{ sealed_message: second }]);
});

void t.test('it ends when it is told to', async (t) => {
  const { insertMail, options } = await open(t);
  await insertMail(old.seal('mail', 'left'));
  await t.rejects(resealAll({ ...options, signal: AbortSignal.abort() }), { name: 'AbortError' });
});
