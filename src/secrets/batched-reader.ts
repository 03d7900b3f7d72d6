import type { CircuitBreaker } from '../db/circuit-breaker.ts';
import { isSilence } from '../db/failures.ts';
import { AppError } from '../errors.ts';

/** Into how many parts the time of a read is divided. */
const BUDGET_TICKS = 20;
/** When others have waited so long for its place, a query is late. Several times what an answer takes at usual load. */
const LATE_AFTER_MS = 5;

export interface BatchBounds {
  /** Queries under way at once; what comes meanwhile waits and shares the next one. */
  inFlightMax: number;
  /** So many of them may be late, and leave their place to what waits. Default 0: each keeps it. */
  lateMax?: number;
  /** So many waiting reads are sent without waiting for more: the database works while further requests are read. */
  batchEnough: number;
  /** Keys in one query. */
  batchMax: number;
  /** Reads that may wait for a query. */
  waitingMax: number;
  /** How long a read may take, from its beginning to the answer, in milliseconds. */
  budgetMs: number;
  /** Opened by reads that end without an answer; while it is open only one read at a time is tried. */
  breaker: CircuitBreaker;
  /** Told how many reads share a query. */
  onBatch?: ((size: number) => void) | undefined;
}

export interface BatchedReaderOptions<Key, Row> extends BatchBounds {
  /** Reads many rows at once: the rows found, in any order and without those that are not there. */
  load: (keys: Key[]) => Promise<Row[]>;
  /** Two wants of the same identity share one place in a query. */
  identify: (key: Key) => string;
  /** The identity of the key that a row was found by. */
  identifyRow: (row: Row) => string;
}

/** What all who want the same row wait for. */
interface Want<Key, Row> {
  key: Key;
  found: Promise<Row | undefined>;
  resolve: (row: Row | undefined) => void;
  reject: (err: unknown) => void;
}

/** Wants that share a query, and its time. */
interface Batch<Key, Row> {
  wants: Map<string, Want<Key, Row>>;
  /** Those of one key share a want. */
  reads: number;
  expiresAtTick: number;
}

/**
 * Lets reads that wait at the same time share one query, and keeps nothing of it: every read is answered by a query that
 * was sent after the read began. With little load a read goes out at once; the more there are, the more share a query.
 */
export class BatchedReader<Key, Row> {
  readonly #options: BatchedReaderOptions<Key, Row>;
  #waiting: Batch<Key, Row> | undefined;
  /** Neither answered nor given up. One timer for all of them: one for each would cost more than a read does. */
  readonly #open = new Set<Batch<Key, Row>>();
  #tick = 0;
  #ticker: NodeJS.Timeout | undefined;
  /** Without those that are late; the oldest first. */
  readonly #inFlight = new Set<Batch<Key, Row>>();
  #late = 0;
  #isWatching = false;
  #isScheduled = false;

  constructor(options: BatchedReaderOptions<Key, Row>) {
    this.#options = options;
  }

  /**
   * The row of a key as it is after this call, or undefined. Rejects as the query does.
   * @throws AppError `overloaded` when too many wait already, `database_unavailable` when the query is not answered in
   * time or the last one was not
   */
  read(key: Key): Promise<Row | undefined> {
    const { identify, waitingMax, breaker } = this.#options;
    if ((this.#waiting?.reads ?? 0) >= waitingMax) {
      const reason = 'too many state reads are waiting';
      return Promise.reject(new AppError('overloaded', { retryAfterSeconds: 1, reason }));
    }
    const identity = identify(key);
    let want = this.#waiting?.wants.get(identity);
    if (want === undefined && !breaker.admit()) return Promise.reject(unanswered('state reads have not been answered'));
    const waiting = (this.#waiting ??= this.#openBatch(this.#tick + BUDGET_TICKS));
    if (want === undefined) {
      want = makeWant<Key, Row>(key);
      waiting.wants.set(identity, want);
    }
    waiting.reads += 1;
    this.#sendOrSchedule();
    return want.found;
  }

  /** What waits, if a query may be sent for it now. */
  get #sendable(): Batch<Key, Row> | undefined {
    return this.#inFlight.size < this.#options.inFlightMax ? this.#waiting : undefined;
  }

  #sendOrSchedule(): void {
    const batch = this.#sendable;
    if (batch !== undefined && batch.reads >= this.#options.batchEnough) void this.#send(batch);
    else this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    if (this.#sendable === undefined) {
      this.#watchLate();
      return;
    }
    this.#isScheduled = true;
    // After the sockets that are readable now have been read: their requests join the same query.
    setImmediate(() => {
      this.#isScheduled = false;
      const batch = this.#sendable;
      if (batch !== undefined) void this.#send(batch);
      this.#schedule();
    });
  }

  async #send(waiting: Batch<Key, Row>): Promise<void> {
    const { load, identifyRow, breaker } = this.#options;
    const batch = this.#take(waiting);
    const { wants } = batch;
    this.#inFlight.add(batch);
    this.#options.onBatch?.(batch.reads);
    try {
      for (const row of await load(Array.from(wants.values(), ({ key }) => key))) {
        wants.get(identifyRow(row))?.resolve(row);
      }
      breaker.answered();
      // Resolving again what has its row changes nothing; the rest are not there.
      for (const { resolve } of wants.values()) resolve(undefined);
    } catch (err) {
      if (isSilence(err)) breaker.silent();
      else breaker.failed();
      for (const { reject } of wants.values()) reject(err);
    } finally {
      this.#open.delete(batch);
      if (!this.#inFlight.delete(batch)) this.#late -= 1;
      this.#sendOrSchedule();
    }
  }

  #openBatch(expiresAtTick: number): Batch<Key, Row> {
    const batch: Batch<Key, Row> = { wants: new Map(), reads: 0, expiresAtTick };
    this.#open.add(batch);
    this.#ticker ??= setInterval(() => {
      this.#sweep();
    }, this.#options.budgetMs / BUDGET_TICKS);
    return batch;
  }

  /** A process that was held up for long counts one tick, and reads what has arrived meanwhile before the next. */
  #sweep(): void {
    this.#tick += 1;
    for (const batch of this.#open) {
      if (batch.expiresAtTick <= this.#tick) this.#expire(batch);
    }
    if (this.#open.size > 0) return;
    clearInterval(this.#ticker);
    this.#ticker = undefined;
  }

  /** Lets the oldest query leave its place to what waits, where it may. One timer, however many wait. */
  #watchLate(): void {
    const { lateMax = 0 } = this.#options;
    const [oldest] = this.#inFlight;
    if (this.#isWatching || this.#waiting === undefined || oldest === undefined || this.#late >= lateMax) return;
    this.#isWatching = true;
    setTimeout(() => {
      // A process that was held up reads what has arrived meanwhile before it calls a query late.
      setImmediate(() => {
        this.#isWatching = false;
        if (this.#waiting !== undefined && this.#inFlight.delete(oldest)) this.#late += 1;
        this.#schedule();
      });
    }, LATE_AFTER_MS);
  }

  #expire(batch: Batch<Key, Row>): void {
    this.#open.delete(batch);
    if (this.#waiting === batch) this.#waiting = undefined;
    this.#options.breaker.silent();
    const err = unanswered('a state read was not answered in time');
    for (const { reject } of batch.wants.values()) reject(err);
  }

  #take(all: Batch<Key, Row>): Batch<Key, Row> {
    if (all.wants.size <= this.#options.batchMax) {
      this.#waiting = undefined;
      return all;
    }
    const part = this.#openBatch(all.expiresAtTick);
    part.wants = new Map([...all.wants].slice(0, this.#options.batchMax));
    part.reads = part.wants.size;
    for (const identity of part.wants.keys()) all.wants.delete(identity);
    all.reads -= part.reads;
    return part;
  }
}

function unanswered(reason: string): AppError {
  return new AppError('database_unavailable', { retryAfterSeconds: 2, reason });
}

function makeWant<Key, Row>(key: Key): Want<Key, Row> {
  let resolve!: Want<Key, Row>['resolve'];
  let reject!: Want<Key, Row>['reject'];
  const found = new Promise<Row | undefined>((resolveFound, rejectFound) => {
    resolve = resolveFound;
    reject = rejectFound;
  });
  return { key, found, resolve, reject };
}
