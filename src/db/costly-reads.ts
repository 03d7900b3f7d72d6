import { AppError } from '../errors.ts';

/** A core of the smallest database server, and one that is left for everybody else. */
const AT_ONCE_MAX = 2;
const WAITING_MAX = 100;
const WAITING_PER_OWNER_MAX = 20;
/** Twenty of one owner, who has a hundred thousand records. */
const WAIT_MS = 5_000;

interface Waiting {
  owner: string;
  begin: () => void;
}

/**
 * Lets reads that scan all of an owner's records through, one for each owner and a few in all, the others in the order they
 * came. So the many lists of one organization cost the database no more at a time than one, and take no connection while
 * they wait.
 */
export class CostlyReads {
  readonly #running = new Set<string>();
  readonly #waiting: Waiting[] = [];
  readonly #waitMs: number;

  /** @param waitMs how long a read may wait for its turn */
  constructor(waitMs = WAIT_MS) {
    this.#waitMs = waitMs;
  }

  /** @throws AppError `overloaded` when too many wait, or for too long */
  async run<T>(owner: string, read: () => Promise<T>): Promise<T> {
    await this.#enter(owner);
    try {
      return await read();
    } finally {
      this.#running.delete(owner);
      this.#next();
    }
  }

  async #enter(owner: string): Promise<void> {
    if (this.#isFree(owner)) {
      this.#running.add(owner);
      return;
    }
    const own = this.#waiting.filter((waiting) => waiting.owner === owner).length;
    if (own >= WAITING_PER_OWNER_MAX || this.#waiting.length >= WAITING_MAX) throw busy();
    await new Promise<void>((resolve, reject) => {
      const waiting = { owner, begin };
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
        reject(busy());
      }, this.#waitMs);
      function begin() {
        clearTimeout(timer);
        resolve();
      }
      this.#waiting.push(waiting);
    });
  }

  #isFree(owner: string): boolean {
    return this.#running.size < AT_ONCE_MAX && !this.#running.has(owner);
  }

  #next(): void {
    const index = this.#waiting.findIndex(({ owner }) => this.#isFree(owner));
    const [next] = index < 0 ? [] : this.#waiting.splice(index, 1);
    if (next === undefined) return;
    this.#running.add(next.owner);
    next.begin();
  }
}

function busy(): AppError {
  return new AppError('overloaded', {
    detail: 'Too many searches of this organization at once.',
    reason: 'costly reads',
  });
}
