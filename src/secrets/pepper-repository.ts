import { asc } from 'drizzle-orm';
import type { Db } from '../db/client.ts';
import { peppers } from '../db/tables/peppers.ts';

export interface StoredPepper {
  version: string;
  sealedPepper: string;
}

/** All of them, the oldest first. */
export async function listPeppers(db: Pick<Db, 'select'>): Promise<StoredPepper[]> {
  return db
    .select({ version: peppers.version, sealedPepper: peppers.sealedPepper })
    .from(peppers)
    .orderBy(asc(peppers.createdAt), asc(peppers.version));
}

export function createPepperRepository(db: Db) {
  return {
    /** Stores those whose version is not there yet. */
    async insertMissing(added: StoredPepper[]): Promise<void> {
      await db.insert(peppers).values(added).onConflictDoNothing();
    },
  };
}
