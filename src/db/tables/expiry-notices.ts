import { index, pgTable, primaryKey, smallint, uuid } from 'drizzle-orm/pg-core';
import { createdAt, moment } from './columns.ts';

/**
 * Which ends people were told of, so that each is told once, whichever process does it. Another end of the same thing is
 * told anew, a day later at the soonest.
 */
export const expiryNotices = pgTable(
  'expiry_notices',
  {
    /** The row id of an API client or a secret, which may be gone. */
    subjectId: uuid('subject_id').notNull(),
    expiresAt: moment('expires_at').notNull(),
    daysBefore: smallint('days_before').notNull(),
    createdAt: createdAt(),
  },
  (table) => [
    primaryKey({
      name: 'expiry_notices__pkey',
      columns: [table.subjectId, table.expiresAt, table.daysBefore],
    }),
    index('expiry_notices__expires_at_idx').on(table.expiresAt),
  ],
);
