import { sql } from 'drizzle-orm';
import type { SQL } from 'drizzle-orm';
import type { Tx } from '../db/client.ts';
import { nameStatement } from '../db/named-query.ts';
import type { ComposedEvent } from './audit-event.ts';

const value = sql.placeholder;
const eventParameters = sql`${value('chainTypes')}::text[], ${value('chainIds')}::uuid[], ${value('actions')}::text[],
  ${value('actorIds')}::text[], ${value('targetIds')}::text[], ${value('parts')}::text[]`;

/** What `append_audit_events` takes, of {@link toEventValues}: of events of one chain the first ones. */
export function firstEvents(amount: SQL): SQL {
  return sql`(${value('chainTypes')}::text[])[1:${amount}], (${value('chainIds')}::uuid[])[1:${amount}],
    (${value('actions')}::text[])[1:${amount}], (${value('actorIds')}::text[])[1:${amount}],
    (${value('targetIds')}::text[])[1:${amount}], (${value('parts')}::text[])[1:4 * ${amount}]`;
}

const append = nameStatement('append_audit_events', (db) =>
  db.select({ count: sql<number>`count`.as('count') }).from(sql`append_audit_events(${eventParameters}) as count`),
);
const appendIf = nameStatement('append_audit_events_if', (db) =>
  db
    .select({ count: sql<number>`count`.as('count') })
    .from(sql`append_audit_events_if(${value('isKept')}::boolean, ${eventParameters}) as count`),
);

/**
 * Appends events to their chains with one statement, the last one of its transaction: it locks nothing but the heads of
 * the chains, in the order of their ids, so that it can be part of no deadlock.
 * @param isKept false does the work and leaves nothing; undefined where that is out of the question
 */
export async function appendEvents(tx: Tx, composed: readonly ComposedEvent[], isKept?: boolean): Promise<void> {
  const values = toEventValues(composed);
  await (isKept === undefined ? append(tx, values) : appendIf(tx, { ...values, isKept }));
}

/** Events as the parameters of a statement, in the order of their chains, and in each of them as they are given. */
export function toEventValues(composed: readonly ComposedEvent[]) {
  const ordered = composed.toSorted((a, b) => (a.chain.id < b.chain.id ? -1 : Number(a.chain.id > b.chain.id)));
  return {
    chainTypes: ordered.map(({ chain }) => chain.type),
    chainIds: ordered.map(({ chain }) => chain.id),
    actions: ordered.map(({ action }) => action),
    actorIds: ordered.map(({ actorId }) => actorId),
    targetIds: ordered.map(({ targetId }) => targetId),
    parts: ordered.flatMap(({ parts }) => parts),
  };
}
