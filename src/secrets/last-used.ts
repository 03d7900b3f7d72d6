import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyBaseLogger } from 'fastify';
import type { DatabaseClock } from '../db/database-clock.ts';
import { periodic } from '../periodic.ts';
import type { SecretRepository } from './secret-repository.ts';

const FLUSH_INTERVAL_MS = 5_000;
const WAITING_MAX = 10_000;
const STOP_ATTEMPTS_MAX = 10;
const STOP_RETRY_MS = 100;

export interface LastUsedOptions {
  repository: SecretRepository;
  clock: Pick<DatabaseClock, 'now'>;
  log: FastifyBaseLogger;
}

/**
 * Gathers when secrets were last used and writes it in one statement every few seconds, off every request's path. What
 * could not be written is tried again with the next batch.
 */
export class LastUsedRecorder {
  readonly #repository: SecretRepository;
  readonly #clock: Pick<DatabaseClock, 'now'>;
  readonly #log: FastifyBaseLogger;
  /** Milliseconds since the epoch. */
  #waiting = new Map<string, number>();
  #flushing: Promise<void> | undefined;
  readonly #stopping = new AbortController();

  constructor({ repository, clock, log }: LastUsedOptions) {
    this.#clock = clock;
    this.#repository = repository;
    this.#log = log;
  }

  start(): void {
    periodic(FLUSH_INTERVAL_MS, () => this.flush(), this.#stopping.signal);
  }

  /** Notes a use. Holds one time per secret; beyond ten thousand secrets it writes early. */
  record(secretId: string): void {
    this.#waiting.set(secretId, this.#clock.now());
    if (this.#waiting.size >= WAITING_MAX) void this.flush();
  }

  /** Writes what is waiting; never rejects. Calls at the same time share one write. */
  async flush(): Promise<void> {
    if (this.#flushing !== undefined) return this.#flushing;
    if (this.#waiting.size === 0) return;
    this.#flushing = this.#write().finally(() => {
      this.#flushing = undefined;
    });
    return this.#flushing;
  }

  /** Writes everything noted so far and stops the timer. What cannot be written is tried again for about a second. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#flushing;
    await this.flush();
    for (let attempt = 2; this.#waiting.size > 0 && attempt <= STOP_ATTEMPTS_MAX; attempt += 1) {
      await delay(STOP_RETRY_MS);
      await this.flush();
    }
  }

  async #write(): Promise<void> {
    const batch = this.#waiting;
    this.#waiting = new Map();
    try {
      this.#keep(await this.#repository.recordUses(batch), batch);
    } catch (err) {
      this.#log.warn({ err, secrets: batch.size }, 'the last uses of secrets could not be written; trying again');
      this.#keep(batch.keys(), batch);
    }
  }

  /** Newer notes win; notes beyond the bound are given up rather than held without end. */
  #keep(secretIds: Iterable<string>, batch: ReadonlyMap<string, number>): void {
    for (const secretId of secretIds) {
      const usedAt = batch.get(secretId);
      if (usedAt === undefined || this.#waiting.size >= WAITING_MAX) continue;
      if (!this.#waiting.has(secretId)) this.#waiting.set(secretId, usedAt);
    }
  }
}
