import type { FastifyBaseLogger } from 'fastify';
import type { ImportedStrength } from '../db/tables/secrets.ts';
import type { MasterKey } from '../master-key/master-key.ts';
import type { Argon2Cost } from '../rules/argon2-cost.ts';
import { readForeignHash } from '../rules/foreign-hashes.ts';
import type { Argon2Gate } from './argon2-gate.ts';
import { encodePlain, hashPlain, hasParameters, verifyPlain, writeCost } from './argon2-phc.ts';
import { isCostly, matchesForeign } from './foreign-comparison.ts';
import type { HasherOptions, SecretHash, StoredHash, Verification } from './hasher.ts';

/** An imported secret's hash as it is stored. */
export interface ImportedHash extends StoredHash {
  secretId: string;
  importedStrength: ImportedStrength;
}

/** Hashes and compares secrets that came with a hash from elsewhere, in a lane of the gate of their own. */
export interface ImportedHasher {
  /** With a hash of ours, at the cost of generated secrets for a random one, else at that of passwords. */
  hashSecret: (secret: string, strength: ImportedStrength) => Promise<SecretHash>;
  /** A match with a hash that is not ours, or not of the configured cost and current pepper, is to be hashed anew. */
  verifySecret: (stored: ImportedHash, secret: string) => Promise<Verification>;
}

export function createImportedHasher(options: HasherOptions & { log: FastifyBaseLogger }): ImportedHasher {
  const { gate, masterKey, log } = options;
  return {
    async hashSecret(secret, strength) {
      const { version, pepper } = masterKey.currentPepper;
      const cost = costOf(options, strength);
      const hash = await gate.run('imported', () => hashPlain(encodePlain(secret), cost, pepper));
      return { hash, pepperVersion: version };
    },

    async verifySecret(stored, secret) {
      if (stored.pepperVersion === null) {
        const warn = (reason: string) => {
          log.warn({ secretId: stored.secretId, reason }, 'an imported hash cannot be compared; no secret matches it');
        };
        const matches = await compareForeign({ gate, warn }, stored.hash, secret);
        return { matches, needsRehash: matches };
      }
      const pepper = masterKey.findPepper(stored.pepperVersion);
      if (pepper === undefined) return { matches: false, needsRehash: false };
      const matches = await gate.run('imported', () => verifyPlain(stored.hash, encodePlain(secret), pepper));
      return {
        matches,
        needsRehash: matches && !isCurrent(stored, masterKey, costOf(options, stored.importedStrength)),
      };
    },
  };
}

/**
 * Compares a hash within the bounds. Any other matches nothing: one of before they were drawn so, or put there by hand.
 */
async function compareForeign(
  { gate, warn }: { gate: Argon2Gate; warn: (reason: string) => void },
  stored: string,
  secret: string,
): Promise<boolean> {
  const reading = readForeignHash(stored, true);
  if ('fault' in reading) {
    warn(`it ${reading.fault}`);
    return false;
  }
  const { hash } = reading;
  const compare = () => matchesForeign(hash, secret);
  return isCostly(hash) ? gate.run('imported', compare) : compare();
}

function costOf({ passwordCost, secretCost }: HasherOptions, strength: ImportedStrength): Argon2Cost {
  return strength === 'random' ? secretCost : passwordCost;
}

function isCurrent({ hash, pepperVersion }: StoredHash, { currentPepper }: MasterKey, cost: Argon2Cost): boolean {
  return pepperVersion === currentPepper.version && hasParameters(hash, writeCost(cost));
}
