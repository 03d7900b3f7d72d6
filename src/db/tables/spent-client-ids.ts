import { pgTable, text, uuid } from 'drizzle-orm/pg-core';

/**
 * The `client_id`s of API clients that are gone, and whose they were: an import of another organization does not get them.
 * Who keeps something under a `client_id` would take the one for the other. A trigger of migrations/0021 fills it.
 */
export const spentClientIds = pgTable('spent_client_ids', {
  clientId: text('client_id').primaryKey(),
  /** Which may be gone as well. */
  organizationId: uuid('organization_id').notNull(),
});
