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

/**
 * Lets reads that wait at the same time share one query, and keeps nothing of it: every read is answered by a query that
 * was sent after the read began. With little load a read goes out at once; the more there are, the more share a query.
 */
export class BatchedReader<Key, Row> {
  readonly #options: BatchedReaderOptions<Key, Row>;
  #waiting = new Map<string, Want<Key, Row>>();
  #inFlight = 0;
  #isScheduled = false;

  constructor(options: BatchedReaderOptions<Key, Row>) {
    this.#options = options;
  }

  /**
   * The row of a key as it is after this call, or undefined. Rejects as the query does.
   * @throws AppError `overloaded` when too many wait already
   */
  read(key: Key): Promise<Row | undefined> {
    const { identify, waitingMax, batchEnough } = this.#options;
    const identity = identify(key);
    const waiting = this.#waiting.get(identity);
    if (waiting !== undefined) return waiting.found;
    if (this.#waiting.size >= waitingMax) {
      const reason = 'too many state reads are waiting';
      return Promise.reject(new AppError('overloaded', { retryAfterSeconds: 1, reason }));
    }
    const want = makeWant<Key, Row>(key);
    this.#waiting.set(identity, want);
    if (this.#waiting.size >= batchEnough && this.#canSend()) void this.#send();
    else this.#schedule();
    return want.found;
  }

  #canSend(): boolean {
    return this.#waiting.size > 0 && this.#inFlight < this.#options.inFlightMax;
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
    const { load, identifyRow } = this.#options;
    const batch = this.#take();
    this.#inFlight += 1;
    this.#options.onBatch?.(batch.size);
    try {
      for (const row of await load(Array.from(batch.values(), ({ key }) => key))) {
        batch.get(identifyRow(row))?.resolve(row);
      }
      // Resolving again what has its row changes nothing; the rest are not there.
      for (const { resolve } of batch.values()) resolve(undefined);
    } catch (err) {
      for (const { reject } of batch.values()) reject(err);
    } finally {
      this.#inFlight -= 1;
      this.#schedule();
    }
  }

  #take(): Map<string, Want<Key, Row>> {
    const all = this.#waiting;
    if (all.size <= this.#options.batchMax) {
      this.#waiting = new Map();
      return all;
    }
    const batch = new Map([...all].slice(0, this.#options.batchMax));
    for (const identity of batch.keys()) all.delete(identity);
    return batch;
  }
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
