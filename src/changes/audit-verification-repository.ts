import { and, asc, eq, gt, sql } from 'drizzle-orm';
import type { Db, Tx } from '../db/client.ts';
import { auditChains, auditCuts, auditEvents } from '../db/tables/audit.ts';
import type { ChainLink, ChainPoint } from '../rules/audit-chain.ts';
import type { AuditChain } from './audit-event.ts';

/** An event with the columns that only repeat what stands in it. */
export interface StoredEvent extends ChainLink {
  /** RFC 3339. */
  at: string;
  action: string;
  actorId: string | null;
  targetId: string | null;
}

export interface StoredCut extends ChainPoint {
  sealedHead: string;
}

/** The whole audit trail as it is stored, for those who verify it. */
export function createAuditVerificationRepository(db: Db | Tx) {
  return {
    /** How many events there should be. */
    async count(chainId: string | undefined): Promise<number> {
      const [row] = await db
        .select({ count: sql<string>`coalesce(sum(${auditChains.sequence} - coalesce(${auditCuts.sequence}, 0)), 0)` })
        .from(auditChains)
        .leftJoin(auditCuts, eq(auditCuts.chainId, auditChains.id))
        .where(chainId === undefined ? undefined : eq(auditChains.id, chainId));
      return Number(row?.count ?? 0);
    },

    /** In the order of their ids. */
    async listChains(afterId: string | null, limit: number): Promise<AuditChain[]> {
      return db
        .select({ id: auditChains.id, type: auditChains.type })
        .from(auditChains)
        .where(afterId === null ? undefined : gt(auditChains.id, afterId))
        .orderBy(asc(auditChains.id))
        .limit(limit);
    },

    /** Chains that have events and no end: somebody has taken that away. */
    async listHeadless(limit: number): Promise<string[]> {
      const rows = await db
        .selectDistinct({ id: auditEvents.chainId })
        .from(auditEvents)
        .where(sql`not exists (select from ${auditChains} where ${auditChains.id} = ${auditEvents.chainId})`)
        .limit(limit);
      return rows.map(({ id }) => id);
    },

    async findChain(id: string): Promise<(AuditChain & { head: ChainPoint; cut: StoredCut | null }) | null> {
      const [row] = await db
        .select({
          type: auditChains.type,
          head: { sequence: auditChains.sequence, hash: auditChains.hash },
          cut: { sequence: auditCuts.sequence, hash: auditCuts.hash, sealedHead: auditCuts.sealedHead },
        })
        .from(auditChains)
        .leftJoin(auditCuts, eq(auditCuts.chainId, auditChains.id))
        .where(eq(auditChains.id, id));
      return row === undefined ? null : { id, ...row };
    },

    async listEvents(chain: AuditChain, after: number, limit: number): Promise<StoredEvent[]> {
      const rows = await db
        .select({
          sequence: auditEvents.sequence,
          canonical: auditEvents.canonical,
          hash: auditEvents.hash,
          at: auditEvents.at,
          action: auditEvents.action,
          actorId: auditEvents.actorId,
          targetId: auditEvents.targetId,
        })
        .from(auditEvents)
        .where(and(eq(auditEvents.chainId, chain.id), gt(auditEvents.sequence, after)))
        .orderBy(asc(auditEvents.sequence))
        .limit(limit);
      return rows.map((row) => ({ ...row, at: row.at.toISOString() }));
    },
  };
}
