import { sql } from 'drizzle-orm';
import { pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core';
import { createdAt, moment } from './columns.ts';

/**
 * Key pairs that sign access tokens by another algorithm than RS256; the private half sealed under the master key. Apart
 * from `signing_keys`, because releases that know RS256 alone read every row of that table.
 */
export const accessTokenKeys = pgTable(
  'access_token_keys',
  {
    kid: text('kid').primaryKey(),
    /** A release passes over those it does not know. */
    algorithm: text('algorithm').notNull(),
    sealedPrivateKey: text('sealed_private_key').notNull(),
    createdAt: createdAt(),
    /** As in `signing_keys`. */
    activatesAt: moment('activates_at').notNull().defaultNow(),
    retiredAt: moment('retired_at'),
  },
  (table) => [
    // Of processes that make the first key of an algorithm at once, one wins.
    uniqueIndex('access_token_keys__algorithm_key')
      .on(table.algorithm)
      .where(sql`${table.retiredAt} is null`),
  ],
);
