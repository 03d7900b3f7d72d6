import { appendEvents } from '../../src/changes/audit-append.ts';
import { composeEvent } from '../../src/changes/audit-event.ts';
import type { AuditChain } from '../../src/changes/audit-event.ts';
import { systemCaller } from '../../src/changes/caller.ts';
import type { Db } from '../../src/db/client.ts';
import { runTransaction } from '../../src/db/transaction.ts';
import { MasterKey } from '../../src/master-key/master-key.ts';
import { createKeyReports } from '../../src/tokens/key-reports.ts';
import { KeyRing } from '../../src/tokens/key-ring.ts';
import { createSigningKeyRepository } from '../../src/tokens/signing-key-repository.ts';
import type { TestApp } from './build-app.ts';

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

/** The signing keys of a service, as another process has them. */
export async function startKeyRing(
  t: { teardown: (end: () => void) => unknown },
  { app, config }: TestApp,
): Promise<KeyRing> {
  const masterKey = new MasterKey(config.masterKeys);
  const repository = createSigningKeyRepository(app.db);
  const keyRing = new KeyRing({ repository, masterKey, now: Date.now, ...createKeyReports(app.log) });
  await keyRing.start();
  t.teardown(() => {
    keyRing.stop();
  });
  return keyRing;
}
