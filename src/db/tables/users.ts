import { sql } from 'drizzle-orm';
import {
  boolean,
  check,
  foreignKey,
  index,
  integer,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import type { AnyPgColumn } from 'drizzle-orm/pg-core';
import { createdAt, moment, recordId, updatedAt } from './columns.ts';

/** The argon2 cost as it stands in a hash: `m=19456,t=2,p=1`. */
export function passwordCostOf(passwordHash: AnyPgColumn) {
  return sql<string>`substring(${passwordHash} from 'm=[0-9]+,t=[0-9]+,p=[0-9]+')`;
}

/** The email of the user whose id stands in a column of another table; null when the user is gone. */
export function emailOf(userId: AnyPgColumn) {
  return sql<string | null>`(select users.email from users where users.id = ${userId})`;
}

/** People who proved that an email is theirs. A registration nobody confirmed never becomes a row here. */
export const users = pgTable(
  'users',
  {
    id: recordId(),
    email: text('email').notNull(),
    passwordHash: text('password_hash').notNull(),
    /** Gathered in the processes and written every few seconds. */
    lastSeenAt: moment('last_seen_at'),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    uniqueIndex('users__email_key').on(table.email),
    check('users__email_check', sql`${table.email} = lower(${table.email} collate "C")`),
    // By which the costs in use are found without reading every hash.
    index('users__password_cost_idx').on(passwordCostOf(table.passwordHash)),
  ],
);

/**
 * Registrations waiting for their code, keyed by the lower-case email. One is kept for an email that has an account as
 * well, whether it had one before or got it by this very registration, so that the answers do not tell them apart.
 */
export const registrations = pgTable(
  'registrations',
  {
    email: text('email').primaryKey(),
    passwordHash: text('password_hash').notNull(),
    /** Whether it came with two different passwords: then none of them is to open the account. */
    isContested: boolean('is_contested').notNull().default(false),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    check('registrations__email_check', sql`${table.email} = lower(${table.email} collate "C")`),
    index('registrations__updated_at_idx').on(table.updatedAt),
  ],
);

export const codePurposes = ['verify_email', 'reset_password'] as const;

/** The newest mailed code of an email and purpose: its keyed digest, never the code. `sentAt` is when one was last asked for. */
export const oneTimeCodes = pgTable(
  'one_time_codes',
  {
    email: text('email').notNull(),
    purpose: text('purpose', { enum: codePurposes }).notNull(),
    digest: text('digest').notNull(),
    triesLeft: integer('tries_left').notNull(),
    sentAt: moment('sent_at').notNull(),
    expiresAt: moment('expires_at').notNull(),
  },
  (table) => [
    primaryKey({ name: 'one_time_codes__pkey', columns: [table.email, table.purpose] }),
    check('one_time_codes__email_check', sql`${table.email} = lower(${table.email} collate "C")`),
    check('one_time_codes__purpose_check', sql`${table.purpose} in ('verify_email', 'reset_password')`),
    check('one_time_codes__tries_left_check', sql`${table.triesLeft} between 0 and 5`),
    index('one_time_codes__expires_at_idx').on(table.expiresAt),
  ],
);

/** When an email was last mailed codes, whatever for: each of the last day, of which there are only so many. */
export const codeMails = pgTable(
  'code_mails',
  {
    email: text('email').primaryKey(),
    mailedAt: moment('mailed_at').array().notNull(),
    /** When none of them counts any more. */
    expiresAt: moment('expires_at').notNull(),
  },
  (table) => [
    check('code_mails__email_check', sql`${table.email} = lower(${table.email})`),
    check('code_mails__mailed_at_check', sql`cardinality(${table.mailedAt}) <= 20`),
    index('code_mails__expires_at_idx').on(table.expiresAt),
  ],
);

/** `tokens`: of admin and refresh tokens. `console`: of the cookie of the service's own page. */
export const sessionKinds = ['tokens', 'console'] as const;
export type SessionKind = (typeof sessionKinds)[number];

/** A login and everything refreshed from it. Ending the session ends its refresh tokens, its admin tokens and its cookie. */
export const sessions = pgTable(
  'sessions',
  {
    id: recordId(),
    userId: uuid('user_id').notNull(),
    kind: text('kind', { enum: sessionKinds }).notNull().default('tokens'),
    /** SHA-256 of the cookie's value. */
    cookieDigest: text('cookie_digest'),
    /** When the password was last given in it; null where that was at its beginning. */
    reauthenticatedAt: moment('reauthenticated_at'),
    /** Gathered in the processes and written every few seconds, as is from where. */
    lastSeenAt: moment('last_seen_at'),
    /** The network, not the address. */
    lastSeenIp: text('last_seen_ip'),
    /** What logged in, by its own words. */
    userAgent: text('user_agent'),
    createdAt: createdAt(),
    expiresAt: moment('expires_at').notNull(),
    endedAt: moment('ended_at'),
  },
  (table) => [
    foreignKey({ name: 'sessions__user_id_fkey', columns: [table.userId], foreignColumns: [users.id] }).onDelete(
      'cascade',
    ),
    uniqueIndex('sessions__cookie_digest_key').on(table.cookieDigest),
    check('sessions__kind_check', sql`${table.kind} in ('tokens', 'console')`),
    check('sessions__cookie_digest_check', sql`(${table.kind} = 'console') = (${table.cookieDigest} is not null)`),
    index('sessions__user_id_id_idx').on(table.userId, table.id),
    index('sessions__expires_at_idx').on(table.expiresAt),
  ],
);

/** Refresh tokens by SHA-256 digest. A spent one stays until it expires: its second use is how theft shows. */
export const refreshTokens = pgTable(
  'refresh_tokens',
  {
    digest: text('digest').primaryKey(),
    sessionId: uuid('session_id').notNull(),
    createdAt: createdAt(),
    expiresAt: moment('expires_at').notNull(),
    spentAt: moment('spent_at'),
    /** What it was spent for, sealed under itself and the master key; null once that was given a second time. */
    sealedSuccessor: text('sealed_successor'),
    successorDigest: text('successor_digest'),
  },
  (table) => [
    foreignKey({
      name: 'refresh_tokens__session_id_fkey',
      columns: [table.sessionId],
      foreignColumns: [sessions.id],
    }).onDelete('cascade'),
    index('refresh_tokens__session_id_idx').on(table.sessionId),
    index('refresh_tokens__expires_at_idx').on(table.expiresAt),
  ],
);
