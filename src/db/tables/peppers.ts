import { sql } from 'drizzle-orm';
import { check, pgTable, text } from 'drizzle-orm/pg-core';
import { createdAt } from './columns.ts';

/**
 * The pepper of every master key that secrets were hashed under, sealed under the current one. A hash cannot be brought
 * to another pepper without the plain secret, so a pepper outlives its master key.
 */
export const peppers = pgTable(
  'peppers',
  {
    version: text('version').primaryKey(),
    sealedPepper: text('sealed_pepper').notNull(),
    createdAt: createdAt(),
  },
  (table) => [check('peppers__version_check', sql`${table.version} ~ '^[A-Za-z0-9_-]{8}$'`)],
);
