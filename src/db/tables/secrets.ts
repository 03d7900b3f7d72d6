import { sql } from 'drizzle-orm';
import { check, foreignKey, index, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { apiClients } from './api-clients.ts';
import { createdAt, moment, recordId } from './columns.ts';

/** The first two are usable until their end, the last two have ended. */
export const secretStatuses = ['active', 'retiring', 'expired', 'revoked'] as const;
export type SecretStatus = (typeof secretStatuses)[number];

/**
 * Hashed secrets. A client has at most one that is `active` and one that is `retiring`, which runs out by a rotation; two
 * indexes say so. One that has ended stays as history, without what it could be found or compared by.
 */
export const secrets = pgTable(
  'secrets',
  {
    id: recordId(),
    apiClientId: uuid('api_client_id').notNull(),
    status: text('status', { enum: secretStatuses }).notNull().default('active'),
    lookupId: text('lookup_id'),
    hash: text('hash'),
    pepperVersion: text('pepper_version'),
    hint: text('hint').notNull(),
    createdAt: createdAt(),
    /** A user, who may be gone. */
    createdBy: uuid('created_by'),
    /** When it stops working, or has stopped: the one end that checks look at. */
    expiresAt: moment('expires_at'),
    /** Of a retiring one, the end that it had before the rotation: what a cancelled rotation gives back. */
    ownExpiresAt: moment('own_expires_at'),
    lastUsedAt: moment('last_used_at'),
    /** The network of the last use, never an address. */
    lastUsedIp: text('last_used_ip'),
    endedAt: moment('ended_at'),
    /** A user, who may be gone; null where time ended it. */
    endedBy: uuid('ended_by'),
  },
  (table) => [
    foreignKey({
      name: 'secrets__api_client_id_fkey',
      columns: [table.apiClientId],
      foreignColumns: [apiClients.id],
    }).onDelete('cascade'),
    // The partial indexes below cannot serve the cascade from a deleted client.
    index('secrets__api_client_id_id_idx').on(table.apiClientId, table.id),
    uniqueIndex('secrets__lookup_id_key').on(table.lookupId),
    // For lists that look for one.
    index('secrets__hint_idx')
      .on(table.hint)
      .where(sql`${table.status} = 'active'`),
    uniqueIndex('secrets__active_key')
      .on(table.apiClientId)
      .where(sql`${table.status} = 'active'`),
    uniqueIndex('secrets__retiring_key')
      .on(table.apiClientId)
      .where(sql`${table.status} = 'retiring'`),
    index('secrets__expires_at_idx')
      .on(table.expiresAt)
      .where(sql`${table.endedAt} is null and ${table.expiresAt} is not null`),
    index('secrets__ended_at_idx')
      .on(table.endedAt)
      .where(sql`${table.endedAt} is not null`),
    check('secrets__lookup_id_check', sql`${table.lookupId} ~ '^[0-9A-Za-z]{22}$'`),
    check('secrets__hint_check', sql`length(${table.hint}) = 4`),
    check('secrets__hash_check', sql`${table.hash} like '$argon2id$%'`),
    check(
      'secrets__status_check',
      sql`case when ${table.endedAt} is null
        then ${table.status} in ('active', 'retiring') and num_nulls(${table.lookupId}, ${table.hash}, ${table.pepperVersion}) = 0
        else ${table.status} in ('expired', 'revoked') and num_nonnulls(${table.lookupId}, ${table.hash}, ${table.pepperVersion}) = 0
      end`,
    ),
    check('secrets__expires_at_check', sql`${table.status} = 'active' or ${table.expiresAt} is not null`),
    check('secrets__own_expires_at_check', sql`${table.status} = 'retiring' or ${table.ownExpiresAt} is null`),
    check('secrets__last_used_ip_check', sql`${table.lastUsedIp} ~ '/(24|48)$'`),
  ],
);
