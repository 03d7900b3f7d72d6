import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { OperatorError } from '../operator-error.ts';

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** `<version>.<nonce, ciphertext, tag>`, both in base64url; the version is six bytes. */
const SEALED = /^[\w-]{8}\.[\w-]+$/;

/** What sealed text is for. Text sealed for one purpose cannot be opened for another. */
export type SealPurpose = 'signing-key' | 'mail' | 'pepper' | 'audit-cut' | 'totp';

/** What a digest is for. */
export type DigestPurpose = 'one-time-code' | 'cursor';

/** Thrown when text was sealed under a key that is not in `LATCHKEY_MASTER_KEY`, or was changed since. */
export class UnsealError extends Error {
  override name = 'UnsealError';
}

/** Thrown when something that is stored was sealed under a master key that is not configured. */
export class WrongMasterKeyError extends OperatorError {
  override name = 'WrongMasterKeyError';

  constructor() {
    super(
      'LATCHKEY_MASTER_KEY is not the key this database was set up with: start with that one, or list it behind the new one.',
    );
  }
}

/** What the secret hashes made under one master key are keyed with. */
export interface Pepper {
  readonly version: string;
  readonly pepper: Buffer;
}

/** One entry of `LATCHKEY_MASTER_KEY` with what HKDF-SHA-256 (RFC 5869) makes of it, one output per purpose. */
interface DerivedKeys extends Pepper {
  readonly seal: Buffer;
  readonly digest: Buffer;
}

/**
 * Everything that is derived from the deployment's one secret. The first key is current; the rest are old ones that
 * still open what they sealed.
 */
export class MasterKey {
  readonly #keys: readonly [DerivedKeys, ...DerivedKeys[]];
  /** Of master keys that are not configured any more. */
  readonly #keptPeppers = new Map<string | null, Buffer>();

  /** @param keys the decoded keys, 32 bytes each, the current one first */
  constructor(keys: readonly [Buffer, ...Buffer[]]) {
    const [first, ...rest] = keys;
    this.#keys = [derive(first), ...rest.map(derive)];
  }

  /** The pepper that new secret hashes are keyed with, and the version stored beside them. */
  get currentPepper(): Pepper {
    return this.#keys[0];
  }

  /** The peppers of the configured keys, the current one's first. Their versions may be shown: no key follows from one. */
  get peppers(): readonly Pepper[] {
    return this.#keys;
  }

  /**
   * The pepper this deployment has had the longest. It stays the same when the master key is replaced, and is the same in
   * every process once the stored peppers were kept.
   */
  get oldestPepper(): Buffer {
    const [oldest] = this.#keptPeppers.values();
    return oldest ?? this.#keys[0].pepper;
  }

  /** The pepper of a stored version; undefined for none, and when its master key is neither configured nor kept. */
  findPepper(version: string | null): Buffer | undefined {
    return this.#keys.find((keys) => keys.version === version)?.pepper ?? this.#keptPeppers.get(version);
  }

  /**
   * Lets hashes made under a master key that is not configured any more be verified. The oldest is to be kept first.
   */
  keepPepper({ version, pepper }: Pepper): void {
    this.#keptPeppers.set(version, pepper);
  }

  /** What everything begins with that was sealed under the current key, and nothing that was sealed under another. */
  get currentSeal(): string {
    return `${this.#keys[0].version}.`;
  }

  /** Whether text was sealed under a master key that is not configured. False for text that is no sealed text at all. */
  isForeign(sealed: string): boolean {
    return SEALED.test(sealed) && !this.#keys.some(({ version }) => sealed.startsWith(`${version}.`));
  }

  /** Encrypts and authenticates with AES-256-GCM under the current key: `<version>.<nonce, ciphertext, tag>`. */
  seal(purpose: SealPurpose, plain: string): string {
    const [{ version, seal }] = this.#keys;
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', seal, nonce).setAAD(Buffer.from(purpose));
    const body = Buffer.concat([nonce, cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    return `${version}.${body.toString('base64url')}`;
  }

  /**
   * Opens what {@link seal} made, under the current or an old key.
   * @throws UnsealError when no configured key opens it for this purpose
   */
  unseal(purpose: SealPurpose, sealed: string): string {
    const keys = this.#keys.find(({ version }) => sealed.startsWith(`${version}.`));
    if (keys === undefined) throw new UnsealError('sealed under a master key that is not configured');
    const encoded = sealed.slice(keys.version.length + 1);
    const body = Buffer.from(encoded, 'base64url');
    // Node's decoder passes over foreign characters and unused bits, which the tag does not cover.
    if (body.toString('base64url') !== encoded) throw new UnsealError('sealed text was changed');
    try {
      const decipher = createDecipheriv('aes-256-gcm', keys.seal, body.subarray(0, NONCE_BYTES), {
        authTagLength: TAG_BYTES,
      });
      decipher.setAAD(Buffer.from(purpose)).setAuthTag(body.subarray(-TAG_BYTES));
      const plain = decipher.update(body.subarray(NONCE_BYTES, -TAG_BYTES));
      return Buffer.concat([plain, decipher.final()]).toString('utf8');
    } catch (cause) {
      throw new UnsealError('sealed text was changed or belongs to another purpose', { cause });
    }
  }

  /** HMAC-SHA-256 digests of `parts` for a purpose, one per configured key, the current key's first. */
  digests(purpose: DigestPurpose, ...parts: string[]): [Buffer, ...Buffer[]] {
    // JSON keeps the borders between parts: ("a", "bc") and ("ab", "c") differ.
    const message = JSON.stringify([purpose, ...parts]);
    const [first, ...rest] = this.#keys;
    return [hmac(first.digest, message), ...rest.map((keys) => hmac(keys.digest, message))];
  }
}

function derive(key: Buffer): DerivedKeys {
  const output = (info: string, bytes = KEY_BYTES) =>
    Buffer.from(hkdfSync('sha256', key, '', `latchkey ${info}`, bytes));
  return {
    version: output('version', 6).toString('base64url'),
    pepper: output('pepper'),
    seal: output('seal'),
    digest: output('digest'),
  };
}

function hmac(key: Buffer, message: string): Buffer {
  return createHmac('sha256', key).update(message).digest();
}
