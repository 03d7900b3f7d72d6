import { sql } from 'drizzle-orm';
import { check, foreignKey, index, integer, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { moment } from './columns.ts';
import { users } from './users.ts';

/** Failed logins per account and source, whether or not the account exists. */
export const loginFailures = pgTable(
  'login_failures',
  {
    email: text('email').notNull(),
    source: text('source').notNull(),
    failures: integer('failures').notNull(),
    lastFailedAt: moment('last_failed_at').notNull(),
    lockedUntil: moment('locked_until'),
  },
  (table) => [
    primaryKey({ name: 'login_failures__pkey', columns: [table.email, table.source] }),
    check('login_failures__email_check', sql`${table.email} = lower(${table.email} collate "C")`),
    check('login_failures__failures_check', sql`${table.failures} >= 1`),
    index('login_failures__last_failed_at_idx').on(table.lastFailedAt),
  ],
);

/** Failed logins per account over all sources, in a day that begins with the first; whether or not the account exists. */
export const accountLoginFailures = pgTable(
  'account_login_failures',
  {
    email: text('email').primaryKey(),
    failures: integer('failures').notNull(),
    since: moment('since').notNull(),
  },
  (table) => [
    check('account_login_failures__email_check', sql`${table.email} = lower(${table.email} collate "C")`),
    check('account_login_failures__failures_check', sql`${table.failures} >= 1`),
    index('account_login_failures__since_idx').on(table.since),
  ],
);

/** Sources from which a user has logged in. They are heard also while strangers guess the password. */
export const loginSources = pgTable(
  'login_sources',
  {
    userId: uuid('user_id').notNull(),
    source: text('source').notNull(),
    lastUsedAt: moment('last_used_at').notNull(),
  },
  (table) => [
    primaryKey({ name: 'login_sources__pkey', columns: [table.userId, table.source] }),
    foreignKey({ name: 'login_sources__user_id_fkey', columns: [table.userId], foreignColumns: [users.id] }).onDelete(
      'cascade',
    ),
    index('login_sources__last_used_at_idx').on(table.lastUsedAt),
  ],
);
