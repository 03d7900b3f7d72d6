import { compactVerify, decodeProtectedHeader, importSPKI } from 'jose';
import { signCompact } from './compact-jws.ts';
import type { KeyRing } from './key-ring.ts';

/** The `typ` of a signed head (RFC 7515 §4.1.9). Nothing that takes a token takes it. */
const TYPE = 'latchkey-audit-head';

/** What a signed head says: where a chain ended at a moment. */
export interface SignedHead {
  iss: string;
  /** Seconds since the epoch. */
  iat: number;
  chain: { type: string; id: string };
  sequence: number;
  hash: string;
  /** Of the newest event; null where there was none. */
  at: string | null;
}

export interface AuditHeads {
  /** Signs a head: a compact JWS (RFC 7515) by the key that signs tokens. */
  sign: (head: Pick<SignedHead, 'chain' | 'sequence' | 'hash' | 'at'>) => Promise<string>;
}

export interface AuditHeadOptions {
  keyRing: KeyRing;
  clock: { now: () => number };
  issuer: string;
}

export function createAuditHeads({ keyRing, clock, issuer }: AuditHeadOptions): AuditHeads {
  return {
    async sign({ chain, sequence, hash, at }) {
      const iat = Math.floor(clock.now() / 1000);
      const payload: SignedHead = { iss: issuer, iat, chain: { type: chain.type, id: chain.id }, sequence, hash, at };
      return signCompact(keyRing.current, TYPE, payload);
    },
  };
}

/** A head that was read, and whether its signature is by a key that is still published. */
export interface ReadHead {
  head: SignedHead;
  signature: 'good' | 'unknown key';
}

/** What a signed head says; nothing of its signature is looked at. @throws Error for what is none */
export function decodeAuditHead(jws: string): SignedHead {
  const [header = '', payload = ''] = jws.split('.').map((part) => Buffer.from(part, 'base64url').toString());
  const { typ } = JSON.parse(header) as { typ?: unknown };
  const head = JSON.parse(payload) as SignedHead;
  if (typ !== TYPE || !isHead(head)) throw new Error('not a signed head');
  return head;
}

/**
 * Reads a signed head.
 * @throws Error for what is none, and for one whose signature is not of the key it names
 */
export async function readAuditHead(keyRing: Pick<KeyRing, 'findPublicKey'>, jws: string): Promise<ReadHead> {
  const head = decodeAuditHead(jws);
  const { kid } = decodeProtectedHeader(jws);
  const key = kid === undefined ? undefined : await keyRing.findPublicKey(kid);
  if (key === undefined) return { head, signature: 'unknown key' };
  if (key.algorithm !== 'RS256') throw new Error('signed by a key of another kind');
  await compactVerify(jws, await importSPKI(key.publicKeyPem, 'RS256'), { algorithms: ['RS256'] });
  return { head, signature: 'good' };
}

function isHead({ chain, sequence, hash }: Partial<SignedHead>): boolean {
  return typeof chain?.id === 'string' && Number.isSafeInteger(sequence) && typeof hash === 'string';
}
