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
/** How many events are looked through for them: far less than a read has time for. */
const WINDOW = 10_000;

interface Span {
  after: number;
  last: number;
}

interface Batch {
  links: ChainLink[];
  /** Up to where there are no more. */
  after: number;
}

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
  /** The next of the events up to `last` that match, and from where to go on: what is looked through at once is bounded. */
  async function readBatch(chain: AuditChain, { after, last }: Span, filters: AuditFilters): Promise<Batch> {
    const end = Math.min(last, after + WINDOW);
    const range = { after, last: end, limit: BATCH };
    const links = await readBriefly(db, (tx) => createAuditRepository(tx, chain).listRange(range, filters));
    return { links, after: links.length < BATCH ? end : (links.at(-1)?.sequence ?? end) };
  }

  return {
    list: (chain, page, filters) => readBriefly(db, (tx) => createAuditRepository(tx, chain).list(page, filters)),

    async export(chain, filters) {
      const repository = createAuditRepository(db, chain);
      const { sequence: last } = await repository.findHead();
      const first = (await repository.findFirst()) ?? last + 1;
      // Before anything is sent, so that what fails here is answered.
      const begin = await readBatch(chain, { after: first - 1, last }, filters);
      return (async function* () {
        for (let batch = begin; ; batch = await readBatch(chain, { after: batch.after, last }, filters)) {
          for (const link of batch.links) yield `${toLine(link)}\n`;
          if (batch.after >= last) return;
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
