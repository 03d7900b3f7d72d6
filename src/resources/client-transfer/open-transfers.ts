import { AppError } from '../../errors.ts';

/** Of imports, and of exports, in one process: each has some megabytes in memory. */
const IN_ALL_MAX = 64;
/** So that no user takes the places of all others, however slow the connection is. */
const PER_USER_MAX = 2;

/** How many may be open that have something in common. */
export interface TransferBound {
  /** What they have in common. */
  key: string;
  max: number;
  /** For who is one too many. */
  detail: string;
}

/** Bounds how many imports, or exports, are open in this process. An open one that waits for its peer takes nothing but memory. */
export class OpenTransfers {
  readonly #kind: 'imports' | 'exports';
  readonly #open = new Map<string, number>();

  constructor(kind: 'imports' | 'exports') {
    this.#kind = kind;
  }

  /**
   * @param further what holds besides the bounds for each user and in all
   * @returns ends it; to be called once
   * @throws AppError `overloaded`
   */
  enter(userId: string, further: readonly TransferBound[] = []): () => void {
    const bounds = [
      ...further,
      { key: userId, max: PER_USER_MAX, detail: `You have ${PER_USER_MAX} ${this.#kind} under way.` },
      { key: 'all', max: IN_ALL_MAX, detail: `Too many ${this.#kind} are under way.` },
    ];
    for (const { key, max, detail } of bounds) {
      if (this.#count(key) < max) continue;
      throw new AppError('overloaded', { detail, retryAfterSeconds: 5, reason: this.#kind });
    }
    for (const { key } of bounds) this.#open.set(key, this.#count(key) + 1);
    return () => {
      for (const { key } of bounds) {
        const left = this.#count(key) - 1;
        if (left > 0) this.#open.set(key, left);
        else this.#open.delete(key);
      }
    };
  }

  #count(key: string): number {
    return this.#open.get(key) ?? 0;
  }
}
