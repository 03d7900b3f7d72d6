import type { FastifyBaseLogger } from 'fastify';
import { createAuditCutRepository, CUT_BATCH } from '../../changes/audit-cut-repository.ts';
import type { AuditChain } from '../../changes/audit-event.ts';
import type { Db } from '../../db/client.ts';
import type { DatabaseClock } from '../../db/database-clock.ts';
import { runTransaction } from '../../db/transaction.ts';
import type { MasterKey } from '../../master-key/master-key.ts';
import type { AuditHeads } from '../../tokens/audit-heads.ts';

const DAY_MS = 86_400_000;

export interface AuditRetentionOptions {
  db: Db;
  log: Pick<FastifyBaseLogger, 'info' | 'warn'>;
  heads: AuditHeads;
  masterKey: MasterKey;
  clock: Pick<DatabaseClock, 'now'>;
  /** How long events are kept. */
  days: number;
}

/**
 * Cuts away what is older than it is to be kept, in batches, and leaves for each chain the signed head of what went, so
 * that the rest still verifies. The head is sealed besides: signing keys come and go, and the database alone makes none.
 * @returns what does it; never rejects
 */
export function createAuditRetention({ db, log, heads, masterKey, clock, days }: AuditRetentionOptions) {
  const cuts = createAuditCutRepository(db);

  /** @returns how many events went */
  async function cutBatch(chain: AuditChain, before: Date): Promise<number> {
    const end = await cuts.findOldEnd(chain, before);
    if (end === null) return 0;
    const sealedHead = masterKey.seal('audit-cut', await heads.sign({ ...end, chain }));
    return runTransaction(db, (tx) => createAuditCutRepository(tx).cut(chain, end, sealedHead));
  }

  return async (signal: AbortSignal): Promise<void> => {
    const before = new Date(clock.now() - days * DAY_MS);
    let count = 0;
    try {
      for (let chains = await cuts.listOldChains(before); chains.length > 0;) {
        let wentNow = 0;
        for (const chain of chains) {
          for (let went = CUT_BATCH; went === CUT_BATCH; wentNow += went) {
            if (signal.aborted) return;
            went = await cutBatch(chain, before);
          }
        }
        count += wentNow;
        // Another process does it, or somebody is in the way of it.
        if (wentNow === 0) break;
        chains = await cuts.listOldChains(before);
      }
    } catch (err) {
      log.warn({ err }, 'old audit events could not be cut away; trying again later');
    }
    if (count > 0) log.info({ count }, 'old audit events were cut away');
  };
}
