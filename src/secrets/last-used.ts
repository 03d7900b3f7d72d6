import type { FastifyBaseLogger } from 'fastify';
import type { DatabaseClock } from '../db/database-clock.ts';
import { WriteBehind } from '../db/write-behind.ts';
import { truncateAddress } from '../http/source-addresses.ts';
import type { SecretRepository, SecretUse } from './secret-repository.ts';

const FLUSH_INTERVAL_MS = 5_000;
const WAITING_MAX = 10_000;

export interface LastUsedOptions {
  repository: SecretRepository;
  clock: Pick<DatabaseClock, 'now'>;
  log: FastifyBaseLogger;
}

/**
 * Gathers when secrets were last used, and from which network, and writes it in one statement every few seconds. What
 * could not be written is tried again with the next batch.
 */
export class LastUsedRecorder {
  readonly #repository: SecretRepository;
  readonly #clock: Pick<DatabaseClock, 'now'>;
  readonly #log: FastifyBaseLogger;
  #waiting = new Map<string, SecretUse>();
  /** What is being written. */
  #writing: ReadonlyMap<string, SecretUse> = new Map();
  readonly #writes = new WriteBehind({
    intervalMs: FLUSH_INTERVAL_MS,
    hasWaiting: () => this.#waiting.size > 0,
    write: () => this.#write(),
  });

  constructor({ repository, clock, log }: LastUsedOptions) {
    this.#clock = clock;
    this.#repository = repository;
    this.#log = log;
  }

  start(): void {
    this.#writes.start();
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
  flush(): Promise<void> {
    return this.#writes.flush();
  }

  /** Writes everything noted so far and stops the timer. What cannot be written is tried again for about a second. */
  stop(): Promise<void> {
    return this.#writes.stop();
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
