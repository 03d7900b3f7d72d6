import { randomInt } from 'node:crypto';
import type { MasterKey } from '../../master-key/master-key.ts';
import { digestBrought } from '../../master-key/twofold-seal.ts';

const COUNT = 10;
/** Crockford's base32: nothing in it is taken for something else when it is copied by hand. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const GROUPS = 4;
const GROUP_LENGTH = 4;

/** Codes as they are shown, once: 80 random bits each. */
export function makeRecoveryCodes(): string[] {
  return Array.from({ length: COUNT }, () => Array.from({ length: GROUPS }, makeGroup).join('-'));
}

function makeGroup(): string {
  return Array.from({ length: GROUP_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
}

/**
 * What is stored of a code. Its key is the oldest pepper, which outlives the master keys: a code that was printed years ago
 * works after any number of rotations. How it is typed makes no difference.
 */
export function digestRecoveryCode(masterKey: MasterKey, userId: string, code: string): string {
  const secret = code.toUpperCase().replaceAll(/[\s-]/g, '').replaceAll('O', '0').replaceAll(/[IL]/g, '1');
  return digestBrought(masterKey, { secret, context: ['recovery-code', userId] }).toString('base64url');
}
