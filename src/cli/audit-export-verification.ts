import { open } from 'node:fs/promises';
import { toCanonicalJson } from '../rules/canonical-json.ts';
import type { Json } from '../rules/canonical-json.ts';
import { walkChain, beginningOf } from '../rules/audit-chain.ts';
import type { ChainLink } from '../rules/audit-chain.ts';
import type { SignedHead } from '../tokens/audit-heads.ts';
import type { AuditVerdict } from './audit-verification.ts';
import { CommandError } from './command-line.ts';
import { createProgress } from './progress.ts';

export interface ExportVerification {
  kept: SignedHead | undefined;
  signal: AbortSignal;
}

/** Verifies an export line by line, however long it is. */
export async function verifyExport(path: string, { kept, signal }: ExportVerification): Promise<AuditVerdict> {
  const file = await open(path).catch((err: unknown) => {
    throw new CommandError(`${path} cannot be read: ${(err as Error).message}`);
  });
  const { size } = await file.stat();
  const progress = createProgress(size);
  const verdict: AuditVerdict = { chains: 1, events: 0, broken: [], notes: [] };
  let bytes = 0;
  let walk = walkChain(null, kept);
  const findFault = async () => {
    for await (const line of file.readLines()) {
      signal.throwIfAborted();
      progress.update((bytes += Buffer.byteLength(line) + 1));
      const link = readLine(line);
      if (link === undefined) return `line ${verdict.events + 1} is no event`;
      if (verdict.events === 0) {
        if (link.sequence > 1) verdict.notes.push(`The export begins with event ${link.sequence}.`);
        else if (kept !== undefined) walk = walkChain(beginningOf(kept.chain), kept);
      }
      const fault = walk.step(link);
      if (fault !== undefined) return fault;
      verdict.events += 1;
    }
    return walk.end();
  };
  try {
    const fault = await findFault();
    if (fault !== undefined) verdict.broken.push({ chain: kept?.chain ?? null, name: path, fault });
  } finally {
    progress.end();
    await file.close();
  }
  return verdict;
}

function readLine(line: string): ChainLink | undefined {
  try {
    const { hash, ...event } = JSON.parse(line) as Record<string, Json>;
    const { sequence } = event;
    if (typeof hash !== 'string' || typeof sequence !== 'number') return undefined;
    return { sequence, hash, canonical: toCanonicalJson(event) };
  } catch {
    return undefined;
  }
}
