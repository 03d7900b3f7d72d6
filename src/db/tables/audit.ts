import { sql } from 'drizzle-orm';
import { bigint, check, index, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { moment } from './columns.ts';

export const chainTypes = ['organization', 'user'] as const;
export type ChainType = (typeof chainTypes)[number];

const sha256Hex = (name: string) => text(name).notNull();
const position = (name: string) => bigint(name, { mode: 'number' }).notNull();

/**
 * The end of every chain of audit events. The row is what orders the writers of a chain. No foreign key leads to the
 * organization or user whose chain it is: it outlives them. A trigger of the migration lets it only grow.
 */
export const auditChains = pgTable(
  'audit_chains',
  {
    /** Of the organization or user. */
    id: uuid('id').primaryKey(),
    type: text('type', { enum: chainTypes }).notNull(),
    /** Of the newest event. */
    sequence: position('sequence'),
    hash: sha256Hex('hash'),
    at: moment('at').notNull(),
  },
  (table) => [
    check('audit_chains__type_check', sql`${table.type} in ('organization', 'user')`),
    check('audit_chains__sequence_check', sql`${table.sequence} >= 0`),
  ],
);

/**
 * Audit events as they were hashed. `append_audit_events` of the migrations writes them; triggers refuse to change them, and to
 * delete what no cut names. What somebody puts in by hand is found by who verifies them.
 */
export const auditEvents = pgTable(
  'audit_events',
  {
    chainId: uuid('chain_id').notNull(),
    sequence: position('sequence'),
    /** Canonical JSON (RFC 8785) of the whole event but its hash. What the other columns say stands in it too. */
    canonical: text('canonical').notNull(),
    /** SHA-256 of `canonical`, in hexadecimal. */
    hash: sha256Hex('hash'),
    at: moment('at').notNull(),
    action: text('action').notNull(),
    actorId: text('actor_id'),
    targetId: text('target_id'),
  },
  (table) => [
    primaryKey({ name: 'audit_events__pkey', columns: [table.chainId, table.sequence] }),
    index('audit_events__chain_id_target_id_idx').on(table.chainId, table.targetId, table.sequence),
    index('audit_events__chain_id_actor_id_idx').on(table.chainId, table.actorId, table.sequence),
    index('audit_events__chain_id_action_idx').on(table.chainId, table.action, table.sequence),
    index('audit_events__chain_id_at_idx').on(table.chainId, table.at, table.sequence),
    // Events of all chains come in the order of time, so the oldest are found with next to no index.
    index('audit_events__at_idx').using('brin', table.at),
  ],
);

/** Up to where the old events of a chain were cut away. A trigger lets only those go that such a row covers. */
export const auditCuts = pgTable('audit_cuts', {
  chainId: uuid('chain_id').primaryKey(),
  /** Of the last event that went. */
  sequence: position('sequence'),
  hash: sha256Hex('hash'),
  /** The head of what went, a JWS, sealed under the master key: who has only the database cannot make one. */
  sealedHead: text('sealed_head').notNull(),
  cutAt: moment('cut_at').notNull().defaultNow(),
});
