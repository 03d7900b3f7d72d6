import { createHmac, randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';

/**
 * Remembers that a plain text matches a stored hash: the one fact about a secret that can never become false. Whether
 * the secret is still usable is not remembered. The plain text is not held, only its HMAC-SHA-256 under a random key
 * that lives as long as the memo.
 */
export class MatchMemo {
  readonly #key = randomBytes(32);
  readonly #hashes: LRUCache<string, string>;

  /** @param entriesMax at least 1; beyond it the longest unused entry is forgotten */
  constructor(entriesMax: number) {
    this.#hashes = new LRUCache({ max: entriesMax });
  }

  /** Whether `secret` is remembered to match just this stored `hash`. */
  has(secret: string, hash: string): boolean {
    return this.#hashes.get(this.digest(secret)) === hash;
  }

  /** Call only after argon2 has verified `secret` against `hash`. */
  remember(secret: string, hash: string): void {
    this.#hashes.set(this.digest(secret), hash);
  }

  /** Stands for the plain text within this process. */
  digest(secret: string): string {
    return createHmac('sha256', this.#key).update(secret).digest('base64');
  }
}
