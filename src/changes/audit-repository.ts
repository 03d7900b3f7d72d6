import { and, asc, eq, gt, lte, sql } from 'drizzle-orm';
import type { Db, Tx } from '../db/client.ts';
import { keyset } from '../db/keyset.ts';
import { auditChains, auditEvents } from '../db/tables/audit.ts';
import { beginningOf } from '../rules/audit-chain.ts';
import type { ChainLink, ChainPoint } from '../rules/audit-chain.ts';
import type { AuditChain } from './audit-event.ts';

/** Where a chain ends. */
export interface AuditHead extends ChainPoint {
  /** RFC 3339; null before the first event. */
  at: string | null;
}

export interface AuditFilters {
  actor?: string;
  action?: string;
  target?: string;
  /** RFC 3339: from then on. */
  from?: string;
  /** RFC 3339: before then. */
  to?: string;
}

/** One page of a list. */
export interface AuditPage {
  /** The sequence it goes on behind; null for the first page. */
  after: number | null;
  limit: number;
  order: 'newest' | 'oldest';
}

/** Events next to each other, from a place of the chain on. */
export interface AuditRange {
  after: number;
  /** The last one that may be among them. */
  last: number;
  limit: number;
}

const link = { sequence: auditEvents.sequence, canonical: auditEvents.canonical, hash: auditEvents.hash };

export type AuditRepository = ReturnType<typeof createAuditRepository>;

/** The events of one chain; those of others do not exist here. */
export function createAuditRepository(db: Db | Tx, chain: AuditChain) {
  const owned = eq(auditEvents.chainId, chain.id);
  return {
    async list(page: AuditPage, filters: AuditFilters): Promise<ChainLink[]> {
      const { isOnPage, inOrder } = keyset(auditEvents.sequence, { ...page, afterId: page.after });
      return db
        .select(link)
        .from(auditEvents)
        .where(and(owned, isOnPage, matches(chain, filters)))
        .orderBy(inOrder)
        .limit(page.limit);
    },

    /** In the order of the chain. */
    async listRange({ after, last, limit }: AuditRange, filters: AuditFilters = {}): Promise<ChainLink[]> {
      return db
        .select(link)
        .from(auditEvents)
        .where(and(owned, gt(auditEvents.sequence, after), lte(auditEvents.sequence, last), matches(chain, filters)))
        .orderBy(asc(auditEvents.sequence))
        .limit(limit);
    },

    /** The sequence of the oldest event there is; null where there is none. */
    async findFirst(): Promise<number | null> {
      const [row] = await db
        .select({ sequence: auditEvents.sequence })
        .from(auditEvents)
        .where(owned)
        .orderBy(asc(auditEvents.sequence))
        .limit(1);
      return row?.sequence ?? null;
    },

    async findHead(): Promise<AuditHead> {
      const [row] = await db
        .select({ sequence: auditChains.sequence, hash: auditChains.hash, at: auditChains.at })
        .from(auditChains)
        .where(eq(auditChains.id, chain.id));
      return row === undefined ? { ...beginningOf(chain), at: null } : { ...row, at: row.at.toISOString() };
    },
  };
}

function matches(chain: AuditChain, { actor, action, target, from, to }: AuditFilters) {
  return and(
    actor === undefined ? undefined : eq(auditEvents.actorId, actor),
    action === undefined ? undefined : eq(auditEvents.action, action),
    target === undefined ? undefined : eq(auditEvents.targetId, target),
    from === undefined ? undefined : sql`${auditEvents.sequence} >= ${firstSince(chain, from)}`,
    to === undefined ? undefined : sql`${auditEvents.sequence} < ${firstSince(chain, to)}`,
  );
}

/**
 * The times of a chain never go back, so that a span of time is one of sequences, which the index on both finds. RFC 3339
 * knows offsets that Postgres does not.
 */
function firstSince({ id }: AuditChain, moment: string) {
  return sql`coalesce((select since.sequence from audit_events as since
    where since.chain_id = ${id} and since.at >= ${new Date(moment).toISOString()}::timestamptz
    order by since.at, since.sequence limit 1), 9223372036854775807)`;
}
