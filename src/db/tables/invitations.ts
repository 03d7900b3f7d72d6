import { sql } from 'drizzle-orm';
import { check, foreignKey, index, integer, pgTable, text, unique, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { createdAt, moment, recordId } from './columns.ts';
import { organizations, roles } from './organizations.ts';
import { users } from './users.ts';

/**
 * Emails that were asked to become members. A row is deleted when its invitation is accepted or withdrawn; one that ran out
 * is good for nothing, and gives its place to the next invitation of the same email.
 */
export const invitations = pgTable(
  'invitations',
  {
    id: recordId(),
    organizationId: uuid('organization_id').notNull(),
    email: text('email').notNull(),
    role: text('role', { enum: roles }).notNull(),
    /** SHA-256 of the token in the newest mail. */
    digest: text('digest').notNull(),
    /** Null once that user is gone. */
    invitedBy: uuid('invited_by'),
    version: integer('version').notNull().default(1),
    createdAt: createdAt(),
    sentAt: moment('sent_at').notNull().defaultNow(),
    expiresAt: moment('expires_at').notNull(),
  },
  (table) => [
    foreignKey({
      name: 'invitations__organization_id_fkey',
      columns: [table.organizationId],
      foreignColumns: [organizations.id],
    }).onDelete('cascade'),
    foreignKey({
      name: 'invitations__invited_by_fkey',
      columns: [table.invitedBy],
      foreignColumns: [users.id],
    }).onDelete('set null'),
    unique('invitations__organization_id_email_key').on(table.organizationId, table.email),
    uniqueIndex('invitations__digest_key').on(table.digest),
    check('invitations__email_check', sql`${table.email} = lower(${table.email} collate "C")`),
    check('invitations__role_check', sql`${table.role} in ('owner', 'admin', 'developer', 'reader')`),
    index('invitations__invited_by_idx').on(table.invitedBy),
    index('invitations__expires_at_idx').on(table.expiresAt),
  ],
);

/** When mails with invitations were sent for an organization, and when to an email: those of the last day. */
export const invitationMails = pgTable(
  'invitation_mails',
  {
    /** The id of an organization, or an email in lower case. */
    subject: text('subject').primaryKey(),
    mailedAt: moment('mailed_at').array().notNull(),
    /** When none of them counts any more. */
    expiresAt: moment('expires_at').notNull(),
  },
  (table) => [
    check('invitation_mails__subject_check', sql`${table.subject} = lower(${table.subject} collate "C")`),
    check('invitation_mails__mailed_at_check', sql`cardinality(${table.mailedAt}) <= 200`),
    index('invitation_mails__expires_at_idx').on(table.expiresAt),
  ],
);
