/** Each holds a connection of the database. */
const AT_ONCE_MAX = 4;

/**
 * Lets a few batches be worked on at a time, the others in the order they came. Who may be open bounds how many wait.
 * What a batch waits for is the database alone, never a peer: that bounds how long.
 */
export class BatchTurns {
  #free = AT_ONCE_MAX;
  readonly #waiting: (() => void)[] = [];

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => void this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free += 1;
      else next();
    }
  }
}
