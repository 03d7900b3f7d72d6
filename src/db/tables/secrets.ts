import { sql } from 'drizzle-orm';
import { check, foreignKey, index, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { apiClients } from './api-clients.ts';
import { createdAt, moment, recordId } from './columns.ts';

/**
 * Hashed secrets. A revoked one is deleted, so a row is a secret that works until it expires. A client has at most one
 * without an end (its current one) and one that runs out (kept through an overlap); the two indexes say so.
 */
export const secrets = pgTable(
  'secrets',
  {
    id: recordId(),
    apiClientId: uuid('api_client_id').notNull(),
    lookupId: text('lookup_id').notNull(),
    hash: text('hash').notNull(),
    pepperVersion: text('pepper_version').notNull(),
    hint: text('hint').notNull(),
    createdAt: createdAt(),
    expiresAt: moment('expires_at'),
    lastUsedAt: moment('last_used_at'),
  },
  (table) => [
    foreignKey({
      name: 'secrets__api_client_id_fkey',
      columns: [table.apiClientId],
      foreignColumns: [apiClients.id],
    }).onDelete('cascade'),
    // The two partial indexes below cannot serve the cascade from a deleted client.
    index('secrets__api_client_id_idx').on(table.apiClientId),
    uniqueIndex('secrets__lookup_id_key').on(table.lookupId),
    uniqueIndex('secrets__current_key')
      .on(table.apiClientId)
      .where(sql`${table.expiresAt} is null`),
    uniqueIndex('secrets__expiring_key')
      .on(table.apiClientId)
      .where(sql`${table.expiresAt} is not null`),
    check('secrets__lookup_id_check', sql`${table.lookupId} ~ '^[0-9A-Za-z]{22}$'`),
    check('secrets__hint_check', sql`length(${table.hint}) = 4`),
    check('secrets__hash_check', sql`${table.hash} like '$argon2id$%'`),
  ],
);
