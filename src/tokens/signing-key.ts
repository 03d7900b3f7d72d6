import { createPrivateKey, createPublicKey, generateKeyPair } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { isDeepStrictEqual, promisify } from 'node:util';
import { calculateJwkThumbprint } from 'jose';
import type { MasterKey } from '../master-key/master-key.ts';
import type { NewSigningKey } from './signing-key-repository.ts';

const MODULUS_BITS = 2048;

/** A public key as the JWK set holds it (RFC 7517 §4). */
export interface PublishedKey {
  kty: string;
  n: string;
  e: string;
  kid: string;
  use: 'sig';
  alg: 'RS256';
}

/** A key that was made by somebody who has the master key. */
export interface SigningKey {
  kid: string;
  publicKeyPem: string;
  privateKeyPem: string;
  privateKey: KeyObject;
  jwk: PublishedKey;
}

/** What is wrong with a stored row: it was not written by this service. */
export type SigningKeyFault = 'not sealed by this deployment' | 'kid of another key' | 'public key of another one';

export interface InspectedKey {
  /** Absent where the row must not be used. */
  key?: SigningKey;
  fault?: SigningKeyFault;
}

export async function makeSigningKey(masterKey: MasterKey): Promise<NewSigningKey> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: MODULUS_BITS });
  const publicJwk = publicPartOf(privateKey);
  return {
    kid: await calculateJwkThumbprint(publicJwk),
    publicJwk,
    sealedPrivateKey: masterKey.seal('signing-key', privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()),
  };
}

/**
 * Opens a stored key. Only the sealed private key is believed: whoever can write the database but has no master key can
 * put anything into the rest. The public key follows from it, and the `kid` must be its thumbprint (RFC 7638).
 */
export async function inspectSigningKey(masterKey: MasterKey, row: NewSigningKey): Promise<InspectedKey> {
  const privateKeyPem = unsealOrUndefined(masterKey, row.sealedPrivateKey);
  if (privateKeyPem === undefined) return { fault: 'not sealed by this deployment' };
  const privateKey = createPrivateKey(privateKeyPem);
  const publicJwk = publicPartOf(privateKey);
  const kid = await calculateJwkThumbprint(publicJwk);
  if (kid !== row.kid) return { fault: 'kid of another key' };
  const key: SigningKey = {
    kid,
    publicKeyPem: createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString(),
    privateKeyPem,
    privateKey,
    jwk: { ...publicJwk, kid, use: 'sig', alg: 'RS256' },
  };
  return comparePublicKey(key, row);
}

/** The key itself; a row that claims another public key for it has been changed by somebody. */
export function comparePublicKey(key: SigningKey, { publicJwk }: NewSigningKey): InspectedKey {
  const { kty, n, e } = key.jwk;
  return isDeepStrictEqual(publicJwk, { kty, n, e }) ? { key } : { key, fault: 'public key of another one' };
}

function unsealOrUndefined(masterKey: MasterKey, sealed: string): string | undefined {
  try {
    return masterKey.unseal('signing-key', sealed);
  } catch {
    // It throws nothing but UnsealError.
    return undefined;
  }
}

function publicPartOf(privateKey: KeyObject): { kty: string; n: string; e: string } {
  const { kty = '', n = '', e = '' } = createPublicKey(privateKey).export({ format: 'jwk' });
  return { kty, n, e };
}
