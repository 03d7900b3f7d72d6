import { createHash, randomBytes } from 'node:crypto';

export const TOKEN_PATTERN = '^[A-Za-z0-9_-]{43}$';
export const TOKEN_LENGTH = 43;

/** A token for a mail, and the digest that is stored of it. */
export interface InvitationToken {
  token: string;
  digest: string;
}

export function makeInvitationToken(): InvitationToken {
  const token = randomBytes(32).toString('base64url');
  return { token, digest: digestOfToken(token) };
}

/** A token is 256 random bits, so a plain digest cannot be turned back. */
export function digestOfToken(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}
