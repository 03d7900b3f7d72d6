import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { UnsealError } from './master-key.ts';
import type { MasterKey } from './master-key.ts';

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** A secret that a caller brings with each request and that is kept nowhere, and what it is used for. */
export interface BroughtSecret {
  secret: string;
  /** What the sealed text is for and whose it is; sealed under one context it cannot be opened under another. */
  context: readonly string[];
}

/**
 * Encrypts and authenticates with AES-256-GCM under a key that HKDF-SHA-256 (RFC 5869) derives from a caller's secret, with
 * the pepper of the current master key as its salt: `<version>.<nonce, ciphertext, tag>`. It takes both to open it. Peppers
 * outlive their master keys, so what is sealed here needs no sealing anew when the master key is replaced.
 */
export function sealTwofold(masterKey: MasterKey, brought: BroughtSecret, plain: string): string {
  const { version, pepper } = masterKey.currentPepper;
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', deriveKey(brought, pepper), nonce);
  const body = Buffer.concat([nonce, cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return `${version}.${body.toString('base64url')}`;
}

/**
 * Opens what {@link sealTwofold} made.
 * @throws UnsealError for another secret or context, an unknown master key, or text that was changed
 */
export function openTwofold(masterKey: MasterKey, brought: BroughtSecret, sealed: string): string {
  const [version = '', encoded = ''] = sealed.split('.');
  const pepper = masterKey.findPepper(version);
  if (pepper === undefined) throw new UnsealError('sealed under a master key that is not known here');
  const body = Buffer.from(encoded, 'base64url');
  try {
    const options = { authTagLength: TAG_BYTES };
    const key = deriveKey(brought, pepper);
    const decipher = createDecipheriv('aes-256-gcm', key, body.subarray(0, NONCE_BYTES), options);
    decipher.setAuthTag(body.subarray(-TAG_BYTES));
    const plain = decipher.update(body.subarray(NONCE_BYTES, -TAG_BYTES));
    return Buffer.concat([plain, decipher.final()]).toString('utf8');
  } catch (cause) {
    throw new UnsealError('sealed text was changed or belongs to another secret', { cause });
  }
}

/**
 * Keyed digest of a caller's secret, by which what is kept for it is found. Its key is the oldest pepper of the deployment:
 * every process makes the same digest, before, while and after the master key is replaced.
 */
export function digestBrought(masterKey: MasterKey, { secret, context }: BroughtSecret): Buffer {
  const key = Buffer.from(hkdfSync('sha256', masterKey.oldestPepper, '', 'latchkey brought secret', KEY_BYTES));
  return createHmac('sha256', key)
    .update(JSON.stringify([...context, secret]))
    .digest();
}

/** JSON keeps the borders between the parts of a context. */
function deriveKey({ secret, context }: BroughtSecret, pepper: Buffer): Buffer {
  const info = JSON.stringify(['latchkey twofold seal', ...context]);
  return Buffer.from(hkdfSync('sha256', secret, pepper, info, KEY_BYTES));
}
