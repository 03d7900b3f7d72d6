import type { FastifyBaseLogger } from 'fastify';
import { v7 as uuidv7 } from 'uuid';
import type { Environment } from '../db/tables/api-clients.ts';
import type { Presented, SecretCredential } from '../http/presented.ts';
import { SecretComparer } from './comparer.ts';
import type { StoredSecret } from './comparer.ts';
import { GuessBounds } from './guess-bounds.ts';
import type { Hasher, SecretHash } from './hasher.ts';
import type { ImportedHasher } from './imported-hasher.ts';
import type { ImportedKey, ImportedKeys } from './imported-secrets.ts';
import type { LastUsedRecorder } from './last-used.ts';
import type { MatchMemo } from './match-memo.ts';
import { decideStrictly } from './near-states.ts';
import type { NearStates } from './near-states.ts';
import type { RefusalPace } from './refusal-pace.ts';
import { generateSecret, parseSecret } from './secret-format.ts';
import type { SecretRecord, SecretRepository } from './secret-repository.ts';
import { decide, refuse } from './secret-decision.ts';
import type { Bound, SecretCheck } from './secret-decision.ts';
import type { ImportedState, SecretState, StateFinder } from './secret-state.ts';

/** A new secret: the plain text for the one answer that shows it, and the record that stays. */
export interface MintedSecret {
  plain: string;
  record: SecretRecord & { id: string };
}

/** What is to be done for a credential that is good: it is checked once more afterwards, and counts as checked once. */
export type Meanwhile = ((state: SecretState) => Promise<void>) | undefined;

/** The hashed-secret store: the only place that makes, hashes and compares plain secrets. */
export interface SecretStore {
  /** Makes and hashes a secret. The caller stores the record in a transaction of its own. */
  mint: (environment: Environment) => Promise<MintedSecret>;
  /**
   * Decides about a presented secret by what the database says at this moment.
   */
  check: (presented: Presented<SecretCredential>, meanwhile?: Meanwhile) => Promise<SecretCheck>;
  /**
   * Notes that a request with this secret was accepted.
   * @param address of the machine, as far as that is known; only its network is kept
   */
  recordUse: (secretId: string, address?: string) => void;
  /** When a secret was last used by what this process has noted and not written yet, in milliseconds since the epoch. */
  lastUseOf: (secretId: string) => number | undefined;
}

export interface SecretStoreOptions {
  prefix: string;
  hasher: Hasher;
  importedHasher: ImportedHasher;
  importedKeys: ImportedKeys;
  memo: MatchMemo;
  states: StateFinder;
  /** Asked first, where there are any. */
  near?: NearStates | undefined;
  repository: SecretRepository;
  lastUsed: LastUsedRecorder;
  log: FastifyBaseLogger;
  /** What refusals wait for. */
  pace: RefusalPace;
  /** Told of every check. */
  onCheck?: (check: SecretCheck) => void;
}

/** What makes and hashes secrets, for those who check none. */
export function createMint({ prefix, hasher }: Pick<SecretStoreOptions, 'prefix' | 'hasher'>): SecretStore['mint'] {
  return async (environment) => {
    const { secret, lookupId, hint } = generateSecret(prefix, environment);
    const hashed = await hasher.hashSecret(secret);
    return { plain: secret, record: { id: uuidv7(), lookupId, hint, ...hashed } };
  };
}

/** How many may wait for a comparison with unused imported secrets of one organization: seconds of one that moves in. */
const IMPORTED_WAITING_MAX = 32;

/** Where the secrets of a kind are found, and what they are compared by. */
interface Source<Key, State extends SecretState> {
  find: (states: StateFinder, key: Key) => Promise<State | undefined>;
  comparer: SecretComparer<State & StoredSecret>;
  bound: Bound<State>;
}

export function createSecretStore(options: SecretStoreOptions): SecretStore {
  const { prefix, hasher, importedKeys, lastUsed, pace, onCheck } = options;
  const { ours, imported } = createSources(options);

  function look(presented: Presented<SecretCredential>): Promise<SecretCheck> {
    const parsed = parseSecret(prefix, presented.credential.secret);
    if (parsed !== undefined) return lookFor(ours, parsed.lookupId, presented);
    const key = importedKeys.keyOf(presented.credential);
    return key === undefined ? Promise.resolve(refuse('malformed secret')) : lookFor(imported, key, presented);
  }

  function lookFor<Key, State extends SecretState>(
    { find, comparer, bound }: Source<Key, State>,
    key: Key,
    presented: Presented<SecretCredential>,
  ): Promise<SecretCheck> {
    const mismatches = options.near === undefined ? undefined : new Set<string>();
    return decideStrictly(options, (states) =>
      decide({ find: () => find(states, key), comparer, bound, mismatches }, presented),
    );
  }

  return {
    mint: createMint({ prefix, hasher }),

    async check(presented, meanwhile) {
      let check = await look(presented);
      if (meanwhile !== undefined && check.isValid) {
        await meanwhile(check.state);
        check = await look(presented);
      }
      onCheck?.(check);
      if (!check.isValid) await pace.wait();
      return check;
    },

    recordUse(secretId, address) {
      lastUsed.record(secretId, address);
    },

    lastUseOf: (secretId) => lastUsed.lastUseOf(secretId),
  };
}

function createSources({ hasher, importedHasher, memo, repository, log }: SecretStoreOptions) {
  const guesses = new GuessBounds(repository);
  const ours: Source<string, SecretState> = {
    find: (states, lookupId) => states.findByLookupId(lookupId),
    comparer: new SecretComparer({
      hasher,
      memo,
      onStale: (stored, secret) => void rehashOurs(stored, secret),
    }),
    // 256 random bits are found by nobody who tries.
    bound: (_state, _presented, compare) => compare(),
  };
  const imported: Source<ImportedKey, ImportedState> = {
    find: (states, key) => states.findImported(key),
    comparer: new SecretComparer<ImportedState>({
      hasher: importedHasher,
      memo,
      onStale: (stored, secret) => void rehashImported(stored, secret),
      // What one organization has imported, however costly, takes one place, and leaves the rest to others. Once it was
      // used it costs what this deployment's own hashes cost.
      turnOf: ({ pepperVersion, organizationId, secretId }) => (pepperVersion === null ? organizationId : secretId),
      waitingMax: IMPORTED_WAITING_MAX,
    }),
    bound({ secretId, importedStrength }, { credential, address }, compare) {
      if (importedStrength === 'random') return compare();
      return guesses.run({ secretId, digest: memo.digest(credential.secret), address }, compare);
    },
  };

  let isRehashing = false;

  /**
   * Brings a hash to the configured cost and pepper. One at a time, and what comes meanwhile stays as it is: after a change
   * of the cost every first check would bring another piece of work and a write.
   */
  async function rehashOurs(stored: StoredSecret, secret: string): Promise<void> {
    if (isRehashing) return;
    isRehashing = true;
    await rehash(stored, () => hasher.hashSecret(secret));
    isRehashing = false;
  }

  /** None stays as it is: a hash of elsewhere has no pepper. What fails is tried again with the next use. */
  async function rehashImported(stored: ImportedState, secret: string): Promise<void> {
    memo.forget(secret);
    await rehash(stored, () => importedHasher.hashSecret(secret, stored.importedStrength));
  }

  /** Nothing is lost when it fails. */
  async function rehash({ secretId, hash }: StoredSecret, hashAnew: () => Promise<SecretHash>): Promise<void> {
    try {
      await repository.updateHash(secretId, hash, await hashAnew());
    } catch (err) {
      log.warn({ err, secretId }, 'a secret could not be rehashed; it goes on working as it is');
    }
  }

  return { ours, imported };
}
