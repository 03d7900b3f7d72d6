import type { FastifyBaseLogger } from 'fastify';
import { setTimeout as delay } from 'node:timers/promises';
import type { CircuitBreaker } from '../db/circuit-breaker.ts';
import { isSilence } from '../db/failures.ts';
import { waitAtMost } from '../wait-at-most.ts';
import type { PromiseRepository } from './promise-repository.ts';
import type { ReplicaBelief } from './replica-belief.ts';
import type { Change } from './state-memory.ts';
import type { StateQueries } from './state-queries.ts';

/** Renewals in the time of one lease, at least. */
const RENEWALS = 3;
/** Between two, however long the lease: what the replica does not show is promised with the next. */
const RENEW_MS_MAX = 1_000;
/** Between two looks at the replica while nothing is asked of it. What takes something away waits for the next. */
const LOOK_MS = 10;
/** While the replica does not answer. */
const LOOK_AGAIN_MS = 100;
const STOP_TIMEOUT_MS = 1_000;

export interface ReplicaKeeperOptions {
  belief: ReplicaBelief;
  promises: PromiseRepository;
  /** Of the replica. */
  readChanges: StateQueries['readChanges'];
  breaker: CircuitBreaker;
  leaseMs: number;
  /** Told the primary's time: the latest it can be. */
  onTime: (nowMs: number, askedAt: number) => void;
  log: Pick<FastifyBaseLogger, 'warn' | 'info'>;
}

/**
 * Keeps the belief in a replica: renews it at the primary, looks at what the replica has, and promises it to the primary,
 * one statement at a time.
 */
export class ReplicaKeeper {
  readonly #options: ReplicaKeeperOptions;
  readonly #renewMs: number;
  #promised = 0;
  #hasRow = false;
  #seenAtMs = -Infinity;
  #renewAtMs = 0;
  #isStopping = false;
  #wake: () => void = () => undefined;
  #work: Promise<unknown> = Promise.resolve();
  #isLeased = true;
  #isAnswered = true;

  constructor(options: ReplicaKeeperOptions) {
    this.#options = options;
    this.#renewMs = Math.min(options.leaseMs / RENEWALS, RENEW_MS_MAX);
  }

  start(): void {
    this.#work = Promise.all([this.#promise(), this.#look()]);
  }

  /** Answers nothing from the replica any more, and takes the row away, so that nobody waits for it. */
  async stop(): Promise<void> {
    const { belief, promises } = this.#options;
    this.#isStopping = true;
    belief.end();
    this.#wake();
    await waitAtMost(STOP_TIMEOUT_MS, this.#work);
    // One that stays is waited for once.
    await waitAtMost(
      STOP_TIMEOUT_MS,
      promises.remove().catch(() => undefined),
    );
  }

  /** Takes in what the replica has shown of its log. */
  see(changes: readonly Change[]): void {
    this.#seenAtMs = performance.now();
    if (this.#options.belief.see(changes)) this.#wake();
  }

  async #promise(): Promise<void> {
    const { log } = this.#options;
    while (!this.#isStopping) {
      try {
        await this.#promiseNext();
        if (!this.#isLeased) log.info('the lease is renewed: the replica may be read from');
        this.#isLeased = true;
      } catch (err) {
        if (this.#isLeased)
          log.warn({ err }, 'the lease could not be renewed: the replica is not read from without one');
        this.#isLeased = false;
        // Whatever became of the statement, the next one is a renewal.
        this.#renewAtMs = 0;
        await this.#pause(this.#renewMs / 10);
      }
    }
  }

  async #promiseNext(): Promise<void> {
    const { belief, promises } = this.#options;
    if (performance.now() >= this.#renewAtMs) {
      await this.#renew();
      return;
    }
    const row = belief.promise(this.#promised);
    if (row === undefined) {
      await this.#pause(this.#renewAtMs - performance.now());
    } else if (await promises.promise(row)) {
      belief.kept(row);
      this.#promised = Math.max(this.#promised, row.number);
    } else {
      belief.refused();
      // Or there is no row of this process any more.
      this.#renewAtMs = Math.min(this.#renewAtMs, performance.now() + LOOK_AGAIN_MS);
    }
  }

  async #renew(): Promise<void> {
    const { belief, promises, onTime } = this.#options;
    const at = belief.ask();
    const kept = this.#hasRow ? await promises.renew() : await promises.grant();
    if (kept === undefined) {
      // Nobody waits for this process: what it believed is over before there is a new row.
      belief.end();
      this.#hasRow = false;
      return;
    }
    this.#hasRow = true;
    if (this.#isStopping) return;
    belief.renew(at, kept);
    onTime(kept.nowMs, at.monotonicMs);
    this.#promised = kept.promised;
    this.#renewAtMs = at.monotonicMs + this.#renewMs;
  }

  /** Looks at the replica while no check does. */
  async #look(): Promise<void> {
    while (!this.#isStopping) {
      const isAnswered = await this.#lookOnce();
      await delay(isAnswered ? LOOK_MS : LOOK_AGAIN_MS);
    }
  }

  async #lookOnce(): Promise<boolean> {
    const { belief, breaker, readChanges, log } = this.#options;
    const { demanded } = belief;
    const isSeen = performance.now() - this.#seenAtMs < LOOK_MS && belief.judgeLast() === undefined;
    if (demanded === undefined || isSeen) return true;
    try {
      const { changes } = await readChanges({ number: demanded, nonce: '' });
      this.see(changes);
      breaker.answered();
      if (!this.#isAnswered) log.info('the replica answers');
      this.#isAnswered = true;
    } catch (err) {
      if (isSilence(err)) breaker.silent();
      if (this.#isAnswered) log.warn({ err }, 'the replica does not answer; the primary does');
      this.#isAnswered = false;
    }
    return this.#isAnswered;
  }

  /** Until something is to be done, or for that long. */
  async #pause(ms: number): Promise<void> {
    if (this.#isStopping) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, Math.max(ms, 1));
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
