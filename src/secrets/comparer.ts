import { AppError } from '../errors.ts';
import type { StoredHash, Verification } from './hasher.ts';
import type { MatchableHash, MatchMemo } from './match-memo.ts';

/** How many different plain texts may wait for their turn at one stored secret. */
const WAITING_PER_SECRET_MAX = 8;

/** A stored secret to compare with. */
export interface StoredSecret extends StoredHash {
  secretId: string;
}

export interface SecretComparerOptions<Stored extends StoredSecret> {
  hasher: { verifySecret: (stored: Stored, secret: string) => Promise<Verification> };
  memo: MatchMemo;
  /** Told once when a secret matches a hash of another cost or pepper than the configured ones. Nobody waits for it. */
  onStale: (stored: Stored, secret: string) => void;
  /** Whose comparisons come one after another; default: those with one stored secret. */
  turnOf?: (stored: Stored) => string;
  /** How many may wait where several secrets share a turn; no more than eight of them for one secret. */
  waitingMax?: number;
}

interface Turns {
  last: Promise<unknown>;
  waiting: number;
  /** How many of those wait for each secret. */
  waitingAt: Map<string, number>;
}

/**
 * Compares presented secrets with stored ones at the least cost: what is known to match is not compared again, equal
 * comparisons at the same time are one, and different ones with the same stored secret come one after another. So a
 * flood of wrong secrets for one id takes one place of the argon2 gate, and leaves the rest to others.
 */
export class SecretComparer<Stored extends StoredSecret = StoredSecret> {
  readonly #hasher: SecretComparerOptions<Stored>['hasher'];
  readonly #memo: MatchMemo;
  readonly #onStale: SecretComparerOptions<Stored>['onStale'];
  readonly #turnOf: (stored: Stored) => string;
  readonly #waitingMax: number;
  readonly #underWay = new Map<string, Promise<boolean>>();
  readonly #turns = new Map<string, Turns>();

  constructor(options: SecretComparerOptions<Stored>) {
    const { hasher, memo, onStale, turnOf = ofItself, waitingMax = WAITING_PER_SECRET_MAX } = options;
    this.#hasher = hasher;
    this.#memo = memo;
    this.#onStale = onStale;
    this.#turnOf = turnOf;
    this.#waitingMax = waitingMax;
  }

  /** Whether the secret is known to match this stored hash. Costs no work. */
  isKnown(secret: string, stored: MatchableHash): boolean {
    return this.#memo.has(secret, stored);
  }

  /**
   * Compares at the cost of the stored hash; tells whether they match.
   * @throws AppError `overloaded` when too many others wait for the same turn, or the gate is full
   */
  compare(stored: Stored, secret: string): Promise<boolean> {
    const identity = `${stored.hash} ${this.#memo.digest(secret)}`;
    const underWay = this.#underWay.get(identity);
    if (underWay !== undefined) return underWay;
    const comparison = this.#takeTurn(stored, secret).finally(() => {
      this.#underWay.delete(identity);
    });
    this.#underWay.set(identity, comparison);
    return comparison;
  }

  async #takeTurn(stored: Stored, secret: string): Promise<boolean> {
    const owner = this.#turnOf(stored);
    const turns = this.#turns.get(owner) ?? { last: Promise.resolve(), waiting: 0, waitingAt: new Map() };
    const isFull = (turns.waitingAt.get(stored.secretId) ?? 0) >= WAITING_PER_SECRET_MAX;
    if (isFull || turns.waiting >= this.#waitingMax) {
      throw new AppError('overloaded', { retryAfterSeconds: 1, reason: 'too many attempts at one secret' });
    }
    this.#turns.set(owner, turns);
    enter(turns, stored.secretId);
    const turn = turns.last.then(() => this.#verify(stored, secret));
    turns.last = turn.catch(() => undefined);
    try {
      return await turn;
    } finally {
      leave(turns, stored.secretId);
      if (turns.waiting === 0) this.#turns.delete(owner);
    }
  }

  async #verify(stored: Stored, secret: string): Promise<boolean> {
    const { matches, needsRehash } = await this.#hasher.verifySecret(stored, secret);
    if (matches) this.#memo.remember(secret, stored.hash);
    if (needsRehash) this.#onStale(stored, secret);
    return matches;
  }
}

function enter(turns: Turns, secretId: string): void {
  turns.waiting += 1;
  turns.waitingAt.set(secretId, (turns.waitingAt.get(secretId) ?? 0) + 1);
}

function leave(turns: Turns, secretId: string): void {
  turns.waiting -= 1;
  const left = Number(turns.waitingAt.get(secretId)) - 1;
  if (left > 0) turns.waitingAt.set(secretId, left);
  else turns.waitingAt.delete(secretId);
}

function ofItself({ secretId }: StoredSecret): string {
  return secretId;
}
