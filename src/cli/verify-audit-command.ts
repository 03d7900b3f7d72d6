import { readFile } from 'node:fs/promises';
import { validate as isUuid } from 'uuid';
import type { Session } from './command-session.ts';
import { decodeAuditHead, readAuditHead } from '../tokens/audit-heads.ts';
import type { SignedHead } from '../tokens/audit-heads.ts';
import { createKeyReports } from '../tokens/key-reports.ts';
import { KeyRing } from '../tokens/key-ring.ts';
import { createSigningKeyRepository } from '../tokens/signing-key-repository.ts';
import { verifyExport } from './audit-export-verification.ts';
import { verifyStored } from './audit-verification.ts';
import type { AuditVerdict } from './audit-verification.ts';
import { CommandError } from './command-line.ts';
import type { JsonOption, Outcome, Shell } from './command-line.ts';
import { withSession } from './command-session.ts';

/** What its options gave. */
export interface VerifyAuditOptions extends JsonOption {
  organization?: string;
  file?: string;
  head?: string;
}

const SHOWN_MAX = 20;

/** Says whether the audit trail is whole, or where it is not. */
export async function verifyAudit(shell: Shell, options: VerifyAuditOptions): Promise<Outcome> {
  const { organization, file } = options;
  if (organization !== undefined && !isUuid(organization)) throw new CommandError('--organization takes a UUID', 2);
  const jws = options.head === undefined ? undefined : await readJws(options.head);
  const kept = jws === undefined ? undefined : decode(jws);
  if (kept !== undefined && organization !== undefined && kept.chain.id !== organization.toLowerCase()) {
    throw new CommandError('The kept head is of another chain than --organization names', 2);
  }
  if (file !== undefined) return report(await verifyExport(file, { kept, signal: shell.signal }), []);
  return withSession(shell, async (session) => {
    const notes = jws === undefined ? [] : await checkSignature(session, jws);
    const chainId = kept?.chain.id ?? organization?.toLowerCase();
    return report(await verifyStored({ ...session, signal: shell.signal, chainId, kept }), notes);
  });
}

async function readJws(given: string): Promise<string> {
  if (/^[\w-]+\.[\w-]+\.[\w-]+$/.test(given)) return given;
  const text = await readFile(given, 'utf8').catch((err: unknown) => {
    throw new CommandError(`--head is neither a JWS nor a file that can be read: ${(err as Error).message}`, 2);
  });
  // The answer of `audit-events/head/` as it is, or the JWS alone.
  const { jws = text } = text.trimStart().startsWith('{') ? (JSON.parse(text) as { jws?: string }) : {};
  return jws.trim();
}

function decode(jws: string): SignedHead {
  try {
    return decodeAuditHead(jws);
  } catch {
    throw new CommandError('--head holds no signed head of an audit trail', 2);
  }
}

async function checkSignature({ db, masterKey, log }: Session, jws: string): Promise<string[]> {
  const repository = createSigningKeyRepository(db);
  const ring = new KeyRing({ repository, masterKey, now: Date.now, ...createKeyReports(log) });
  const { signature } = await readAuditHead(ring, jws).catch((err: unknown) => {
    throw new CommandError(`The signature of the kept head is not good: ${(err as Error).message}`);
  });
  if (signature === 'good') return [];
  return ['The key that signed the kept head is no longer published: what it says is taken as it is.'];
}

function report({ chains, events, broken, notes }: AuditVerdict, more: readonly string[]): Outcome {
  const faults = broken.map(({ name, fault }) => `${name}: ${fault}`);
  const rest = faults.length > SHOWN_MAX ? [`and ${faults.length - SHOWN_MAX} chains more`] : [];
  const said = [...more, ...notes];
  return {
    text: [`Verified ${events} events in ${chains} ${chains === 1 ? 'chain' : 'chains'}.`, ...said].join('\n'),
    document: { chains, events, broken: broken.map(({ chain, fault }) => ({ chain, fault })), notes: said },
    complaint:
      faults.length === 0
        ? undefined
        : ['The audit trail is not whole.', ...faults.slice(0, SHOWN_MAX), ...rest].join('\n'),
  };
}
