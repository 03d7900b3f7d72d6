import { connectOnce } from '../db/migrate.ts';
import type { MasterKey } from './master-key.ts';
import { openPepper } from '../secrets/peppers.ts';
import { openSigningKey } from '../tokens/key-ring.ts';

/** What is sealed for good. Mail that cannot be opened is tried again until it is of no use. */
const sealed = [
  { table: 'signing_keys', column: 'sealed_private_key', open: openSigningKey },
  { table: 'peppers', column: 'sealed_pepper', open: openPepper },
];

/**
 * Refuses a master key that cannot open what is stored, before a migration or anything else writes to the database. A
 * database without keys takes any.
 * @throws KeyRingError when a stored key, PepperError when a stored pepper was sealed under another master key
 * @throws MigrationError when the server cannot be reached
 */
export async function requireMasterKey(databaseUrl: string, masterKey: MasterKey): Promise<void> {
  const client = await connectOnce(databaseUrl);
  try {
    for (const { table, column, open } of sealed) {
      const { rows: tables } = await client.query<{ exists: boolean }>('select to_regclass($1) is not null as exists', [
        table,
      ]);
      if (tables[0]?.exists !== true) continue;
      const { rows } = await client.query<{ sealed: string }>(`select ${column} as sealed from ${table}`);
      for (const row of rows) open(masterKey, row.sealed);
    }
  } finally {
    await client.end().catch(() => undefined);
  }
}
