const RECOUNT_AFTER_MS = 1_000;

/** Those of some backends that still run, by their process ids. */
export type FindRunning = (pids: number[]) => Promise<number[]>;

/**
 * The processes of Postgres whose connections were given up because they said nothing. Postgres may keep them, and their
 * places under `max_connections`, for as long as what they wait for does not come: a commit for its standby.
 */
export class AbandonedBackends {
  readonly #findRunning: FindRunning;
  readonly #onCount: (count: number) => void;
  #pids = new Set<number>();
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(findRunning: FindRunning, onCount: (count: number) => void) {
    this.#findRunning = findRunning;
    this.#onCount = onCount;
  }

  get count(): number {
    return this.#pids.size;
  }

  add(pid: number): void {
    this.#pids.add(pid);
    this.#onCount(this.count);
    this.#schedule();
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  #schedule(): void {
    if (this.#isStopped || this.#timer !== undefined || this.count === 0) return;
    this.#timer = setTimeout(() => void this.#recount(), RECOUNT_AFTER_MS);
    this.#timer.unref();
  }

  async #recount(): Promise<void> {
    const asked = [...this.#pids];
    // A server that does not say who is gone has them all.
    const running = new Set(await this.#findRunning(asked).catch(() => asked));
    for (const pid of asked) if (!running.has(pid)) this.#pids.delete(pid);
    this.#timer = undefined;
    this.#onCount(this.count);
    this.#schedule();
  }
}
