import { setTimeout as delay } from 'node:timers/promises';
import { periodic } from '../periodic.ts';

const STOP_ATTEMPTS_MAX = 10;
const STOP_RETRY_MS = 100;

export interface WriteBehindOptions {
  intervalMs: number;
  hasWaiting: () => boolean;
  /** Writes what is waiting, and keeps what cannot be written. Never rejects. */
  write: () => Promise<void>;
}

/** Writes now and then what is gathered in memory off every request's path, one write at a time. */
export class WriteBehind {
  readonly #options: WriteBehindOptions;
  readonly #stopping = new AbortController();
  #flushing: Promise<void> | undefined;

  constructor(options: WriteBehindOptions) {
    this.#options = options;
  }

  start(): void {
    periodic(this.#options.intervalMs, () => this.flush(), this.#stopping.signal);
  }

  /** Writes what is waiting; never rejects. Calls at the same time share one write. */
  async flush(): Promise<void> {
    if (this.#flushing !== undefined) return this.#flushing;
    if (!this.#options.hasWaiting()) return;
    this.#flushing = this.#options.write().finally(() => {
      this.#flushing = undefined;
    });
    return this.#flushing;
  }

  /** Writes everything gathered so far and stops the timer. What cannot be written is tried again for about a second. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#flushing;
    await this.flush();
    for (let attempt = 2; this.#options.hasWaiting() && attempt <= STOP_ATTEMPTS_MAX; attempt += 1) {
      await delay(STOP_RETRY_MS);
      await this.flush();
    }
  }
}
