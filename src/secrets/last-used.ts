import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyBaseLogger } from 'fastify';
import type { DatabaseClock } from '../db/database-clock.ts';
import { periodic } from '../periodic.ts';
import { truncateAddress } from '../http/source-addresses.ts';
import type { SecretRepository, SecretUse } from './secret-repository.ts';

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
 * Gathers when secrets were last used, and from which network, and writes it in one statement every few seconds, off every request's path. What
 * could not be written is tried again with the next batch.
 */
export class LastUsedRecorder {
  readonly #repository: SecretRepository;
  readonly #clock: Pick<DatabaseClock, 'now'>;
  readonly #log: FastifyBaseLogger;
  #waiting = new Map<string, SecretUse>();
  /** What is being written. */
  #writing: ReadonlyMap<string, SecretUse> = new Map();
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

  /** Notes a use. Holds one per secret, without the address; beyond ten thousand secrets it writes early. */
  record(secretId: string, address?: string): void {
    const usedAt = this.#clock.now();
    const known = this.#waiting.get(secretId);
    const network = address === undefined ? (known?.network ?? null) : truncateAddress(address);
    this.#waiting.set(secretId, { usedAt, network });
    if (this.#waiting.size >= WAITING_MAX) void this.flush();
  }

  /** Milliseconds since the epoch; undefined where nothing is noted that is not written. */
  lastUseOf(secretId: string): number | undefined {
    return (this.#waiting.get(secretId) ?? this.#writing.get(secretId))?.usedAt;
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
    this.#writing = batch;
    try {
      this.#keep(await this.#repository.recordUses(batch), batch);
    } catch (err) {
      this.#log.warn({ err, secrets: batch.size }, 'the last uses of secrets could not be written; trying again');
      this.#keep(batch.keys(), batch);
    }
    this.#writing = new Map();
  }

  /** Newer notes win; notes beyond the bound are given up rather than held without end. */
  #keep(secretIds: Iterable<string>, batch: ReadonlyMap<string, SecretUse>): void {
    for (const secretId of secretIds) {
      const use = batch.get(secretId);
      if (use === undefined || this.#waiting.size >= WAITING_MAX) continue;
      if (!this.#waiting.has(secretId)) this.#waiting.set(secretId, use);
    }
  }
}
