import { sql } from 'drizzle-orm';
import { check, foreignKey, index, integer, pgTable, text, unique, uuid } from 'drizzle-orm/pg-core';
import type { PgTableExtraConfigValue } from 'drizzle-orm/pg-core';
import { createdAt, moment, recordId, updatedAt } from './columns.ts';
import { organizations } from './organizations.ts';

export const environments = ['live', 'staging'] as const;
export type Environment = (typeof environments)[number];

export const clientStatuses = ['active', 'paused'] as const;
export type ClientStatus = (typeof clientStatuses)[number];

/** Machine identities. `client_id`, which an imported one brings along, environment and organization never change (trigger in migrations/0001). */
export const apiClients = pgTable(
  'api_clients',
  {
    id: recordId(),
    clientId: text('client_id').notNull(),
    organizationId: uuid('organization_id').notNull(),
    applicationId: uuid('application_id'),
    name: text('name').notNull(),
    description: text('description'),
    environment: text('environment', { enum: environments }).notNull(),
    permissions: text('permissions').array().notNull(),
    allowedRedirectUrls: text('allowed_redirect_urls')
      .array()
      .notNull()
      .default(sql`'{}'`),
    /** As `canonicalAddressRange` writes them; none sets no bounds. */
    allowedIps: text('allowed_ips')
      .array()
      .notNull()
      .default(sql`'{}'`),
    status: text('status', { enum: clientStatuses }).notNull().default('active'),
    expiresAt: moment('expires_at'),
    lastUsedAt: moment('last_used_at'),
    /** When it will be paused for not having been used, as it was announced; means nothing once it has been used again. */
    unusedPauseAt: moment('unused_pause_at'),
    /** A user, who may be gone. */
    createdBy: uuid('created_by'),
    version: integer('version').notNull().default(1),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table): PgTableExtraConfigValue[] => [
    foreignKey({
      name: 'api_clients__organization_id_fkey',
      columns: [table.organizationId],
      foreignColumns: [organizations.id],
    }).onDelete('cascade'),
    unique('api_clients__client_id_key').on(table.clientId),
    unique('api_clients__id_application_id_key').on(table.id, table.applicationId),
    // Both columns together: a client's application is always one of its own organization.
    foreignKey({
      name: 'api_clients__application_id_organization_id_fkey',
      columns: [table.applicationId, table.organizationId],
      foreignColumns: [applications.id, applications.organizationId],
    }).onDelete('cascade'),
    check('api_clients__client_id_check', sql`${table.clientId} ~ '^[A-Za-z0-9_-][A-Za-z0-9._~-]{2,127}$'`),
    check('api_clients__environment_check', sql`${table.environment} in ('live', 'staging')`),
    check('api_clients__status_check', sql`${table.status} in ('active', 'paused')`),
    check('api_clients__permissions_check', sql`cardinality(${table.permissions}) >= 1`),
    index('api_clients__organization_id_id_idx').on(table.organizationId, table.id),
    // What few have: lists of them are read without a look at the others.
    index('api_clients__organization_id_expires_at_idx')
      .on(table.organizationId, table.expiresAt)
      .where(sql`${table.expiresAt} is not null`),
    // For lists with a filter, in their order.
    index('api_clients__environment_organization_id_id_idx').on(table.environment, table.organizationId, table.id),
    index('api_clients__status_organization_id_id_idx').on(table.status, table.organizationId, table.id),
    index('api_clients__application_id_organization_id_id_idx').on(table.applicationId, table.organizationId, table.id),
    // For lists of what few may do. There is one of names as well, where there are trigrams (migration index_searches).
    index('api_clients__permissions_idx').using('gin', table.permissions),
    index('api_clients__no_application_idx')
      .on(table.organizationId, table.id)
      .where(sql`${table.applicationId} is null`),
    index('api_clients__expires_at_idx')
      .on(table.expiresAt)
      .where(sql`${table.expiresAt} is not null`),
  ],
);

/**
 * What bounds the number of an organization's API clients, so that a quota is looked at without counting them: as many as
 * there were when they were last counted, and all that came since. A trigger notes what comes. What goes is left to the next
 * count, which a creation takes where the bound says that there is no room (migrations/0030). Not in the organization's own
 * row, which everything reads.
 */
export const apiClientCounts = pgTable(
  'api_client_counts',
  {
    organizationId: uuid('organization_id').primaryKey(),
    /** Null as long as nobody has counted; then nothing is noted either. */
    counted: integer('counted'),
    addedSince: integer('added_since').notNull(),
  },
  (table) => [
    foreignKey({
      name: 'api_client_counts__organization_id_fkey',
      columns: [table.organizationId],
      foreignColumns: [organizations.id],
    }).onDelete('cascade'),
  ],
);

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
