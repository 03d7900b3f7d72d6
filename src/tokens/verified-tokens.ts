import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { KeyRing } from './key-ring.ts';

/**
 * Tokens whose signature was good, so that it need not be checked again: what they say, and which key signed them. A token
 * is held as its SHA-256. No other token takes a place, so who sends forged ones pushes none out.
 */
export class VerifiedTokens<Claims extends object> {
  readonly #keyRing: Pick<KeyRing, 'findPublicKey'>;
  readonly #max: number;
  /** Not before there is something to remember: it takes its room at once. */
  #verified: LRUCache<string, { kid: string; claims: Claims }> | undefined;

  /** @param max how many are remembered */
  constructor(keyRing: Pick<KeyRing, 'findPublicKey'>, max: number) {
    this.#keyRing = keyRing;
    this.#max = max;
  }

  /** What a token says, as long as its key is there; undefined where it has to be verified. */
  async recall(token: string): Promise<Claims | undefined> {
    const known = this.#verified?.get(digestOf(token));
    if (known === undefined || (await this.#keyRing.findPublicKey(known.kid)) === undefined) return undefined;
    return known.claims;
  }

  keep(token: string, kid: string, claims: Claims): void {
    this.#verified ??= new LRUCache({ max: this.#max });
    this.#verified.set(digestOf(token), { kid, claims });
  }
}

function digestOf(token: string): string {
  return hash('sha256', token, 'base64');
}
