import { index, pgTable, uuid } from 'drizzle-orm/pg-core';
import { moment } from './columns.ts';

/** Access tokens that were revoked by themselves, until they would have expired anyway. */
export const revokedAccessTokens = pgTable(
  'revoked_access_tokens',
  {
    jti: uuid('jti').primaryKey(),
    expiresAt: moment('expires_at').notNull(),
  },
  (table) => [index('revoked_access_tokens__expires_at_idx').on(table.expiresAt)],
);
