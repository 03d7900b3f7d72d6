import { createAuditVerificationRepository } from '../changes/audit-verification-repository.ts';
import type { StoredCut, StoredEvent } from '../changes/audit-verification-repository.ts';
import type { AuditChain } from '../changes/audit-event.ts';
import type { Db, Tx } from '../db/client.ts';
import { runTransaction } from '../db/transaction.ts';
import type { MasterKey } from '../master-key/master-key.ts';
import { beginningOf, walkChain } from '../rules/audit-chain.ts';
import type { ChainPoint } from '../rules/audit-chain.ts';
import { decodeAuditHead } from '../tokens/audit-heads.ts';
import type { SignedHead } from '../tokens/audit-heads.ts';
import { createProgress } from './progress.ts';

const CHAINS_BATCH = 500;
const EVENTS_BATCH = 500;
const HEADLESS_MAX = 100;

/** What is wrong with a chain, first of all. */
export interface BrokenChain {
  chain: { type: string; id: string } | null;
  /** For people. */
  name: string;
  fault: string;
}

export interface AuditVerdict {
  chains: number;
  events: number;
  broken: BrokenChain[];
  /** What could not be looked at. */
  notes: string[];
}

export interface StoredVerification {
  db: Db;
  masterKey: MasterKey;
  signal: AbortSignal;
  /** Default: all of them. */
  chainId: string | undefined;
  /** A head of that chain that was kept elsewhere. */
  kept: SignedHead | undefined;
}

/** Verifies the chains of the database. Each is read as it was at one moment; writers are not held up. */
export async function verifyStored(verification: StoredVerification): Promise<AuditVerdict> {
  const { db, chainId } = verification;
  const repository = createAuditVerificationRepository(db);
  const progress = createProgress(await repository.count(chainId));
  const verdict: AuditVerdict = { chains: 0, events: 0, broken: [], notes: [] };
  const onEvents = (count: number) => {
    progress.update((verdict.events += count));
  };
  try {
    for await (const id of chainId === undefined ? listIds(db) : [chainId]) {
      verification.signal.throwIfAborted();
      await verifyOne(id, { ...verification, verdict, onEvents });
    }
    const headless = chainId === undefined ? await repository.listHeadless(HEADLESS_MAX) : [];
    for (const id of headless)
      verdict.broken.push({ chain: null, name: id, fault: 'the end of the chain was taken away' });
  } finally {
    progress.end();
  }
  return verdict;
}

async function* listIds(db: Db): AsyncGenerator<string> {
  const repository = createAuditVerificationRepository(db);
  for (let afterId: string | null = null; ;) {
    const chains: AuditChain[] = await repository.listChains(afterId, CHAINS_BATCH);
    for (const { id } of chains) yield id;
    if (chains.length < CHAINS_BATCH) return;
    afterId = chains.at(-1)?.id ?? null;
  }
}

interface One extends StoredVerification {
  verdict: AuditVerdict;
  onEvents: (count: number) => void;
}

async function verifyOne(id: string, one: One): Promise<void> {
  const { db, verdict } = one;
  await runTransaction(
    db,
    async (tx) => {
      const found = await createAuditVerificationRepository(tx).findChain(id);
      if (found === null) {
        verdict.broken.push({ chain: null, name: id, fault: 'there is no such chain' });
        return;
      }
      verdict.chains += 1;
      const { type, head, cut } = found;
      const fault = await findFault(tx, { id, type, head, cut }, one);
      if (fault !== undefined) verdict.broken.push({ chain: { type, id }, name: `${type} ${id}`, fault });
    },
    { kind: 'snapshot' },
  );
}

type FoundChain = AuditChain & { head: ChainPoint; cut: StoredCut | null };

async function findFault(tx: Tx, chain: FoundChain, { masterKey, kept, verdict, onEvents, signal }: One) {
  const { head, cut } = chain;
  if (cut !== null && !isCutHere(masterKey, chain, cut)) {
    return `events up to ${cut.sequence} were cut away, and not by this service`;
  }
  if (kept !== undefined && cut !== null && kept.sequence < cut.sequence) {
    verdict.notes.push(
      `Events up to ${cut.sequence} were cut away for their age, the one of the kept head among them.`,
    );
  }
  if (kept?.sequence === cut?.sequence && kept?.hash !== cut?.hash) {
    return `event ${String(cut?.sequence)}, the last that was cut away, is not the one that the kept head names`;
  }
  const walk = walkChain(cut ?? beginningOf(chain), kept);
  for (let after = -1; ;) {
    signal.throwIfAborted();
    const events = await createAuditVerificationRepository(tx).listEvents(chain, after, EVENTS_BATCH);
    for (const event of events) {
      const fault = walk.step(event) ?? explainColumns(event);
      if (fault !== undefined) return fault;
    }
    onEvents(events.length);
    if (events.length < EVENTS_BATCH) return walk.end(head);
    after = events.at(-1)?.sequence ?? after;
  }
}

/** Whoever has the database alone can record a cut, but not the sealed head that goes with it. */
function isCutHere(masterKey: MasterKey, chain: AuditChain, { sequence, hash, sealedHead }: StoredCut): boolean {
  try {
    const said = decodeAuditHead(masterKey.unseal('audit-cut', sealedHead));
    return said.chain.id === chain.id && said.sequence === sequence && said.hash === hash;
  } catch {
    return false;
  }
}

/** The columns by which events are found must say what the event says, or it would be hidden from those who look for it. */
function explainColumns({ canonical, sequence, ...columns }: StoredEvent): string | undefined {
  const event = JSON.parse(canonical) as {
    at: string;
    action: string;
    actor?: { id?: string | null };
    target?: { id?: string | null };
  };
  const isSame =
    event.at === columns.at &&
    event.action === columns.action &&
    (event.actor?.id ?? null) === columns.actorId &&
    (event.target?.id ?? null) === columns.targetId;
  return isSame ? undefined : `event ${sequence} was changed: a column does not say what the event says`;
}
