import { and, asc, desc, eq, lte, sql } from 'drizzle-orm';
import type { Db, Tx } from '../db/client.ts';
import { auditChains, auditCuts, auditEvents } from '../db/tables/audit.ts';
import type { ChainPoint } from '../rules/audit-chain.ts';
import type { AuditChain } from './audit-event.ts';

/** Few enough that a cut ends long before its time-out. */
export const CUT_BATCH = 1_000;
const CHAINS_BATCH = 100;

/** The last of the events that are to go. */
export interface OldEnd extends ChainPoint {
  /** RFC 3339. */
  at: string;
}

/** Where old events of a chain are cut away. */
export function createAuditCutRepository(db: Db | Tx) {
  return {
    /** Some chains that have events from before then. */
    async listOldChains(before: Date): Promise<AuditChain[]> {
      const some = db
        .select({ id: auditEvents.chainId })
        .from(auditEvents)
        .where(sql`${auditEvents.at} < ${before.toISOString()}::timestamptz`)
        .limit(CUT_BATCH)
        .as('some');
      return db
        .selectDistinct({ id: auditChains.id, type: auditChains.type })
        .from(auditChains)
        .innerJoin(some, eq(some.id, auditChains.id))
        .orderBy(asc(auditChains.id))
        .limit(CHAINS_BATCH);
    },

    /** The last of a batch of events from before then; null when there is none. Times of a chain never go back. */
    async findOldEnd(chain: AuditChain, before: Date): Promise<OldEnd | null> {
      const batch = db
        .select({ sequence: auditEvents.sequence, hash: auditEvents.hash, at: auditEvents.at })
        .from(auditEvents)
        .where(and(eq(auditEvents.chainId, chain.id), sql`${auditEvents.at} < ${before.toISOString()}::timestamptz`))
        .orderBy(asc(auditEvents.at), asc(auditEvents.sequence))
        .limit(CUT_BATCH)
        .as('batch');
      const [row] = await db.select().from(batch).orderBy(desc(batch.sequence)).limit(1);
      return row === undefined ? null : { ...row, at: row.at.toISOString() };
    },

    /**
     * Records where a chain is cut, and deletes what is before it. Of several who cut a chain at once one does.
     * @returns how many events went
     */
    async cut(chain: AuditChain, { sequence, hash }: ChainPoint, sealedHead: string): Promise<number> {
      await db.execute(sql`select pg_advisory_xact_lock(hashtextextended('audit cut ' || ${chain.id}, 0))`);
      const upTo = and(eq(auditEvents.chainId, chain.id), lte(auditEvents.sequence, sequence));
      const [last] = await db
        .select({ hash: auditEvents.hash })
        .from(auditEvents)
        .where(and(upTo, eq(auditEvents.sequence, sequence)));
      if (last?.hash !== hash) return 0;
      const cut = { sequence, hash, sealedHead, cutAt: sql`now()` };
      await db
        .insert(auditCuts)
        .values({ chainId: chain.id, ...cut })
        .onConflictDoUpdate({ target: auditCuts.chainId, set: cut });
      const { rowCount } = await db.delete(auditEvents).where(upTo);
      return rowCount ?? 0;
    },
  };
}
