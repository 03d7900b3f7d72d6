import { sql } from 'drizzle-orm';
import type { Db } from '../db/client.ts';
import { revokedAccessTokens } from '../db/tables/revoked-access-tokens.ts';
import type { Leftovers } from '../db/leftovers.ts';

export const revokedTokenLeftovers: Leftovers = {
  table: revokedAccessTokens,
  areOver: sql`expires_at < now() - interval '1 hour'`,
};

export type RevokedTokenRepository = ReturnType<typeof createRevokedTokenRepository>;

export function createRevokedTokenRepository(db: Db) {
  return {
    /** Revoking twice is the same as once. */
    async insert({ jti, expiresAt }: { jti: string; expiresAt: Date }): Promise<void> {
      await db.insert(revokedAccessTokens).values({ jti, expiresAt }).onConflictDoNothing();
    },
  };
}
