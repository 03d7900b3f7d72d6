import { randomBytes } from 'node:crypto';
import argon2 from 'argon2';
import type { MasterKey } from '../master-key/master-key.ts';
import type { Argon2Cost } from '../rules/argon2-cost.ts';
import type { Argon2Gate } from './argon2-gate.ts';

const VERSION = 0x13;
const SALT_BYTES = 16;
const HASH_BYTES = 32;

/** A secret's hash as it is stored: a PHC string and the version of the pepper that keyed it. */
export interface SecretHash {
  hash: string;
  pepperVersion: string;
}

export interface Verification {
  matches: boolean;
  /** True only with `matches`: the hash should be replaced by one of the configured cost and the current pepper. */
  needsRehash: boolean;
}

/** Hashes and verifies with argon2id. Every method rejects with AppError `overloaded` when the gate refuses. */
export interface Hasher {
  /** A PHC string. Passwords are taken exactly as sent, without Unicode normalisation. */
  hashPassword: (password: string) => Promise<string>;
  /**
   * Without a hash, for an account that does not exist, does the same work and does not match.
   * @param closed aborts when nobody waits for the answer any more: what has not begun rejects with ConnectionGoneError
   */
  verifyPassword: (hash: string | undefined, password: string, closed?: AbortSignal) => Promise<Verification>;
  /** For asking first. @throws AppError `overloaded` when a password would be turned away now */
  requireRoom: () => void;
  /** Keyed with the current pepper. */
  hashSecret: (secret: string) => Promise<SecretHash>;
  /** A hash whose pepper is no longer configured does not match. */
  verifySecret: (stored: SecretHash, secret: string) => Promise<Verification>;
}

export interface HasherOptions {
  gate: Argon2Gate;
  masterKey: MasterKey;
  passwordCost: Argon2Cost;
  secretCost: Argon2Cost;
}

/** Binds argon2id to the gate, the pepper and the two cost profiles. */
export function createHasher({ gate, masterKey, passwordCost, secretCost }: HasherOptions): Hasher {
  const dummyHash = createDummyHash(passwordCost);
  return {
    hashPassword: (password) => gate.run('password', () => hash(encode(password), passwordCost)),

    requireRoom: () => {
      gate.requireRoom('password');
    },

    verifyPassword: async (stored, password, closed) => {
      const text = stored ?? dummyHash;
      const matches = await gate.run('password', () => argon2.verify(text, encode(password)), closed);
      return { matches, needsRehash: matches && !hasCost(text, passwordCost) };
    },

    hashSecret: async (secret) => {
      const { version, pepper } = masterKey.currentPepper;
      return {
        hash: await gate.run('secret', () => hash(encode(secret), secretCost, pepper)),
        pepperVersion: version,
      };
    },

    verifySecret: async (stored, secret) => {
      const pepper = masterKey.findPepper(stored.pepperVersion);
      if (pepper === undefined) return { matches: false, needsRehash: false };
      const matches = await gate.run('secret', () => argon2.verify(stored.hash, encode(secret), { secret: pepper }));
      const isCurrent = stored.pepperVersion === masterKey.currentPepper.version && hasCost(stored.hash, secretCost);
      return { matches, needsRehash: matches && !isCurrent };
    },
  };
}

function hash(plain: Buffer, cost: Argon2Cost, pepper?: Buffer): Promise<string> {
  return argon2.hash(plain, {
    type: argon2.argon2id,
    version: VERSION,
    memoryCost: cost.memoryKib,
    timeCost: cost.passes,
    parallelism: cost.parallelism,
    hashLength: HASH_BYTES,
    salt: randomBytes(SALT_BYTES),
    secret: pepper,
  });
}

/** UTF-8 turns every lone surrogate into U+FFFD; such text gets bytes of its own (0xFF occurs in no UTF-8). */
function encode(plain: string): Buffer {
  if (plain.isWellFormed()) return Buffer.from(plain, 'utf8');
  return Buffer.concat([Buffer.of(0xff), Buffer.from(plain, 'utf16le')]);
}

/** The PHC string up to the salt. */
function headOf({ memoryKib, passes, parallelism }: Argon2Cost): string {
  return `$argon2id$v=${VERSION}$m=${memoryKib},t=${passes},p=${parallelism}$`;
}

function hasCost(phc: string, cost: Argon2Cost): boolean {
  return phc.startsWith(headOf(cost));
}

/** Random bytes in place of a hash: verifying costs as much as with a real one, and no plain text is known to match. */
function createDummyHash(cost: Argon2Cost): string {
  const random = (bytes: number) => randomBytes(bytes).toString('base64').replaceAll('=', '');
  return `${headOf(cost)}${random(SALT_BYTES)}$${random(HASH_BYTES)}`;
}
