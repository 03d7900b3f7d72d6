import type { Db } from '../db/client.ts';
import { revokedAccessTokens } from '../db/tables/revoked-access-tokens.ts';

export type RevokedTokenRepository = ReturnType<typeof createRevokedTokenRepository>;

export function createRevokedTokenRepository(db: Db) {
  return {
    /** Revoking twice is the same as once. */
    async insert({ jti, expiresAt }: { jti: string; expiresAt: Date }): Promise<void> {
      await db.insert(revokedAccessTokens).values({ jti, expiresAt }).onConflictDoNothing();
    },
  };
}
