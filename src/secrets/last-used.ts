import type { FastifyBaseLogger } from 'fastify';
import type { DatabaseClock } from '../db/database-clock.ts';
import { WriteBehind } from '../db/write-behind.ts';
import { truncateAddress } from '../http/source-addresses.ts';

const FLUSH_INTERVAL_MS = 5_000;
const WAITING_MAX = 10_000;

/** When something was last used, and from where. */
export interface LastUse {
  /** Milliseconds since the epoch. */
  usedAt: number;
  /** As `truncateAddress` gives it; null where it is not known. */
  network: string | null;
}

/** Where last uses are kept. */
export interface LastUses {
  /** @returns the ids of what could not be written now */
  recordUses: (uses: ReadonlyMap<string, LastUse>) => Promise<string[]>;
}

export interface LastUsedOptions {
  repository: LastUses;
  /** For the log. */
  what: 'secrets' | 'sessions';
  clock: Pick<DatabaseClock, 'now'>;
  log: FastifyBaseLogger;
}

/**
 * Gathers when secrets or sessions were last used, and from which network, and writes it in one statement every few seconds.
 * What could not be written is tried again with the next batch.
 */
export class LastUsedRecorder {
  readonly #repository: LastUses;
  readonly #what: LastUsedOptions['what'];
  readonly #clock: Pick<DatabaseClock, 'now'>;
  readonly #log: FastifyBaseLogger;
  #waiting = new Map<string, LastUse>();
  #lastAddress = '';
  #lastNetwork = '';
  /** What is being written. */
  #writing: ReadonlyMap<string, LastUse> = new Map();
  readonly #writes = new WriteBehind({
    intervalMs: FLUSH_INTERVAL_MS,
    hasWaiting: () => this.#waiting.size > 0,
    write: () => this.#write(),
  });

  constructor({ repository, what, clock, log }: LastUsedOptions) {
    this.#what = what;
    this.#clock = clock;
    this.#repository = repository;
    this.#log = log;
  }

  start(): void {
    this.#writes.start();
  }

  /** Notes a use. Holds one per id, and of addresses only the last; beyond ten thousand of them it writes early. */
  record(id: string, address?: string): void {
    const usedAt = this.#clock.now();
    const known = this.#waiting.get(id);
    if (known !== undefined) {
      known.usedAt = usedAt;
      if (address !== undefined) known.network = this.#networkOf(address);
      return;
    }
    this.#waiting.set(id, { usedAt, network: address === undefined ? null : this.#networkOf(address) });
    if (this.#waiting.size >= WAITING_MAX) void this.flush();
  }

  /** The same address often comes many times in a row, from one gateway above all. */
  #networkOf(address: string): string {
    if (address !== this.#lastAddress) {
      this.#lastAddress = address;
      this.#lastNetwork = truncateAddress(address);
    }
    return this.#lastNetwork;
  }

  /** Milliseconds since the epoch; undefined where nothing is noted that is not written. */
  lastUseOf(id: string): number | undefined {
    return (this.#waiting.get(id) ?? this.#writing.get(id))?.usedAt;
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
      this.#log.warn({ err, uses: batch.size }, `the last uses of ${this.#what} could not be written; trying again`);
      this.#keep(batch.keys(), batch);
    }
    this.#writing = new Map();
  }

  /** Newer notes win; notes beyond the bound are given up rather than held without end. */
  #keep(ids: Iterable<string>, batch: ReadonlyMap<string, LastUse>): void {
    for (const id of ids) {
      const use = batch.get(id);
      if (use === undefined || this.#waiting.size >= WAITING_MAX) continue;
      if (!this.#waiting.has(id)) this.#waiting.set(id, use);
    }
  }
}
