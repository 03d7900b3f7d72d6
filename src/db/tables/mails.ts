import { sql } from 'drizzle-orm';
import { check, index, integer, pgTable, text } from 'drizzle-orm/pg-core';
import { createdAt, moment, recordId } from './columns.ts';

/**
 * Mail that a committed change owes somebody. The whole message is sealed under the master key, because it carries a
 * code; a row goes away when the mail was handed over or is no longer of use.
 */
export const mails = pgTable(
  'mails',
  {
    id: recordId(),
    sealedMessage: text('sealed_message').notNull(),
    attempts: integer('attempts').notNull().default(0),
    /** How often all of it was handed over and no answer came, so that it may have been sent. */
    doubts: integer('doubts').notNull().default(0),
    nextAttemptAt: moment('next_attempt_at').notNull().defaultNow(),
    expiresAt: moment('expires_at').notNull(),
    createdAt: createdAt(),
  },
  (table) => [
    check('mails__attempts_check', sql`${table.attempts} >= 0`),
    check('mails__doubts_check', sql`${table.doubts} >= 0`),
    index('mails__next_attempt_at_idx').on(table.nextAttemptAt),
  ],
);
