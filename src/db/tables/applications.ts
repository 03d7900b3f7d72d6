import { sql } from 'drizzle-orm';
import { foreignKey, index, integer, pgTable, text, unique, uuid } from 'drizzle-orm/pg-core';
import type { PgTableExtraConfigValue } from 'drizzle-orm/pg-core';
import { apiClients } from './api-clients.ts';
import { createdAt, recordId, updatedAt } from './columns.ts';
import { organizations } from './organizations.ts';

/**
 * A product that integrates. Its primary client is made in the same transaction; the foreign key that demands it is
 * deferred (migrations/0001), because each of the two rows names the other.
 */
export const applications = pgTable(
  'applications',
  {
    id: recordId(),
    organizationId: uuid('organization_id').notNull(),
    primaryClientId: uuid('primary_client_id').notNull(),
    name: text('name').notNull(),
    websiteUrl: text('website_url'),
    redirectUris: text('redirect_uris')
      .array()
      .notNull()
      .default(sql`'{}'`),
    termsUrl: text('terms_url'),
    privacyUrl: text('privacy_url'),
    description: text('description'),
    version: integer('version').notNull().default(1),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table): PgTableExtraConfigValue[] => [
    foreignKey({
      name: 'applications__organization_id_fkey',
      columns: [table.organizationId],
      foreignColumns: [organizations.id],
    }).onDelete('cascade'),
    unique('applications__id_organization_id_key').on(table.id, table.organizationId),
    unique('applications__primary_client_id_key').on(table.primaryClientId),
    foreignKey({
      name: 'applications__primary_client_id_fkey',
      columns: [table.primaryClientId, table.id],
      foreignColumns: [apiClients.id, apiClients.applicationId],
    }),
    index('applications__organization_id_id_idx').on(table.organizationId, table.id),
  ],
);
