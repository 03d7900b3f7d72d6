import type { FastifyBaseLogger } from 'fastify';
import type { CircuitBreaker } from '../db/circuit-breaker.ts';
import type { Db } from '../db/client.ts';
import type { DatabaseClock } from '../db/database-clock.ts';
import type { MasterKey } from '../master-key/master-key.ts';
import type { Config } from '../settings/config.ts';
import { Argon2Gate, ARGON2_CONCURRENCY } from './argon2-gate.ts';
import { createHasher } from './hasher.ts';
import { createImportedHasher } from './imported-hasher.ts';
import { createImportedKeys } from './imported-secrets.ts';
import { LastUsedRecorder } from './last-used.ts';
import { MatchMemo } from './match-memo.ts';
import { createNearStates } from './near-states.ts';
import type { NearFigures, Replica } from './near-states.ts';
import { RefusalPace } from './refusal-pace.ts';
import { createSecretRepository } from './secret-repository.ts';
import { createStateReader } from './state-reader.ts';
import type { StateFigures } from './state-reader.ts';
import type { SecretCheck } from './secret-decision.ts';
import { createSecretStore } from './store.ts';

/** A bound for memory; how long one waits is bounded by the gate itself. */
const ARGON2_QUEUE_MAX = 500;
const MEMO_ENTRIES_MAX = 50_000;

/** To be told what the hashed-secret store does. */
export interface SecretFigures {
  states: StateFigures;
  near: NearFigures;
  onCheck: (check: SecretCheck) => void;
  watchGate: (gate: Argon2Gate) => void;
}

/** What every check waits for: connections that nothing else uses, and whether they answer. */
export interface ChecksDatabase {
  db: Db;
  breaker: CircuitBreaker;
  /** How long a read may take, in milliseconds. */
  budgetMs: number | undefined;
  /** The same on a replica; null where none is set. */
  replica: Replica | null;
}

export interface CreateSecretsOptions {
  db: Db;
  checks: ChecksDatabase;
  clock: DatabaseClock;
  log: FastifyBaseLogger;
  figures: SecretFigures;
  config: Pick<Config, 'passwordCost' | 'secretCost' | 'secretPrefix' | 'replicaLeaseSeconds'>;
  masterKey: MasterKey;
}

/** Makes the hashed-secret store with everything it stands on. */
export function createSecrets({ db, checks, clock, log, figures, config, masterKey }: CreateSecretsOptions) {
  const gate = new Argon2Gate({ concurrency: ARGON2_CONCURRENCY, queueMax: ARGON2_QUEUE_MAX });
  figures.watchGate(gate);
  const hashing = { gate, masterKey, passwordCost: config.passwordCost, secretCost: config.secretCost };
  const hasher = createHasher(hashing);
  const importedKeys = createImportedKeys(masterKey, config.secretPrefix);
  const repository = createSecretRepository(db);
  const { db: checksDb, breaker, budgetMs, replica } = checks;
  const states = createStateReader(checksDb, { figures: figures.states, breaker, budgetMs, clock });
  const near =
    replica === null
      ? undefined
      : createNearStates({
          ...replica,
          primary: checksDb,
          leaseMs: 1_000 * config.replicaLeaseSeconds,
          clock,
          log,
          figures: figures.near,
        });
  const lastUsed = new LastUsedRecorder({ repository, what: 'secrets', clock, log });
  const pace = new RefusalPace();
  const store = createSecretStore({
    prefix: config.secretPrefix,
    hasher,
    importedHasher: createImportedHasher({ ...hashing, log }),
    importedKeys,
    memo: new MatchMemo(MEMO_ENTRIES_MAX),
    states,
    near,
    repository,
    lastUsed,
    log,
    pace,
    onCheck: figures.onCheck,
  });
  return { hasher, states, near, lastUsed, pace, store, importedKeys };
}
