import { hash, randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { Turns } from './turns.ts';

/** A stored hash. */
export interface MatchableHash {
  readonly hash: string;
  /** What the memo has found of it; nobody else's. */
  match?: Match | undefined;
}

interface Match {
  /** Of the plain text that matches. */
  digest: string;
  /** The turn in which it was last made the newest. */
  usedInTurn: number;
}

/**
 * Remembers that a plain text matches a stored hash: the one fact about a secret that can never become false. Whether
 * the secret is still usable is not remembered. The plain text is not held, only its SHA-256 behind a random key that
 * lives as long as the memo. (HMAC adds safety only where digests are shown, and its objects cost a check a tenth of its time.)
 */
export class MatchMemo {
  readonly #key = randomBytes(32).toString('base64');
  readonly #entriesMax: number;
  readonly #turns = new Turns();
  /** Not before there is something to remember: it takes its room at once. */
  #hashes: LRUCache<string, string> | undefined;

  /** @param entriesMax at least 1; beyond it the longest unused entry is forgotten, to within an eighth of them */
  constructor(entriesMax: number) {
    this.#entriesMax = entriesMax;
  }

  /** Whether `secret` is remembered to match just this stored hash. */
  has(secret: string, stored: MatchableHash): boolean {
    const digest = this.digest(secret);
    // With the hash itself it is found without a search.
    if (stored.match?.digest === digest) {
      if (stored.match.usedInTurn !== this.#turns.current) this.#use(stored.match, stored.hash);
      return true;
    }
    if (this.#hashes?.get(digest) !== stored.hash) return false;
    stored.match = { digest, usedInTurn: this.#turns.current };
    return true;
  }

  /** Call only after argon2 has verified `secret` against `hash`. */
  remember(secret: string, hash: string): void {
    this.#keep(this.digest(secret), hash);
  }

  /**
   * Lets the next check compare again. Not one by a stored hash whose match was found before: call it where none is kept, or
   * in the turn of the event loop in which the match was remembered.
   */
  forget(secret: string): void {
    this.#hashes?.delete(this.digest(secret));
  }

  /** Stands for the plain text within this process. */
  digest(secret: string): string {
    return hash('sha256', this.#key + secret, 'base64');
  }

  #keep(digest: string, hash: string): void {
    this.#hashes ??= new LRUCache({ max: this.#entriesMax });
    this.#hashes.set(digest, hash);
    this.#turns.take(1 / this.#entriesMax);
  }

  /** So that what is checked all day is still known when its state is read anew. */
  #use(match: Match, hash: string): void {
    match.usedInTurn = this.#turns.current;
    if (this.#hashes?.get(match.digest) === undefined) this.#keep(match.digest, hash);
  }
}
