import { sql } from 'drizzle-orm';
import { check, foreignKey, index, integer, pgTable, text, unique, uuid } from 'drizzle-orm/pg-core';
import { createdAt, recordId, updatedAt } from './columns.ts';
import { users } from './users.ts';

/** The tenant: every other record belongs to one. */
export const organizations = pgTable('organizations', {
  id: recordId(),
  name: text('name').notNull(),
  contactEmail: text('contact_email').notNull(),
  version: integer('version').notNull().default(1),
  createdAt: createdAt(),
  updatedAt: updatedAt(),
});

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
  ],
);
