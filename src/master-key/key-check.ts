import { drizzle } from 'drizzle-orm/node-postgres';
import { connectOnce } from '../db/connect-once.ts';
import { WrongMasterKeyError } from './master-key.ts';
import type { MasterKey } from './master-key.ts';
import { vitalPlaces } from './sealed-places.ts';
import { createSealedRepository } from './sealed-repository.ts';

/**
 * Refuses a master key that cannot open what is stored, before a migration or anything else writes to the database. A
 * database without keys takes any.
 * @throws WrongMasterKeyError when something vital was sealed under another master key
 * @throws DatabaseStartError when the server cannot be reached
 */
export async function requireMasterKey(databaseUrl: string, masterKey: MasterKey): Promise<void> {
  const client = await connectOnce(databaseUrl);
  try {
    const db = drizzle({ client });
    for (const place of vitalPlaces) {
      const repository = createSealedRepository(db, place);
      if (!(await repository.exists())) continue;
      const rows = await repository.list();
      if (rows.some(({ sealed }) => masterKey.isForeign(sealed))) throw new WrongMasterKeyError();
    }
  } finally {
    await client.end().catch(() => undefined);
  }
}
