import { appendEvents } from '../../src/changes/audit-append.ts';
import { composeEvent } from '../../src/changes/audit-event.ts';
import type { AuditChain } from '../../src/changes/audit-event.ts';
import { systemCaller } from '../../src/changes/caller.ts';
import type { Db } from '../../src/db/client.ts';
import { runTransaction } from '../../src/db/transaction.ts';

const BATCH = 500;

/** Appends events to a chain, many at a time. */
export async function fillChain(db: Db, chain: AuditChain, count: number): Promise<void> {
  for (let left = count; left > 0; left -= BATCH) {
    const target = { type: chain.type, id: chain.id, name: 'Acme' };
    const event = { action: 'organization.update' as const, chain, target };
    const caller = systemCaller();
    const events = Array.from({ length: Math.min(left, BATCH) }, () => composeEvent(event, caller));
    await runTransaction(db, (tx) => appendEvents(tx, events));
  }
}
