import type { MasterKey } from '../master-key/master-key.ts';
import type { Argon2Cost } from '../rules/argon2-cost.ts';
import type { Argon2Gate } from './argon2-gate.ts';
import { encodePlain, hashPlain, hasParameters, verifyPlain, writeCost } from './argon2-phc.ts';
import { PasswordHashing } from './password-hashing.ts';
import type { PasswordVerdict } from './password-hashing.ts';

/** A secret's hash as it is stored: a PHC string and the version of the pepper that keyed it. */
export interface SecretHash {
  hash: string;
  pepperVersion: string;
}

/** The same as it may be stored: without a pepper where it came from elsewhere and has not been used yet. */
export interface StoredHash {
  hash: string;
  pepperVersion: string | null;
}

export interface Verification {
  matches: boolean;
  /** True only with `matches`: the hash should be replaced by one of the configured cost and the current pepper. */
  needsRehash: boolean;
}

export interface CheckConditions {
  /** The costs of all stored hashes, as they are written there: each check does the work of every one. */
  costsInUse: readonly string[];
  /** Aborts when nobody waits for the answer any more: what has not begun rejects with ConnectionGoneError. */
  closed?: AbortSignal | undefined;
}

/** Hashes and verifies with argon2id. What promises work rejects with AppError `overloaded` when the gate refuses. */
export interface Hasher {
  /** Keyed with the current pepper, whose version stands in the hash. The password is taken as `preparePassword` makes it. */
  hashPassword: (password: string) => Promise<string>;
  /**
   * Compares with a hash, or at the same cost makes one where there is none, as for an account that does not exist. A hash
   * whose pepper is gone does not match.
   */
  checkPassword: (
    stored: string | undefined,
    password: string,
    conditions: CheckConditions,
  ) => Promise<PasswordVerdict>;
  /** For asking first. @throws AppError `overloaded` when a password would be turned away now */
  requireRoom: () => void;
  /** A hash of no password that anybody knows. */
  makeUnknownPassword: () => string;
  /** Keyed with the current pepper. */
  hashSecret: (secret: string) => Promise<SecretHash>;
  /** A hash whose pepper is no longer configured does not match. */
  verifySecret: (stored: StoredHash, secret: string) => Promise<Verification>;
}

export interface HasherOptions {
  gate: Argon2Gate;
  masterKey: MasterKey;
  passwordCost: Argon2Cost;
  secretCost: Argon2Cost;
}

/** Binds argon2id to the gate, the peppers and the two cost profiles. */
export function createHasher({ gate, masterKey, passwordCost, secretCost }: HasherOptions): Hasher {
  const passwords = new PasswordHashing(masterKey, passwordCost);
  return {
    hashPassword: (password) => gate.run('password', () => passwords.hash(password)),

    requireRoom: () => {
      gate.requireRoom('password');
    },

    // In one turn: a check that has begun is not turned away half done.
    checkPassword: (stored, password, { costsInUse, closed }) =>
      gate.run('password', () => passwords.check(stored, password, costsInUse), closed),

    makeUnknownPassword: () => passwords.makeUnknown(),

    hashSecret: async (secret) => {
      const { version, pepper } = masterKey.currentPepper;
      return {
        hash: await gate.run('secret', () => hashPlain(encodePlain(secret), secretCost, pepper)),
        pepperVersion: version,
      };
    },

    verifySecret: async (stored, secret) => {
      const pepper = masterKey.findPepper(stored.pepperVersion);
      if (pepper === undefined) return { matches: false, needsRehash: false };
      const matches = await gate.run('secret', () => verifyPlain(stored.hash, encodePlain(secret), pepper));
      const isCurrent =
        stored.pepperVersion === masterKey.currentPepper.version && hasParameters(stored.hash, writeCost(secretCost));
      return { matches, needsRehash: matches && !isCurrent };
    },
  };
}
