import { sql } from 'drizzle-orm';
import {
  bigint,
  check,
  foreignKey,
  index,
  integer,
  pgTable,
  primaryKey,
  text,
  unique,
  uuid,
} from 'drizzle-orm/pg-core';
import type { AnyPgColumn } from 'drizzle-orm/pg-core';
import { createdAt, moment, recordId } from './columns.ts';
import { users } from './users.ts';

/**
 * Whether the user whose id stands in a column of another table has a second factor: an authenticator that was confirmed,
 * or a passkey. Recovery codes alone are none.
 */
export function hasSecondFactor(userId: AnyPgColumn) {
  // By the table's name in any case: in a query of one table drizzle leaves it out, and both tables here have a user_id.
  const owner = sql`${userId.table}.${sql.identifier(userId.name)}`;
  return sql<boolean>`(
    exists (select from totp_factors where totp_factors.user_id = ${owner} and totp_factors.confirmed_at is not null)
    or exists (select from passkeys where passkeys.user_id = ${owner})
  )`;
}

/** The authenticator app of a user (RFC 6238). It is a second factor once a code of it was entered. */
export const totpFactors = pgTable(
  'totp_factors',
  {
    userId: uuid('user_id').primaryKey(),
    sealedSecret: text('sealed_secret').notNull(),
    /** Of the newest code that was accepted: it and those before it are not accepted again. */
    lastStep: bigint('last_step', { mode: 'number' }).notNull().default(0),
    createdAt: createdAt(),
    confirmedAt: moment('confirmed_at'),
  },
  (table) => [
    foreignKey({ name: 'totp_factors__user_id_fkey', columns: [table.userId], foreignColumns: [users.id] }).onDelete(
      'cascade',
    ),
    check('totp_factors__last_step_check', sql`${table.lastStep} >= 0`),
  ],
);

/** Codes for whoever has lost the second factor, as keyed digests. One that is used goes. */
export const recoveryCodes = pgTable(
  'recovery_codes',
  {
    userId: uuid('user_id').notNull(),
    digest: text('digest').notNull(),
    createdAt: createdAt(),
  },
  (table) => [
    primaryKey({ name: 'recovery_codes__pkey', columns: [table.userId, table.digest] }),
    foreignKey({ name: 'recovery_codes__user_id_fkey', columns: [table.userId], foreignColumns: [users.id] }).onDelete(
      'cascade',
    ),
  ],
);

/** Public keys that authenticators made for a user (WebAuthn). Nothing in here is secret. */
export const passkeys = pgTable(
  'passkeys',
  {
    id: recordId(),
    userId: uuid('user_id').notNull(),
    name: text('name').notNull(),
    /** As the authenticator names it, base64url. */
    credentialId: text('credential_id').notNull(),
    /** COSE key, base64url. */
    publicKey: text('public_key').notNull(),
    /** How often the authenticator says it has signed; 0 of one that does not count. */
    signCount: bigint('sign_count', { mode: 'number' }).notNull(),
    transports: text('transports').array().notNull(),
    createdAt: createdAt(),
    lastUsedAt: moment('last_used_at'),
  },
  (table) => [
    foreignKey({ name: 'passkeys__user_id_fkey', columns: [table.userId], foreignColumns: [users.id] }).onDelete(
      'cascade',
    ),
    unique('passkeys__credential_id_key').on(table.credentialId),
    check('passkeys__sign_count_check', sql`${table.signCount} between 0 and 4294967295`),
    index('passkeys__user_id_id_idx').on(table.userId, table.id),
  ],
);

/** The newest challenge that a user was given to make a passkey with. */
export const passkeyChallenges = pgTable(
  'passkey_challenges',
  {
    userId: uuid('user_id').primaryKey(),
    challenge: text('challenge').notNull(),
    expiresAt: moment('expires_at').notNull(),
  },
  (table) => [
    foreignKey({
      name: 'passkey_challenges__user_id_fkey',
      columns: [table.userId],
      foreignColumns: [users.id],
    }).onDelete('cascade'),
    index('passkey_challenges__expires_at_idx').on(table.expiresAt),
  ],
);

/** Logins whose password was right and that wait for the second factor, by the SHA-256 digest of their token. */
export const pendingLogins = pgTable(
  'pending_logins',
  {
    digest: text('digest').primaryKey(),
    userId: uuid('user_id').notNull(),
    triesLeft: integer('tries_left').notNull(),
    /** What a passkey is to sign; null where none was asked for, and once an answer came. */
    challenge: text('challenge'),
    createdAt: createdAt(),
    expiresAt: moment('expires_at').notNull(),
  },
  (table) => [
    foreignKey({ name: 'pending_logins__user_id_fkey', columns: [table.userId], foreignColumns: [users.id] }).onDelete(
      'cascade',
    ),
    check('pending_logins__tries_left_check', sql`${table.triesLeft} between 0 and 5`),
    index('pending_logins__user_id_idx').on(table.userId),
    index('pending_logins__expires_at_idx').on(table.expiresAt),
  ],
);
