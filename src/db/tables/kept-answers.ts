import { sql } from 'drizzle-orm';
import { check, index, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { createdAt, moment } from './columns.ts';

/**
 * Answers to changes whose callers may send the request again under the same `Idempotency-Key`. Each is sealed under that
 * key and the master key: whoever has this table and the master key opens none. No foreign keys: a row is of use for a day,
 * and a reference would lock the rows of users and organizations at the end of every change.
 */
export const keptAnswers = pgTable(
  'kept_answers',
  {
    /** Keyed digest of the caller's key, its user and its organization. */
    digest: text('digest').primaryKey(),
    userId: uuid('user_id').notNull(),
    sealedAnswer: text('sealed_answer').notNull(),
    createdAt: createdAt(),
    expiresAt: moment('expires_at').notNull(),
  },
  (table) => [
    check('kept_answers__sealed_answer_check', sql`octet_length(${table.sealedAnswer}) <= 1048576`),
    index('kept_answers__expires_at_idx').on(table.expiresAt),
    index('kept_answers__user_id_expires_at_idx').on(table.userId, table.expiresAt),
  ],
);
