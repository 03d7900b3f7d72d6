import type { Db } from '../db/client.ts';
import { peppers } from '../db/tables/peppers.ts';

export interface StoredPepper {
  version: string;
  sealedPepper: string;
}

export type PepperRepository = ReturnType<typeof createPepperRepository>;

export function createPepperRepository(db: Db) {
  return {
    async list(): Promise<StoredPepper[]> {
      return db.select({ version: peppers.version, sealedPepper: peppers.sealedPepper }).from(peppers);
    },

    /** Stores those whose version is not there yet. */
    async insertMissing(added: StoredPepper[]): Promise<void> {
      await db.insert(peppers).values(added).onConflictDoNothing();
    },
  };
}
