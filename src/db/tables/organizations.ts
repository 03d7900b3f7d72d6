import { sql } from 'drizzle-orm';
import { boolean, check, foreignKey, index, integer, pgTable, text, unique, uuid } from 'drizzle-orm/pg-core';
import { createdAt, recordId, updatedAt } from './columns.ts';
import { users } from './users.ts';

const noEnvironments = sql`'{}'`;

/**
 * The tenant: every other record belongs to one. Its credential policy stands in its own row, so that whoever changes a
 * credential can lock the row and read the policy with one statement (docs/adr/0015).
 */
export const organizations = pgTable(
  'organizations',
  {
    id: recordId(),
    name: text('name').notNull(),
    contactEmail: text('contact_email').notNull(),
    version: integer('version').notNull().default(1),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
    maxSecretLifetimeDays: integer('max_secret_lifetime_days'),
    /** Environments, as those of API clients. */
    expiryRequiredFor: text('expiry_required_for').array().notNull().default(noEnvironments),
    maxOverlapSeconds: integer('max_overlap_seconds'),
    /** Environments likewise. */
    allowedIpsRequiredFor: text('allowed_ips_required_for').array().notNull().default(noEnvironments),
    isSecondFactorRequired: boolean('second_factor_required').notNull().default(false),
    unusedPauseDays: integer('unused_pause_days'),
    /** Of the policy alone: what shows the organization does not show it. */
    policyVersion: integer('policy_version').notNull().default(1),
  },
  (table) => [
    check('organizations__max_secret_lifetime_days_check', sql`${table.maxSecretLifetimeDays} >= 1`),
    check('organizations__max_overlap_seconds_check', sql`${table.maxOverlapSeconds} >= 0`),
    check('organizations__unused_pause_days_check', sql`${table.unusedPauseDays} >= 1`),
  ],
);

/** From the most to the least powerful. */
export const roles = ['owner', 'admin', 'developer', 'reader'] as const;
export type Role = (typeof roles)[number];

export const memberships = pgTable(
  'memberships',
  {
    id: recordId(),
    organizationId: uuid('organization_id').notNull(),
    userId: uuid('user_id').notNull(),
    role: text('role', { enum: roles }).notNull(),
    createdAt: createdAt(),
    version: integer('version').notNull().default(1),
  },
  (table) => [
    foreignKey({ name: 'memberships__user_id_fkey', columns: [table.userId], foreignColumns: [users.id] }).onDelete(
      'cascade',
    ),
    foreignKey({
      name: 'memberships__organization_id_fkey',
      columns: [table.organizationId],
      foreignColumns: [organizations.id],
    }).onDelete('cascade'),
    unique('memberships__organization_id_user_id_key').on(table.organizationId, table.userId),
    check('memberships__role_check', sql`${table.role} in ('owner', 'admin', 'developer', 'reader')`),
    index('memberships__user_id_idx').on(table.userId),
    // For the list, page by page.
    index('memberships__organization_id_id_idx').on(table.organizationId, table.id),
  ],
);
