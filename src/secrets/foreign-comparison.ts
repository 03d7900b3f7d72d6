import { createHash, pbkdf2, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import bcrypt from 'bcrypt';
import type { ForeignHash } from '../rules/foreign-hashes.ts';
import { encodePlain, verifyPlain } from './argon2-phc.ts';

const deriveByPbkdf2 = promisify(pbkdf2);
const deriveByScrypt = promisify<Buffer, Buffer, number, object, Buffer>(scrypt);

/** Whether a comparison takes work enough to be queued. */
export function isCostly({ scheme }: ForeignHash): boolean {
  return scheme !== 'sha256';
}

/** Compares a secret with a hash of another system, as that system did: bcrypt looks at 72 bytes and no more. */
export async function matchesForeign(hash: ForeignHash, secret: string): Promise<boolean> {
  const plain = encodePlain(secret);
  switch (hash.scheme) {
    case 'argon2':
      return verifyPlain(hash.phc, plain);
    case 'bcrypt':
      return bcrypt.compare(plain, hash.text);
    case 'sha256':
      return timingSafeEqual(createHash('sha256').update(plain).digest(), hash.digest);
    case 'pbkdf2':
      return timingSafeEqual(
        await deriveByPbkdf2(plain, hash.salt, hash.iterations, hash.key.length, hash.digest),
        hash.key,
      );
    case 'scrypt':
      return timingSafeEqual(await deriveByScrypt(plain, hash.salt, hash.key.length, scryptCost(hash)), hash.key);
  }
}

function scryptCost({ blocks, blockSize, lanes }: Extract<ForeignHash, { scheme: 'scrypt' }>): object {
  // What Node reckons with is a little more than the blocks themselves.
  const maxmem = 128 * blockSize * (blocks + lanes + 2) * 2;
  return { N: blocks, r: blockSize, p: lanes, maxmem };
}
