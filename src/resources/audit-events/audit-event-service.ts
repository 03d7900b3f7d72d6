import type { AuditChain } from '../../changes/audit-event.ts';
import { createAuditRepository } from '../../changes/audit-repository.ts';
import type { AuditFilters, AuditHead, AuditPage } from '../../changes/audit-repository.ts';
import { readBriefly } from '../../db/brief-read.ts';
import type { Db } from '../../db/client.ts';
import type { ChainLink } from '../../rules/audit-chain.ts';
import type { AuditHeads } from '../../tokens/audit-heads.ts';
import type { AuditEventRecord } from './audit-event-schemas.ts';

/** Few enough that what is read ahead of a slow reader is small. */
const BATCH = 100;

/** One chain of events, of an organization or of a user. */
export interface AuditEventService {
  list: (chain: AuditChain, page: AuditPage, filters: AuditFilters) => Promise<ChainLink[]>;
  /**
   * Every event that there is at the beginning, in the order of the chain, one JSON line each. What has not been asked for
   * has not been read, and between two batches no connection is held.
   */
  export: (chain: AuditChain, filters: AuditFilters) => Promise<AsyncIterable<string>>;
  /** Where the chain ends, signed. */
  getHead: (chain: AuditChain) => Promise<AuditHead & { jws: string }>;
}

export function createAuditEventService({ db, heads }: { db: Db; heads: AuditHeads }): AuditEventService {
  const listBatch = (chain: AuditChain, range: { after: number; last: number }, filters: AuditFilters) =>
    readBriefly(db, (tx) => createAuditRepository(tx, chain).listRange({ ...range, limit: BATCH }, filters));

  return {
    list: (chain, page, filters) => readBriefly(db, (tx) => createAuditRepository(tx, chain).list(page, filters)),

    async export(chain, filters) {
      const { sequence: last } = await createAuditRepository(db, chain).findHead();
      // Before anything is sent, so that what fails here is answered.
      const first = await listBatch(chain, { after: 0, last }, filters);
      return (async function* () {
        for (let batch = first; batch.length > 0;) {
          for (const link of batch) yield `${toLine(link)}\n`;
          const after = batch.length < BATCH ? last : (batch.at(-1)?.sequence ?? last);
          batch = await listBatch(chain, { after, last }, filters);
        }
      })();
    },

    async getHead(chain) {
      const head = await createAuditRepository(db, chain).findHead();
      return { ...head, jws: await heads.sign({ ...head, chain }) };
    },
  };
}

/** An event as callers see it. */
export function toAuditEventRecord({ canonical, hash }: ChainLink): AuditEventRecord {
  return { ...(JSON.parse(canonical) as Omit<AuditEventRecord, 'hash'>), hash };
}

/** An event on a line, letter by letter as it was hashed but for its hash, which comes last. */
function toLine({ canonical, hash }: ChainLink): string {
  return `${canonical.slice(0, -1)},"hash":"${hash}"}`;
}
