import { desc, isNull, sql } from 'drizzle-orm';
import type { Db } from '../db/client.ts';
import { signingKeys } from '../db/tables/signing-keys.ts';

export interface StoredSigningKey {
  kid: string;
  publicJwk: { kty: string; n: string; e: string };
  sealedPrivateKey: string;
  isCurrent: boolean;
}

export type SigningKeyRepository = ReturnType<typeof createSigningKeyRepository>;

export function createSigningKeyRepository(db: Db) {
  return {
    /** Every key that is published, the newest first. */
    async list(): Promise<StoredSigningKey[]> {
      return db
        .select({
          kid: signingKeys.kid,
          publicJwk: signingKeys.publicJwk,
          sealedPrivateKey: signingKeys.sealedPrivateKey,
          isCurrent: sql<boolean>`${isNull(signingKeys.retiredAt)}`,
        })
        .from(signingKeys)
        .orderBy(desc(signingKeys.createdAt));
    },

    /** Stores a key as the current one unless there is one already: of many starters, one wins. */
    async insertFirst(key: Omit<StoredSigningKey, 'isCurrent'>): Promise<void> {
      await db.insert(signingKeys).values(key).onConflictDoNothing();
    },
  };
}
