import { randomBytes } from 'node:crypto';
import argon2 from 'argon2';
import type { Argon2Cost } from '../rules/argon2-cost.ts';

const VERSION = 0x13;
const SALT_BYTES = 16;
const HASH_BYTES = 32;

/** Hashes with argon2id (RFC 9106) into a PHC string; the pepper is its `secret` input. */
export function hashPlain(plain: Buffer, cost: Argon2Cost, pepper: Buffer): Promise<string> {
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

/** Compares with a PHC string at the cost that stands in it. */
export function verifyPlain(phc: string, plain: Buffer, pepper?: Buffer): Promise<boolean> {
  return argon2.verify(phc, plain, pepper === undefined ? {} : { secret: pepper });
}

/** Random bytes in place of a hash: comparing costs as much as with a real one, and no plain text is known to match. */
export function makeRandomHash(parameters: string): string {
  const random = (bytes: number) => randomBytes(bytes).toString('base64').replaceAll('=', '');
  return `${headOf(parameters)}${random(SALT_BYTES)}$${random(HASH_BYTES)}`;
}

/** The cost as a PHC string has it. */
export function writeCost({ memoryKib, passes, parallelism }: Argon2Cost): string {
  return `m=${memoryKib},t=${passes},p=${parallelism}`;
}

/** Whether a PHC string has just these parameters. */
export function hasParameters(phc: string, parameters: string): boolean {
  return phc.startsWith(headOf(parameters));
}

/** The PHC string up to the salt. */
function headOf(parameters: string): string {
  return `$argon2id$v=${VERSION}$${parameters}$`;
}

/** UTF-8 turns every lone surrogate into U+FFFD; such text gets bytes of its own (0xFF occurs in no UTF-8). */
export function encodePlain(plain: string): Buffer {
  if (plain.isWellFormed()) return Buffer.from(plain, 'utf8');
  return Buffer.concat([Buffer.of(0xff), Buffer.from(plain, 'utf16le')]);
}
