import { randomBytes } from 'node:crypto';
import t from 'tap';
import { migrateDatabase } from '../../src/db/migrate.ts';
import { MasterKey, WrongMasterKeyError } from '../../src/master-key/master-key.ts';
import { requireMasterKey } from '../../src/master-key/key-check.ts';
import { KeyRing } from '../../src/tokens/key-ring.ts';
import { createSigningKeyRepository } from '../../src/tokens/signing-key-repository.ts';
import { openTestDatabase } from '../support/test-database.ts';

void t.test('the master key is checked before anything is written', async (t) => {
  const { databaseUrl, pool, db } = await openTestDatabase(t, { poolMax: 1, isEmpty: true });
  const key = randomBytes(32);
  const isEmpty = async () => {
    const { rows } = await pool.query<{ n: number }>(
      "select count(*)::int as n from pg_class where relnamespace = 'public'::regnamespace",
    );
    return rows[0]?.n === 0;
  };

  await t.test('a database without tables takes any, and has none afterwards', async (t) => {
    await t.resolves(requireMasterKey(databaseUrl, new MasterKey([randomBytes(32)])));
    t.ok(await isEmpty());
  });

  await t.test('a migrated database without keys takes any', async (t) => {
    await migrateDatabase(databaseUrl);
    await t.resolves(requireMasterKey(databaseUrl, new MasterKey([randomBytes(32)])));
  });

  await t.test('a database with keys takes the right one, first in the list or behind another', async (t) => {
    const repository = createSigningKeyRepository(db);
    const ring = new KeyRing({
      repository,
      masterKey: new MasterKey([key]),
      now: Date.now,
      onError: rethrow,
      onForeignKeys: rethrow,
    });
    await ring.start();
    ring.stop();
    await t.resolves(requireMasterKey(databaseUrl, new MasterKey([key])));
    await t.resolves(requireMasterKey(databaseUrl, new MasterKey([randomBytes(32), key])));
  });

  await t.test('a database with keys refuses all others and says what to do', async (t) => {
    const wrong = new MasterKey([randomBytes(32), randomBytes(32)]);
    await t.rejects(requireMasterKey(databaseUrl, wrong), WrongMasterKeyError);
    await t.rejects(requireMasterKey(databaseUrl, wrong), /LATCHKEY_MASTER_KEY.*list it behind the new one/);
  });

  await t.test('retired keys count too', async (t) => {
    await pool.query('update signing_keys set retired_at = now()');
    await t.rejects(requireMasterKey(databaseUrl, new MasterKey([randomBytes(32)])), WrongMasterKeyError);
  });
});

function rethrow(err: unknown): never {
  throw err;
}
