import { sql } from 'drizzle-orm';
import { jsonb, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core';
import { createdAt, moment } from './columns.ts';

/**
 * RS256 key pairs; the private half sealed under the master key. The newest active one signs. Those of other algorithms
 * are in `access_token_keys`.
 */
export const signingKeys = pgTable(
  'signing_keys',
  {
    kid: text('kid').primaryKey(),
    publicJwk: jsonb('public_jwk').$type<object>().notNull(),
    sealedPrivateKey: text('sealed_private_key').notNull(),
    createdAt: createdAt(),
    /** From when on it signs. Published before that, so that verifiers know it when they meet it. */
    activatesAt: moment('activates_at').notNull().defaultNow(),
    /** When its successor was made. It signs until that one activates, and verifies until its last token is out. */
    retiredAt: moment('retired_at'),
  },
  (table) => [
    // Ten processes may start on an empty database at once: this index lets one of their keys win.
    uniqueIndex('signing_keys__current_key')
      .on(sql`(true)`)
      .where(sql`${table.retiredAt} is null`),
  ],
);
