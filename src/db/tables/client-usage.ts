import { sql } from 'drizzle-orm';
import { bigint, check, date, index, pgTable, primaryKey, uuid } from 'drizzle-orm/pg-core';

const count = (name: string) => bigint(name, { mode: 'number' }).notNull();

/**
 * Checks of credentials a day (UTC): of an API client, and summed up of its application and of its organization, so that
 * a sum is read as fast as one client's. No foreign key leads to them: the sums keep what clients did that are gone, and
 * what nobody can ask for any more goes with its age.
 */
export const clientUsage = pgTable(
  'client_usage',
  {
    /** Of an API client, an application or an organization: no id is that of two. */
    subjectId: uuid('subject_id').notNull(),
    day: date('day', { mode: 'string' }).notNull(),
    accepted: count('accepted'),
    refused: count('refused'),
  },
  (table) => [
    primaryKey({ name: 'client_usage__pkey', columns: [table.subjectId, table.day] }),
    check('client_usage__counts_check', sql`${table.accepted} >= 0 and ${table.refused} >= 0`),
    // Rows of one day lie together, so the old ones are found with next to no index.
    index('client_usage__day_idx').using('brin', table.day),
  ],
);
