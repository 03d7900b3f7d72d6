import type { KeyObject } from 'node:crypto';
import type { DatabaseClock } from '../db/database-clock.ts';
import { WrongMasterKeyError } from '../master-key/master-key.ts';
import type { MasterKey } from '../master-key/master-key.ts';
import { OperatorError } from '../operator-error.ts';
import { periodic } from '../periodic.ts';
import { comparePublicKey, inspectSigningKey, makeSigningKey } from './signing-key.ts';
import type { InspectedKey, PublishedKey, SigningKey, SigningKeyFault } from './signing-key.ts';
import type { SigningKeyRepository, StoredSigningKey } from './signing-key-repository.ts';

/** How often at most an unknown `kid` makes the keys be read again. */
const UNKNOWN_KID_INTERVAL_MS = 5_000;
/** How often the keys are read unasked, so that every process knows a new key before it signs. */
export const REFRESH_INTERVAL_MS = 60_000;

/** How long a verifier may keep the JWK set (`max-age`). */
export const JWKS_MAX_AGE_SECONDS = 300;
/** A new key signs only when every verifier and every process has had the time to learn of it. */
const ACTIVATION_DELAY_SECONDS = JWKS_MAX_AGE_SECONDS + REFRESH_INTERVAL_MS / 1000;

const NO_KEY_LEFT =
  'No row of signing_keys that may sign was written by this service, though the master key is the right one: somebody ' +
  'else has changed the table. Restore it from a backup, or empty it to have a new key made.';

/** A row of the database that this service has not written. */
export interface ForeignKey {
  kid: string;
  fault: SigningKeyFault;
}

interface RingKey extends SigningKey {
  sealedPrivateKey: string;
  isActive: boolean;
}

/** Thrown at start when no stored signing key is one of this deployment. */
export class KeyRingError extends OperatorError {
  override name = 'KeyRingError';
}

/** The RS256 keys of the deployment: the newest active one signs, all verify, all are published. */
export class KeyRing {
  readonly #repository: SigningKeyRepository;
  readonly #masterKey: MasterKey;
  readonly #now: () => number;
  readonly #clock: DatabaseClock | undefined;
  readonly #onError: (err: unknown) => void;
  readonly #onForeignKeys: (keys: ForeignKey[]) => void;
  readonly #stopping = new AbortController();
  #keys: ReadonlyMap<string, RingKey> = new Map();
  #current: RingKey | undefined;
  #loadedAtMs = 0;
  #loading: Promise<void> | undefined;

  constructor({ repository, masterKey, now, clock, onError, onForeignKeys }: KeyRingOptions) {
    this.#repository = repository;
    this.#masterKey = masterKey;
    this.#now = now;
    this.#clock = clock;
    this.#onError = onError;
    this.#onForeignKeys = onForeignKeys;
  }

  /**
   * Reads the keys, and makes the first one on an empty database.
   * @throws WrongMasterKeyError when a stored key was sealed under a master key that is not configured
   * @throws KeyRingError when there are keys and none that signs is one of this deployment; nothing has been written then
   */
  async start(): Promise<void> {
    await this.#load({ isStart: true });
    if (this.#current === undefined) {
      await this.#repository.insertFirst(await makeSigningKey(this.#masterKey));
      await this.#load();
    }
    periodic(REFRESH_INTERVAL_MS, async () => this.#reload().catch(this.#onError), this.#stopping.signal);
  }

  /** Stops reading the keys; those that are known go on working. */
  stop(): void {
    this.#stopping.abort();
  }

  /**
   * Makes a new key. It is published at once and signs once no verifier can be without it; the old one signs until then
   * and verifies until its last token is out. Of rotations at the same time, one makes a key.
   * @param activationDelaySeconds shorter only where the old key must stop signing now
   * @returns the `kid` of the new key, or null when somebody else has just made one
   */
  async rotate(activationDelaySeconds = ACTIVATION_DELAY_SECONDS): Promise<string | null> {
    const key = await makeSigningKey(this.#masterKey);
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
      const key = await makeSigningKey(this.#masterKey);
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

  async #load({ isStart = false } = {}): Promise<void> {
    const askedAt = this.#clock?.ask() ?? 0;
    const stored = await this.#repository.list();
    if (stored[0] !== undefined) this.#clock?.note(stored[0].readMs, askedAt);
    this.#loadedAtMs = this.#now();
    if (isStart && stored.some(({ sealedPrivateKey }) => this.#masterKey.isForeign(sealedPrivateKey))) {
      throw new WrongMasterKeyError();
    }
    const keys: RingKey[] = [];
    const foreign: ForeignKey[] = [];
    for (const row of stored) {
      const { key, fault } = await this.#read(row);
      if (key !== undefined) keys.push({ ...key, sealedPrivateKey: row.sealedPrivateKey, isActive: row.isActive });
      if (fault !== undefined) foreign.push({ kid: row.kid, fault });
    }
    if (foreign.length > 0) this.#onForeignKeys(foreign);
    const current = keys.find(({ isActive }) => isActive);
    if (current === undefined && stored.length > 0) throw new KeyRingError(NO_KEY_LEFT);
    this.#keys = new Map(keys.map((key) => [key.kid, key]));
    this.#current = current;
  }

  /** A key that is known is not opened again, and stays when another process has sealed it under a master key to come. */
  async #read(row: StoredSigningKey): Promise<InspectedKey> {
    const known = this.#keys.get(row.kid);
    const isSame = known?.sealedPrivateKey === row.sealedPrivateKey || this.#masterKey.isForeign(row.sealedPrivateKey);
    return known !== undefined && isSame ? comparePublicKey(known, row) : inspectSigningKey(this.#masterKey, row);
  }
}

export interface KeyRingOptions {
  repository: SigningKeyRepository;
  masterKey: MasterKey;
  /** Milliseconds since the epoch. */
  now: () => number;
  /** Told the database's time at every reading. */
  clock?: DatabaseClock;
  /** Told when the keys could not be read again; the next reading comes by itself. */
  onError: (err: unknown) => void;
  /** Told, at every reading, of rows that are not used, or not as they stand. At least one. */
  onForeignKeys: (keys: ForeignKey[]) => void;
}
