import { createPrivateKey, createPublicKey, generateKeyPair } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { isDeepStrictEqual, promisify } from 'node:util';
import { calculateJwkThumbprint } from 'jose';
import type { MasterKey } from '../master-key/master-key.ts';
import type { SigningAlgorithm } from '../rules/signing-algorithms.ts';
import type { NewSigningKey, PublicJwk, SigningKeyRow } from './signing-key-repository.ts';

const generate = promisify(generateKeyPair);

/** The key that each algorithm takes (RFC 7518 §3.3 and §3.4, RFC 8037 §3.1). */
const makers: Record<SigningAlgorithm, () => Promise<{ privateKey: KeyObject }>> = {
  RS256: () => generate('rsa', { modulusLength: 2048 }),
  ES256: () => generate('ec', { namedCurve: 'P-256' }),
  EdDSA: () => generate('ed25519'),
};

/** A public key as the JWK set holds it (RFC 7517 §4). */
export interface PublishedKey extends PublicJwk {
  kid: string;
  use: 'sig';
  alg: SigningAlgorithm;
}

/** A key that was made by somebody who has the master key. */
export interface SigningKey {
  kid: string;
  algorithm: SigningAlgorithm;
  publicKeyPem: string;
  publicJwk: PublicJwk;
  privateKey: KeyObject;
  jwk: PublishedKey;
}

/** What is wrong with a stored row: it was not written by this service. */
export type SigningKeyFault =
  // Looked for in this order, and the first one is told.
  'not sealed by this deployment' | 'key of another algorithm' | 'kid of another key' | 'public key of another one';

export interface InspectedKey {
  /** Absent where the row must not be used. */
  key?: SigningKey;
  fault?: SigningKeyFault;
}

export async function makeSigningKey(
  masterKey: MasterKey,
  algorithm: SigningAlgorithm = 'RS256',
): Promise<NewSigningKey> {
  const { privateKey } = await makers[algorithm]();
  return sealSigningKey(masterKey, privateKey, algorithm);
}

/** A private key as it is stored. */
export async function sealSigningKey(
  masterKey: MasterKey,
  privateKey: KeyObject,
  algorithm: SigningAlgorithm,
): Promise<NewSigningKey> {
  const publicJwk = publicPartOf(privateKey);
  return {
    kid: await calculateJwkThumbprint(publicJwk),
    algorithm,
    publicJwk,
    sealedPrivateKey: masterKey.seal('signing-key', privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()),
  };
}

/**
 * Opens a stored key. Only the sealed private key is believed: whoever can write the database but has no master key can
 * put anything into the rest. The public key and the algorithm follow from it, and the `kid` must be its thumbprint
 * (RFC 7638).
 */
export async function inspectSigningKey(masterKey: MasterKey, row: SigningKeyRow): Promise<InspectedKey> {
  const privateKeyPem = unsealOrUndefined(masterKey, row.sealedPrivateKey);
  if (privateKeyPem === undefined) return { fault: 'not sealed by this deployment' };
  const privateKey = createPrivateKey(privateKeyPem);
  const { algorithm } = row;
  if (algorithmOf(privateKey) !== algorithm) return { fault: 'key of another algorithm' };
  const publicJwk = publicPartOf(privateKey);
  const kid = await calculateJwkThumbprint(publicJwk);
  if (kid !== row.kid) return { fault: 'kid of another key' };
  const key: SigningKey = {
    kid,
    algorithm,
    publicKeyPem: createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString(),
    publicJwk,
    privateKey,
    jwk: { ...publicJwk, kid, use: 'sig', alg: algorithm },
  };
  return comparePublicKey(key, row);
}

/** The key itself; a row that claims another public key for it has been changed by somebody. */
export function comparePublicKey(key: SigningKey, { algorithm, publicJwk }: SigningKeyRow): InspectedKey {
  const isOwn = algorithm !== 'RS256' || isDeepStrictEqual(publicJwk, key.publicJwk);
  return isOwn ? { key } : { key, fault: 'public key of another one' };
}

/** What a key is for. Each signs by one algorithm alone (RFC 8725 §3.1). */
function algorithmOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): SigningAlgorithm | undefined {
  if (asymmetricKeyType === 'rsa') return 'RS256';
  if (asymmetricKeyType === 'ed25519') return 'EdDSA';
  return asymmetricKeyDetails?.namedCurve === 'prime256v1' ? 'ES256' : undefined;
}

function unsealOrUndefined(masterKey: MasterKey, sealed: string): string | undefined {
  try {
    return masterKey.unseal('signing-key', sealed);
  } catch {
    // It throws nothing but UnsealError.
    return undefined;
  }
}

function publicPartOf(privateKey: KeyObject): PublicJwk {
  return createPublicKey(privateKey).export({ format: 'jwk' }) as PublicJwk;
}
