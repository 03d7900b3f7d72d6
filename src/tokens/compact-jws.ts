import { sign } from 'node:crypto';
import { promisify } from 'node:util';
import type { SigningAlgorithm } from '../rules/signing-algorithms.ts';
import type { Signer } from './key-ring.ts';

const signBeside = promisify(sign);

/** Ed25519 hashes by itself (RFC 8032 §5.1.6). */
const digests: Record<SigningAlgorithm, string | null> = { RS256: 'sha256', ES256: 'sha256', EdDSA: null };

/** Signs a compact JWS (RFC 7515 §7.1) beside the event loop, on a thread of libuv's pool. */
export async function signCompact(
  { kid, algorithm, privateKey }: Signer,
  typ: string,
  payload: object,
): Promise<string> {
  const input = `${encode({ alg: algorithm, typ, kid })}.${encode(payload)}`;
  // RFC 7518 §3.4: an ES256 signature is the two numbers one behind the other, not DER. The other algorithms have one form.
  const key = { key: privateKey, dsaEncoding: 'ieee-p1363' } as const;
  const signature = await signBeside(digests[algorithm], Buffer.from(input), key);
  return `${input}.${signature.toString('base64url')}`;
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}
