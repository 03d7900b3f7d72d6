import type { Config } from '../settings/config.ts';
import type { MasterKey } from '../master-key/master-key.ts';
import { Argon2Gate, ARGON2_CONCURRENCY } from '../secrets/argon2-gate.ts';
import { createHasher } from '../secrets/hasher.ts';
import type { Hasher } from '../secrets/hasher.ts';
import { createMint } from '../secrets/store.ts';
import type { SecretStore } from '../secrets/store.ts';

/** How many hashes may be asked for at a time. */
export const HASHES_WAITING_MAX = 500;

/** Hashes and makes secrets as the service does. */
export function createSecretTools(
  { secretPrefix: prefix, passwordCost, secretCost }: Config,
  masterKey: MasterKey,
): { hasher: Hasher; mint: SecretStore['mint'] } {
  const gate = new Argon2Gate({ concurrency: ARGON2_CONCURRENCY, queueMax: HASHES_WAITING_MAX, waitMaxMs: Infinity });
  const hasher = createHasher({ gate, masterKey, passwordCost, secretCost });
  return { hasher, mint: createMint({ prefix, hasher }) };
}
