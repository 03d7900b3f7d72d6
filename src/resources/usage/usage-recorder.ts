import type { FastifyBaseLogger } from 'fastify';
import type { DatabaseClock } from '../../db/database-clock.ts';
import { WriteBehind } from '../../db/write-behind.ts';
import type { UsageCount, UsageRepository } from './usage-repository.ts';

const FLUSH_INTERVAL_MS = 10_000;
const WAITING_MAX = 10_000;
const DAY_MS = 86_400_000;

/** To be told what became of a credential of a known client. */
export interface UsageCounter {
  accept: (clientId: string) => void;
  refuse: (clientId: string) => void;
}

export interface UsageRecorderOptions {
  repository: Pick<UsageRepository, 'add'>;
  clock: Pick<DatabaseClock, 'now'>;
  log: FastifyBaseLogger;
}

/**
 * Counts checks in memory and writes them in one statement every ten seconds, off every request's path. A process that is
 * killed loses what it had not written; a write whose answer was lost may count twice: the figures are about right.
 */
export class UsageRecorder implements UsageCounter {
  readonly #repository: Pick<UsageRepository, 'add'>;
  readonly #clock: Pick<DatabaseClock, 'now'>;
  readonly #log: FastifyBaseLogger;
  /** By day and client. */
  #waiting = new Map<string, UsageCount>();
  /** Of the current day, by client: one look-up for a check. */
  #today = new Map<string, UsageCount>();
  #dayNumber = NaN;
  readonly #writes = new WriteBehind({
    intervalMs: FLUSH_INTERVAL_MS,
    hasWaiting: () => this.#waiting.size > 0,
    write: () => this.#write(),
  });

  constructor({ repository, clock, log }: UsageRecorderOptions) {
    this.#repository = repository;
    this.#clock = clock;
    this.#log = log;
  }

  start(): void {
    this.#writes.start();
  }

  accept(clientId: string): void {
    this.#countOf(clientId).accepted += 1;
  }

  refuse(clientId: string): void {
    this.#countOf(clientId).refused += 1;
  }

  /** Writes what is waiting; never rejects. Calls at the same time share one write. */
  flush(): Promise<void> {
    return this.#writes.flush();
  }

  /** Writes everything counted so far and stops the timer. What cannot be written is tried again for about a second. */
  stop(): Promise<void> {
    return this.#writes.stop();
  }

  #countOf(clientId: string): UsageCount {
    const dayNumber = Math.floor(this.#clock.now() / DAY_MS);
    if (dayNumber !== this.#dayNumber) {
      this.#dayNumber = dayNumber;
      this.#today = new Map();
    }
    return this.#today.get(clientId) ?? this.#open(clientId);
  }

  /** Beyond ten thousand it writes early; what comes while nothing can be written is not counted. */
  #open(clientId: string): UsageCount {
    // What is written is out of the way at once, unless another write is under way.
    if (this.#waiting.size >= WAITING_MAX) void this.flush();
    const day = new Date(this.#dayNumber * DAY_MS).toISOString().slice(0, 10);
    const identity = `${day} ${clientId}`;
    const known = this.#waiting.get(identity);
    const count = known ?? { clientId, day, accepted: 0, refused: 0 };
    if (known === undefined && this.#waiting.size >= WAITING_MAX) return count;
    this.#waiting.set(identity, count);
    this.#today.set(clientId, count);
    return count;
  }

  async #write(): Promise<void> {
    const batch = this.#waiting;
    this.#waiting = new Map();
    this.#today = new Map();
    try {
      await this.#repository.add([...batch.values()]);
    } catch (err) {
      this.#log.warn({ err, counts: batch.size }, 'the use of API clients could not be written; trying again');
      this.#keep(batch);
    }
  }

  #keep(batch: ReadonlyMap<string, UsageCount>): void {
    for (const [identity, { accepted, refused, ...rest }] of batch) {
      const newer = this.#waiting.get(identity);
      if (newer !== undefined) {
        newer.accepted += accepted;
        newer.refused += refused;
      } else if (this.#waiting.size < WAITING_MAX) {
        this.#waiting.set(identity, { ...rest, accepted, refused });
      }
    }
  }
}
