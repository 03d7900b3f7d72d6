import type { DatabaseClock } from '../db/database-clock.ts';
import { WrongMasterKeyError } from '../master-key/master-key.ts';
import type { MasterKey } from '../master-key/master-key.ts';
import { OperatorError } from '../operator-error.ts';
import { periodic } from '../periodic.ts';
import { signingAlgorithms } from '../rules/signing-algorithms.ts';
import type { SigningAlgorithm } from '../rules/signing-algorithms.ts';
import { comparePublicKey, inspectSigningKey, makeSigningKey } from './signing-key.ts';
import type { InspectedKey, PublishedKey, SigningKey, SigningKeyFault } from './signing-key.ts';
import type { NewSigningKey, SigningKeyRepository, StoredSigningKey } from './signing-key-repository.ts';

/** How often at most an unknown `kid` makes the keys be read again. */
const UNKNOWN_KID_INTERVAL_MS = 5_000;
/** How often the keys are read unasked, so that every process knows a new key before it signs. */
export const REFRESH_INTERVAL_MS = 60_000;

/** How long a verifier may keep the JWK set (`max-age`). */
export const JWKS_MAX_AGE_SECONDS = 300;
/** A new key signs only when every verifier and every process has had the time to learn of it. */
const ACTIVATION_DELAY_SECONDS = JWKS_MAX_AGE_SECONDS + REFRESH_INTERVAL_MS / 1000;

const noKeyLeftIn = (table: string) =>
  `No row of ${table} that may sign was written by this service, though the master key is the right one: somebody ` +
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

/** What signs. */
export type Signer = Pick<SigningKey, 'kid' | 'algorithm' | 'privateKey'>;

/** What verifies a signature, and by which algorithm alone (RFC 8725 §3.1). */
export type VerificationKey = Pick<SigningKey, 'algorithm' | 'publicKeyPem'>;

/** Thrown at start when no stored signing key is one of this deployment. */
export class KeyRingError extends OperatorError {
  override name = 'KeyRingError';
}

/**
 * The keys of the deployment. All verify and all are published. The newest active one of RS256 signs; access tokens are
 * signed by that of their own algorithm, as soon as it has one.
 */
export class KeyRing {
  readonly #repository: SigningKeyRepository;
  readonly #masterKey: MasterKey;
  readonly #now: () => number;
  readonly #clock: DatabaseClock | undefined;
  readonly #onError: (err: unknown) => void;
  readonly #onForeignKeys: (keys: ForeignKey[]) => void;
  readonly #accessTokenAlgorithm: SigningAlgorithm;
  readonly #stopping = new AbortController();
  #keys: ReadonlyMap<string, RingKey> = new Map();
  #current: RingKey | undefined;
  #accessTokenKey: RingKey | undefined;
  #loadedAtMs = 0;
  #loading: Promise<void> | undefined;

  constructor({ repository, masterKey, now, clock, accessTokenAlgorithm = 'RS256', ...reports }: KeyRingOptions) {
    this.#repository = repository;
    this.#masterKey = masterKey;
    this.#now = now;
    this.#clock = clock;
    this.#accessTokenAlgorithm = accessTokenAlgorithm;
    this.#onError = reports.onError;
    this.#onForeignKeys = reports.onForeignKeys;
  }

  /**
   * Reads the keys, and makes the first one on an empty database. The first of another algorithm is published like that
   * of a rotation, and signs when others can know it; on an empty database, nobody keeps a JWK set without it.
   * @throws WrongMasterKeyError when a stored key was sealed under a master key that is not configured
   * @throws KeyRingError when there are keys and none that signs is one of this deployment; nothing has been written then
   */
  async start(): Promise<void> {
    await this.#load({ isStart: true });
    const isEmpty = this.#current === undefined;
    if (isEmpty) {
      await this.#repository.insertFirst(await makeSigningKey(this.#masterKey));
      await this.#load();
    }
    await this.#provideAccessTokenKey(isEmpty ? 0 : ACTIVATION_DELAY_SECONDS);
    if (!this.#has(this.#accessTokenAlgorithm)) throw new KeyRingError(noKeyLeftIn('access_token_keys'));
    periodic(REFRESH_INTERVAL_MS, async () => this.#refresh().catch(this.#onError), this.#stopping.signal);
  }

  /** Stops reading the keys; those that are known go on working. */
  stop(): void {
    this.#stopping.abort();
  }

  /**
   * Makes a new key of every algorithm that there are keys of. They are published at once and sign once no verifier can be
   * without them; the old ones sign until then and verify until their last token is out. Of rotations at the same time,
   * one makes keys.
   * @param activationDelaySeconds shorter only where the old keys must stop signing now
   * @returns the `kid` of the new RS256 key, or null when somebody else has just made one
   */
  async rotate(activationDelaySeconds = ACTIVATION_DELAY_SECONDS): Promise<string | null> {
    const keys = await this.#makeKeys();
    const isMade = await this.#repository.insertNext(keys, activationDelaySeconds);
    await this.#load();
    return isMade ? keys[0].kid : null;
  }

  /**
   * Makes new keys, one of every algorithm that there are keys of, that sign at once and are the only ones: for private
   * keys that others may know. No token signed before is accepted any more, here at once and in other processes when they
   * next read the keys.
   * @returns the `kid` of the new RS256 key
   */
  async replaceAll(): Promise<string> {
    for (;;) {
      const keys = await this.#makeKeys();
      const isMade = await this.#repository.insertOnly(keys);
      await this.#load();
      if (isMade) return keys[0].kid;
    }
  }

  /** The key that signs all but access tokens: RS256. */
  get current(): Signer {
    if (this.#current === undefined) throw new Error('the key ring was not started');
    return this.#current;
  }

  /** The key that signs access tokens: of their algorithm, or the RS256 one while that has none that may sign. */
  get accessTokenKey(): Signer {
    return this.#accessTokenKey ?? this.current;
  }

  /** What access tokens that are good can be signed with. */
  get accessTokenAlgorithms(): SigningAlgorithm[] {
    return signingAlgorithms.filter((algorithm) => this.#has(algorithm));
  }

  /**
   * The public key of a `kid`, or undefined. A `kid` nobody knows may be one that another process has just made: the
   * keys are read again, by one reader at a time and at most every few seconds, so that made-up ones cost nothing.
   */
  async findPublicKey(kid: string): Promise<VerificationKey | undefined> {
    const known = this.#keys.get(kid);
    if (known !== undefined) return known;
    if (this.#now() - this.#loadedAtMs < UNKNOWN_KID_INTERVAL_MS) return undefined;
    await this.#reload();
    return this.#keys.get(kid);
  }

  /** The JWK set (RFC 7517 §5) of every key that may have signed a token still alive. */
  get jwks(): { keys: PublishedKey[] } {
    return { keys: [...this.#keys.values()].map(({ jwk }) => jwk) };
  }

  #has(wanted: SigningAlgorithm): boolean {
    return [...this.#keys.values()].some(({ algorithm }) => algorithm === wanted);
  }

  /** Of RS256, and of every algorithm that stands in the database. */
  async #makeKeys(): Promise<[NewSigningKey, ...NewSigningKey[]]> {
    const stored = new Set((await this.#repository.list()).map(({ algorithm }) => algorithm));
    const make = async (algorithm: SigningAlgorithm) => makeSigningKey(this.#masterKey, algorithm);
    const others = [...stored].filter((algorithm) => algorithm !== 'RS256');
    return [await make('RS256'), ...(await Promise.all(others.map(make)))];
  }

  /** Makes the first key of the algorithm of access tokens where there is none. */
  async #provideAccessTokenKey(activationDelaySeconds: number): Promise<void> {
    const algorithm = this.#accessTokenAlgorithm;
    if (this.#has(algorithm)) return;
    await this.#repository.insertFirst(await makeSigningKey(this.#masterKey, algorithm), activationDelaySeconds);
    await this.#load();
  }

  async #refresh(): Promise<void> {
    await this.#reload();
    await this.#provideAccessTokenKey(ACTIVATION_DELAY_SECONDS);
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
    const signerOf = (wanted: SigningAlgorithm) =>
      keys.find(({ algorithm, isActive }) => algorithm === wanted && isActive);
    const current = signerOf('RS256');
    if (current === undefined && stored.some(({ algorithm }) => algorithm === 'RS256')) {
      throw new KeyRingError(noKeyLeftIn('signing_keys'));
    }
    this.#keys = new Map(keys.map((key) => [key.kid, key]));
    this.#current = current;
    this.#accessTokenKey = signerOf(this.#accessTokenAlgorithm);
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
  /** What access tokens are to be signed with. Default RS256. */
  accessTokenAlgorithm?: SigningAlgorithm;
  /** Told when the keys could not be read again; the next reading comes by itself. */
  onError: (err: unknown) => void;
  /** Told, at every reading, of rows that are not used, or not as they stand. At least one. */
  onForeignKeys: (keys: ForeignKey[]) => void;
}
