import { hash, randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';

/** A stored hash. */
export interface MatchableHash {
  readonly hash: string;
  /** The digest of the plain text that was last found to match; the memo's own. */
  match?: string | undefined;
}

/**
 * Remembers that a plain text matches a stored hash: the one fact about a secret that can never become false. Whether
 * the secret is still usable is not remembered. The plain text is not held, only its SHA-256 behind a random key that
 * lives as long as the memo. (HMAC adds safety only where digests are shown, and its objects cost a check a tenth of its time.)
 */
export class MatchMemo {
  readonly #key = randomBytes(32).toString('base64');
  readonly #entriesMax: number;
  /** Not before there is something to remember: it takes its room at once. */
  #hashes: LRUCache<string, string> | undefined;

  /** @param entriesMax at least 1; beyond it the longest unused entry is forgotten */
  constructor(entriesMax: number) {
    this.#entriesMax = entriesMax;
  }

  /** Whether `secret` is remembered to match just this stored hash. */
  has(secret: string, stored: MatchableHash): boolean {
    const digest = this.digest(secret);
    if (stored.match === digest) return true;
    if (this.#hashes?.get(digest) !== stored.hash) return false;
    // With the hash itself it is found without a search.
    stored.match = digest;
    return true;
  }

  /** Call only after argon2 has verified `secret` against `hash`. */
  remember(secret: string, hash: string): void {
    this.#hashes ??= new LRUCache({ max: this.#entriesMax });
    this.#hashes.set(this.digest(secret), hash);
  }

  /** Lets the next check compare again. */
  forget(secret: string): void {
    this.#hashes?.delete(this.digest(secret));
  }

  /** Stands for the plain text within this process. */
  digest(secret: string): string {
    return hash('sha256', this.#key + secret, 'base64');
  }
}
