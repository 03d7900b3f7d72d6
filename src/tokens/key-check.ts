import { connectOnce } from '../db/migrate.ts';
import type { MasterKey } from '../master-key.ts';
import { openSigningKey } from './key-ring.ts';

/**
 * Refuses a master key that cannot open what is stored, before a migration or anything else writes to the database. A
 * database without keys takes any.
 * @throws KeyRingError when a stored key was sealed under another master key
 * @throws MigrationError when the server cannot be reached
 */
export async function requireMasterKey(databaseUrl: string, masterKey: MasterKey): Promise<void> {
  const client = await connectOnce(databaseUrl);
  try {
    const { rows: tables } = await client.query<{ exists: boolean }>(
      "select to_regclass('signing_keys') is not null as exists",
    );
    if (tables[0]?.exists !== true) return;
    const { rows } = await client.query<{ sealed_private_key: string }>('select sealed_private_key from signing_keys');
    for (const row of rows) openSigningKey(masterKey, row.sealed_private_key);
  } finally {
    await client.end().catch(() => undefined);
  }
}
