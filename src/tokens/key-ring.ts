import { createPrivateKey, createPublicKey, generateKeyPair } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { calculateJwkThumbprint } from 'jose';
import { UnsealError, WRONG_MASTER_KEY } from '../master-key/master-key.ts';
import type { MasterKey } from '../master-key/master-key.ts';
import type { SigningKeyRepository } from './signing-key-repository.ts';
import { OperatorError } from '../operator-error.ts';

const MODULUS_BITS = 2048;
/** How often at most an unknown `kid` makes the keys be read again. */
const UNKNOWN_KID_INTERVAL_MS = 5_000;
/** How often the keys are read unasked, so that every process knows a new key before it signs. */
export const REFRESH_INTERVAL_MS = 60_000;

/** How long a verifier may keep the JWK set (`max-age`). */
export const JWKS_MAX_AGE_SECONDS = 300;
/** A new key signs only when every verifier and every process has had the time to learn of it. */
const ACTIVATION_DELAY_SECONDS = JWKS_MAX_AGE_SECONDS + REFRESH_INTERVAL_MS / 1000;

/** A public key as the JWK set holds it (RFC 7517 §4). */
export interface PublishedKey {
  kty: string;
  n: string;
  e: string;
  kid: string;
  use: 'sig';
  alg: 'RS256';
}

interface SigningKey {
  kid: string;
  publicKeyPem: string;
  privateKeyPem: string;
  privateKey: KeyObject;
  jwk: PublishedKey;
  isActive: boolean;
}

/** Thrown at start when the stored signing keys cannot be opened with the configured master keys. */
export class KeyRingError extends OperatorError {
  override name = 'KeyRingError';
}

/** The RS256 keys of the deployment: the newest active one signs, all verify, all are published. */
export class KeyRing {
  readonly #repository: SigningKeyRepository;
  readonly #masterKey: MasterKey;
  readonly #now: () => number;
  readonly #onError: (err: unknown) => void;
  #keys: ReadonlyMap<string, SigningKey> = new Map();
  #current: SigningKey | undefined;
  #loadedAtMs = 0;
  #loading: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor({ repository, masterKey, now, onError }: KeyRingOptions) {
    this.#repository = repository;
    this.#masterKey = masterKey;
    this.#now = now;
    this.#onError = onError;
  }

  /**
   * Reads the keys, and makes the first one on an empty database.
   * @throws KeyRingError when a stored key was sealed under another master key; nothing has been written then
   */
  async start(): Promise<void> {
    await this.#load();
    if (this.#current === undefined) {
      await this.#repository.insertFirst(await makeKey(this.#masterKey));
      await this.#load();
    }
    this.#timer = setInterval(() => void this.#reload().catch(this.#onError), REFRESH_INTERVAL_MS).unref();
  }

  /** Stops reading the keys; those that are known go on working. */
  stop(): void {
    clearInterval(this.#timer);
  }

  /**
   * Makes a new key. It is published at once and signs once no verifier can be without it; the old one signs until then
   * and verifies until its last token is out. Of rotations at the same time, one makes a key.
   * @param activationDelaySeconds shorter only where the old key must stop signing now
   * @returns the `kid` of the new key, or null when somebody else has just made one
   */
  async rotate(activationDelaySeconds = ACTIVATION_DELAY_SECONDS): Promise<string | null> {
    const key = await makeKey(this.#masterKey);
    const isMade = await this.#repository.insertNext(key, activationDelaySeconds);
    await this.#load();
    return isMade ? key.kid : null;
  }

  /**
   * Makes a new key that signs at once and is the only one: for a private key that others may know. No token signed
   * before is accepted any more, here at once and in other processes when they next read the keys.
   * @returns the `kid` of the new key
   */
  async replaceAll(): Promise<string> {
    for (;;) {
      const key = await makeKey(this.#masterKey);
      const isMade = await this.#repository.insertOnly(key);
      await this.#load();
      if (isMade) return key.kid;
    }
  }

  /** The key that signs. */
  get current(): { kid: string; privateKeyPem: string; privateKey: KeyObject } {
    if (this.#current === undefined) throw new Error('the key ring was not started');
    return this.#current;
  }

  /**
   * The public key of a `kid`, or undefined. A `kid` nobody knows may be one that another process has just made: the
   * keys are read again, by one reader at a time and at most every few seconds, so that made-up ones cost nothing.
   */
  async findPublicKey(kid: string): Promise<string | undefined> {
    const known = this.#keys.get(kid);
    if (known !== undefined) return known.publicKeyPem;
    if (this.#now() - this.#loadedAtMs < UNKNOWN_KID_INTERVAL_MS) return undefined;
    await this.#reload();
    return this.#keys.get(kid)?.publicKeyPem;
  }

  /** The JWK set (RFC 7517 §5) of every key that may have signed a token still alive. */
  get jwks(): { keys: PublishedKey[] } {
    return { keys: [...this.#keys.values()].map(({ jwk }) => jwk) };
  }

  #reload(): Promise<void> {
    this.#loading ??= this.#load().finally(() => {
      this.#loading = undefined;
    });
    return this.#loading;
  }

  async #load(): Promise<void> {
    const stored = await this.#repository.list();
    this.#loadedAtMs = this.#now();
    const keys = stored.map(({ kid, publicJwk, sealedPrivateKey, isActive }): SigningKey => {
      const publicKey = createPublicKey({ key: publicJwk, format: 'jwk' });
      const privateKeyPem = openSigningKey(this.#masterKey, sealedPrivateKey);
      return {
        kid,
        isActive,
        publicKeyPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
        privateKeyPem,
        privateKey: createPrivateKey(privateKeyPem),
        jwk: { ...publicJwk, kid, use: 'sig', alg: 'RS256' },
      };
    });
    this.#keys = new Map(keys.map((key) => [key.kid, key]));
    this.#current = keys.find(({ isActive }) => isActive);
  }
}

export interface KeyRingOptions {
  repository: SigningKeyRepository;
  masterKey: MasterKey;
  /** Milliseconds since the epoch. */
  now: () => number;
  /** Told when the keys could not be read again; the next reading comes by itself. */
  onError: (err: unknown) => void;
}

async function makeKey(masterKey: MasterKey) {
  const { publicKey, privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: MODULUS_BITS });
  const { kty = '', n = '', e = '' } = publicKey.export({ format: 'jwk' });
  const publicJwk = { kty, n, e };
  return {
    kid: await calculateJwkThumbprint(publicJwk),
    publicJwk,
    sealedPrivateKey: masterKey.seal('signing-key', privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()),
  };
}

/**
 * Opens a stored private key.
 * @throws KeyRingError when it was sealed under a master key that is not configured
 */
export function openSigningKey(masterKey: MasterKey, sealed: string): string {
  try {
    return masterKey.unseal('signing-key', sealed);
  } catch (cause) {
    if (!(cause instanceof UnsealError)) throw cause;
    throw new KeyRingError(WRONG_MASTER_KEY, { cause });
  }
}
