import { sql } from 'drizzle-orm';
import { check, foreignKey, index, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import type { AnyPgColumn } from 'drizzle-orm/pg-core';
import { apiClients } from './api-clients.ts';
import { createdAt, moment, recordId } from './columns.ts';

/** The first two are usable until their end, the last two have ended. */
export const secretStatuses = ['active', 'retiring', 'expired', 'revoked'] as const;
export type SecretStatus = (typeof secretStatuses)[number];

/**
 * What is known of a secret that came with a hash from elsewhere: whether it was declared to hold 128 random bits, or may
 * be one that somebody could guess.
 */
export const importedStrengths = ['random', 'unknown'] as const;
export type ImportedStrength = (typeof importedStrengths)[number];

/**
 * Hashed secrets. A client has at most one that is `active` and one that is `retiring`, which runs out by a rotation; two
 * indexes say so. One that was imported has no id in it: its client finds it, or a keyed digest of its digest. Until its
 * first use its hash is that of the other system, and there is no pepper. One that has ended stays as history, without what
 * it could be compared by; the lookup of an imported one stays, so that no other organization imports it.
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
    /** Null for one that this service made. */
    importedStrength: text('imported_strength', { enum: importedStrengths }),
    /** Of the SHA-256 of an imported one, keyed: what finds it without its client. */
    importedLookup: text('imported_lookup'),
    /** Of how it was imported, keyed: whether the same is imported again. */
    importedDigest: text('imported_digest'),
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
    ...importedRules(table),
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
    check(
      'secrets__hash_check',
      sql`${table.hash} like '$argon2id$%' or (${table.importedStrength} is not null and ${table.pepperVersion} is null)`,
    ),
    check(
      'secrets__status_check',
      sql`case when ${table.endedAt} is null
        then ${table.status} in ('active', 'retiring') and case when ${table.importedStrength} is null
          then num_nulls(${table.lookupId}, ${table.hash}, ${table.pepperVersion}) = 0
          else ${table.lookupId} is null and num_nulls(${table.hash}, ${table.importedDigest}) = 0
        end
        else ${table.status} in ('expired', 'revoked') and num_nonnulls(${table.lookupId}, ${table.hash}, ${table.pepperVersion}) = 0
      end`,
    ),
    check('secrets__expires_at_check', sql`${table.status} = 'active' or ${table.expiresAt} is not null`),
    check('secrets__own_expires_at_check', sql`${table.status} = 'retiring' or ${table.ownExpiresAt} is null`),
    check('secrets__last_used_ip_check', sql`${table.lastUsedIp} ~ '/(24|48)$'`),
  ],
);

/** What holds for a secret that came with a hash from elsewhere. */
function importedRules(table: Record<'apiClientId' | 'importedStrength' | 'importedLookup' | 'endedAt', AnyPgColumn>) {
  return [
    uniqueIndex('secrets__imported_lookup_key')
      .on(table.importedLookup)
      .where(sql`${table.importedLookup} is not null and ${table.endedAt} is null`),
    // Of those that have ended as well: an import looks for them.
    index('secrets__imported_lookup_idx')
      .on(table.importedLookup)
      .where(sql`${table.importedLookup} is not null`),
    uniqueIndex('secrets__imported_key')
      .on(table.apiClientId)
      .where(sql`${table.importedStrength} is not null and ${table.endedAt} is null`),
    check('secrets__imported_strength_check', sql`${table.importedStrength} in ('random', 'unknown')`),
    check(
      'secrets__imported_lookup_check',
      sql`${table.importedLookup} is null or ${table.importedStrength} = 'random'`,
    ),
  ];
}
