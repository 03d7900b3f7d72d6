import { randomBytes } from 'node:crypto';

/** 16 random bytes, base64url. */
export function makeClientId(): string {
  return randomBytes(16).toString('base64url');
}
