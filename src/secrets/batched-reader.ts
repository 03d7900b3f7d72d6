import type { CircuitBreaker } from '../db/circuit-breaker.ts';
import { AppError } from '../errors.ts';

export interface BatchedReaderOptions<Key, Row> {
  /** Reads many rows at once: the rows found, in any order and without those that are not there. */
  load: (keys: Key[]) => Promise<Row[]>;
  /** Two wants of the same identity share one place in a query. */
  identify: (key: Key) => string;
  /** The identity of the key that a row was found by. */
  identifyRow: (row: Row) => string;
  /** Queries under way at once; what comes meanwhile waits and shares the next one. */
  inFlightMax: number;
  /** So many waiting keys are sent without waiting for more: the database works while further requests are read. */
  batchEnough: number;
  /** Keys in one query. */
  batchMax: number;
  /** Keys that may wait for a query. */
  waitingMax: number;
  /** How long a read may take, from its beginning to the answer, in milliseconds. */
  budgetMs: number;
  /** Opened by reads that end without an answer; while it is open only one read at a time is tried. */
  breaker: CircuitBreaker;
  /** Told how many keys a query asks for. */
  onBatch?: ((size: number) => void) | undefined;
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
  dueAtMs: number;
  timer: NodeJS.Timeout;
  isDone: boolean;
}

/**
 * Lets reads that wait at the same time share one query, and keeps nothing of it: every read is answered by a query that
 * was sent after the read began. With little load a read goes out at once; the more there are, the more share a query.
 */
export class BatchedReader<Key, Row> {
  readonly #options: BatchedReaderOptions<Key, Row>;
  #waiting: Batch<Key, Row> | undefined;
  #inFlight = 0;
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
    const { identify, waitingMax, batchEnough, breaker, budgetMs } = this.#options;
    const identity = identify(key);
    const waiting = this.#waiting?.wants.get(identity);
    if (waiting !== undefined) return waiting.found;
    if ((this.#waiting?.wants.size ?? 0) >= waitingMax) {
      const reason = 'too many state reads are waiting';
      return Promise.reject(new AppError('overloaded', { retryAfterSeconds: 1, reason }));
    }
    if (!breaker.admit()) return Promise.reject(unanswered('state reads have not been answered'));
    this.#waiting ??= this.#openBatch(performance.now() + budgetMs);
    const { wants } = this.#waiting;
    const want = makeWant<Key, Row>(key);
    wants.set(identity, want);
    if (wants.size >= batchEnough && this.#canSend()) void this.#send();
    else this.#schedule();
    return want.found;
  }

  #canSend(): boolean {
    return this.#waiting !== undefined && this.#inFlight < this.#options.inFlightMax;
  }

  #schedule(): void {
    if (this.#isScheduled || !this.#canSend()) return;
    this.#isScheduled = true;
    // After the sockets that are readable now have been read: their requests join the same query.
    setImmediate(() => {
      this.#isScheduled = false;
      if (this.#canSend()) void this.#send();
      this.#schedule();
    });
  }

  async #send(): Promise<void> {
    const { load, identifyRow, breaker } = this.#options;
    const batch = this.#take();
    if (batch === undefined) return;
    const { wants } = batch;
    this.#inFlight += 1;
    this.#options.onBatch?.(wants.size);
    try {
      for (const row of await load(Array.from(wants.values(), ({ key }) => key))) {
        wants.get(identifyRow(row))?.resolve(row);
      }
      breaker.answered();
      // Resolving again what has its row changes nothing; the rest are not there.
      for (const { resolve } of wants.values()) resolve(undefined);
    } catch (err) {
      breaker.failed();
      for (const { reject } of wants.values()) reject(err);
    } finally {
      clearTimeout(batch.timer);
      batch.isDone = true;
      this.#inFlight -= 1;
      this.#schedule();
    }
  }

  #openBatch(dueAtMs: number): Batch<Key, Row> {
    const timer = setTimeout(() => {
      // An answer that has arrived while this process did other things is read first.
      setImmediate(() => {
        this.#expire(batch);
      });
    }, dueAtMs - performance.now());
    const batch: Batch<Key, Row> = { wants: new Map(), dueAtMs, timer, isDone: false };
    return batch;
  }

  #expire(batch: Batch<Key, Row>): void {
    if (batch.isDone) return;
    if (this.#waiting === batch) this.#waiting = undefined;
    this.#options.breaker.silent();
    const err = unanswered('a state read was not answered in time');
    for (const { reject } of batch.wants.values()) reject(err);
  }

  #take(): Batch<Key, Row> | undefined {
    const all = this.#waiting;
    if (all === undefined || all.wants.size <= this.#options.batchMax) {
      this.#waiting = undefined;
      return all;
    }
    const part = this.#openBatch(all.dueAtMs);
    part.wants = new Map([...all.wants].slice(0, this.#options.batchMax));
    for (const identity of part.wants.keys()) all.wants.delete(identity);
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
