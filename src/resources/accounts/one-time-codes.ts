import { randomBytes, randomInt } from 'node:crypto';
import { AppError } from '../../errors.ts';
import type { MasterKey } from '../../master-key/master-key.ts';
import type { CodeKey } from './one-time-code-repository.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
const LENGTH = 6;

export const CODE_PATTERN = `^[A-Z0-9]{${LENGTH}}$`;
export const CODE_TTL_SECONDS = 600;
export const codeLimits = { ttlSeconds: CODE_TTL_SECONDS, tries: 5, mailsAnHour: 5, mailsADay: 20 };
export const CODE_COOLDOWN_SECONDS = 60;

/** A code for a mail, and the keyed digest that is stored of it. */
export interface OneTimeCode {
  code: string;
  digest: string;
}

/** Makes a code from 36^6 equally likely ones. */
export function makeCode(masterKey: MasterKey, key: CodeKey): OneTimeCode {
  const code = Array.from({ length: LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
  const [digest] = digestsOf(masterKey, key, code);
  return { code, digest };
}

/** What is stored where no code was sent: no code has it. */
export function makeDecoyDigest(): string {
  return randomBytes(32).toString('base64url');
}

/** The digests a code may be stored under: that of the current master key first, then those of old ones. */
export function digestsOf(masterKey: MasterKey, { email, purpose }: CodeKey, code: string): [string, ...string[]] {
  const [first, ...rest] = masterKey.digests('one-time-code', purpose, email, code);
  return [first.toString('base64url'), ...rest.map((digest) => digest.toString('base64url'))];
}

/** One answer for a code that is wrong, spent or expired, and for an email that has none. */
export function invalidCode(): AppError {
  return new AppError('invalid_code', { detail: 'Check the newest mail, or ask for a new code.' });
}
