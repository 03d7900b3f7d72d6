import { randomBytes } from 'node:crypto';
import t from 'tap';
import type { Test } from 'tap';
import { buildApp } from '../../src/app.ts';
import { MasterKey } from '../../src/master-key/master-key.ts';
import { Argon2Gate } from '../../src/secrets/argon2-gate.ts';
import { createHasher } from '../../src/secrets/hasher.ts';
import { openPepper, PepperError, storePeppers, takeOverPeppers } from '../../src/secrets/peppers.ts';
import { requireMasterKey } from '../../src/master-key/key-check.ts';
import { testConfig } from '../support/build-app.ts';
import { openTestDatabase } from '../support/test-database.ts';

const cost = { memoryKib: 1_024, passes: 1, parallelism: 1 };

function createTestHasher(masterKey: MasterKey) {
  const gate = new Argon2Gate({ concurrency: 1, queueMax: 10 });
  return createHasher({ gate, masterKey, passwordCost: cost, secretCost: cost });
}

async function open(t: Test) {
  const { databaseUrl, pool, db } = await openTestDatabase(t, { poolMax: 4 });
  const dump = async () => (await pool.query('select * from peppers order by version')).rows as { version: string }[];
  return { databaseUrl, pool, db, dump };
}

void t.test('a secret outlives the master key it was made under', async (t) => {
  const { db, pool, dump } = await open(t);
  const [oldKey, newKey] = [randomBytes(32), randomBytes(32)];
  const stored = await createTestHasher(new MasterKey([oldKey])).hashSecret('secret');
  await storePeppers(db, new MasterKey([newKey, oldKey]));
  t.equal((await dump()).length, 2);
  const { pepper } = new MasterKey([oldKey]).currentPepper;
  const { rows } = await pool.query<{ text: string }>('select to_jsonb(peppers)::text as text from peppers');
  for (const { text } of rows) {
    for (const encoding of ['base64', 'base64url', 'hex'] as const) t.notOk(text.includes(pepper.toString(encoding)));
  }

  const alone = new MasterKey([newKey]);
  const hasher = createTestHasher(alone);
  t.match(await hasher.verifySecret(stored, 'secret'), { matches: false });
  await takeOverPeppers(db, alone);
  t.same(await hasher.verifySecret(stored, 'secret'), { matches: true, needsRehash: true });
  t.match(await hasher.verifySecret(stored, 'another'), { matches: false });
  t.not((await hasher.hashSecret('secret')).pepperVersion, stored.pepperVersion, 'nothing new is made under it');
  t.equal((await dump()).length, 2);
});

void t.test('a fault that has nothing to do with the master key is not blamed on it', async (t) => {
  t.throws(() => openPepper(new MasterKey([randomBytes(32)]), undefined as unknown as string), TypeError);
});

void t.test('of many starts at once each pepper is stored once', async (t) => {
  const { db, dump } = await open(t);
  const keys = [randomBytes(32), randomBytes(32)] as const;
  await Promise.all(Array.from({ length: 10 }, () => storePeppers(db, new MasterKey(keys))));
  t.same(
    (await dump()).map(({ version }) => version),
    new MasterKey(keys).peppers.map(({ version }) => version).sort(),
  );
});

void t.test(
  'a master key that opens the signing keys but not a pepper is refused, and nothing is written',
  async (t) => {
    const { databaseUrl, db, pool, dump } = await open(t);
    const [oldKey, newKey] = [randomBytes(32), randomBytes(32)];
    await storePeppers(db, new MasterKey([oldKey]));
    const before = await dump();
    const refusal = {
      name: 'WrongMasterKeyError',
      message: /^LATCHKEY_MASTER_KEY is not .*list it behind the new one\.$/,
    };
    await t.rejects(requireMasterKey(databaseUrl, new MasterKey([newKey])), refusal);
    await t.resolves(requireMasterKey(databaseUrl, new MasterKey([newKey, oldKey])));
    await t.rejects(takeOverPeppers(db, new MasterKey([newKey])), refusal);
    await t.rejects(buildApp({ ...testConfig(databaseUrl, { LOG_LEVEL: 'silent' }), masterKeys: [newKey] }), refusal);
    t.same(await dump(), before);
    t.equal((await pool.query('select from signing_keys')).rowCount, 0, 'no signing key either');
  },
);

void t.test(
  'a pepper that was changed or is of another purpose is refused, and no other fault is blamed on the key',
  async (t) => {
    const { db, pool } = await open(t);
    const masterKey = new MasterKey([randomBytes(32)]);
    await storePeppers(db, masterKey);
    await pool.query('update peppers set sealed_pepper = $1', [masterKey.seal('mail', 'x')]);
    await t.rejects(takeOverPeppers(db, masterKey), PepperError);
    await pool.query(`insert into peppers (version, sealed_pepper) values ('12345678', 'x')`);
    const short = pool.query(`insert into peppers (version, sealed_pepper) values ('short', 'x')`);
    await t.rejects(short, /peppers__version_check/);
    await pool.query('alter table peppers rename to elsewhere');
    await t.rejects(takeOverPeppers(db, masterKey), { cause: { message: 'relation "peppers" does not exist' } });
  },
);
