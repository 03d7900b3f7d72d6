import type pg from 'pg';
import type { Test } from 'tap';
import { createDb, createPool } from '../../src/db/client.ts';
import type { Db } from '../../src/db/client.ts';
import { MasterKey } from '../../src/master-key/master-key.ts';
import { Argon2Gate } from '../../src/secrets/argon2-gate.ts';
import type { Argon2GateOptions } from '../../src/secrets/argon2-gate.ts';
import { createHasher } from '../../src/secrets/hasher.ts';
import { createImportedHasher } from '../../src/secrets/imported-hasher.ts';
import { createImportedKeys } from '../../src/secrets/imported-secrets.ts';
import { LastUsedRecorder } from '../../src/secrets/last-used.ts';
import { MatchMemo } from '../../src/secrets/match-memo.ts';
import { createSecretRepository } from '../../src/secrets/secret-repository.ts';
import { createStateReader } from '../../src/secrets/state-reader.ts';
import { RefusalPace } from '../../src/secrets/refusal-pace.ts';
import { createSecretStore } from '../../src/secrets/store.ts';
import type { TestApp } from './build-app.ts';

type Teardown = Pick<Test, 'teardown'>;

/** A pool of the test's own on the service's database. */
export function openDb(t: Teardown, { databaseUrl }: Pick<TestApp, 'databaseUrl'>): { db: Db; pool: pg.Pool } {
  const pool = createPool({ databaseUrl, poolMax: 4 });
  pool.on('error', () => undefined);
  t.teardown(async () => pool.end());
  return { db: createDb(pool), pool };
}

/** A secret store like the service's, with a gate in the hand of the test. */
export function openStore(
  t: Teardown,
  test: TestApp,
  { pace = new RefusalPace(), ...gateOptions }: Argon2GateOptions & { pace?: RefusalPace },
) {
  const { db } = openDb(t, test);
  const { log } = test.app;
  const gate = new Argon2Gate(gateOptions);
  const { passwordCost, secretCost, secretPrefix: prefix } = test.config;
  const masterKey = new MasterKey(test.config.masterKeys);
  const hashing = { gate, masterKey, passwordCost, secretCost };
  const repository = createSecretRepository(db);
  const lastUsed = new LastUsedRecorder({ repository, what: 'secrets', clock: { now: Date.now }, log });
  const states = createStateReader(db);
  const store = createSecretStore({
    ...{ prefix, states, repository, lastUsed, log },
    hasher: createHasher(hashing),
    importedHasher: createImportedHasher({ ...hashing, log }),
    importedKeys: createImportedKeys(masterKey, prefix),
    memo: new MatchMemo(100),
    pace,
  });
  return { store, gate };
}

/** Takes a place of the gate until it is released. */
export function occupy(gate: Argon2Gate): () => Promise<void> {
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const work = gate.run('secret', () => held);
  return () => {
    release();
    return work;
  };
}
