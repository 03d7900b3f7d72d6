import { availableParallelism } from 'node:os';
import { AppError } from '../errors.ts';

/** Passwords of people or secrets of machines. */
export type GateLane = 'password' | 'secret';

/** Below libuv's pool of four threads, so that file and DNS work never waits behind argon2. */
export const ARGON2_CONCURRENCY = Math.min(availableParallelism(), 3);

export interface Argon2GateOptions {
  /** How many pieces of work run at once. Below the size of libuv's pool, so that other work keeps a thread. */
  concurrency: number;
  /** How many may wait in each lane. */
  queueMax: number;
}

const RETRY_AFTER_SECONDS = 1;

/**
 * The one way to argon2. Work beyond the concurrency waits, first come first served within its lane; lanes take turns,
 * so that a flood in one costs the other at most every second place.
 */
export class Argon2Gate {
  readonly #concurrency: number;
  readonly #queueMax: number;
  readonly #queues: Record<GateLane, WaiterQueue> = { password: new WaiterQueue(), secret: new WaiterQueue() };
  #lastLane: GateLane = 'password';
  #running = 0;
  readonly #refused: Record<GateLane, number> = { password: 0, secret: 0 };

  constructor({ concurrency, queueMax }: Argon2GateOptions) {
    this.#concurrency = concurrency;
    this.#queueMax = queueMax;
  }

  /** How many pieces of work run now. */
  get running(): number {
    return this.#running;
  }

  /** How many wait now, both lanes together. */
  get waiting(): number {
    return this.#queues.password.size + this.#queues.secret.size;
  }

  /** How many have been refused since the start. */
  get refused(): number {
    return this.#refused.password + this.#refused.secret;
  }

  /** How many wait now in one lane. */
  waitingIn(lane: GateLane): number {
    return this.#queues[lane].size;
  }

  /** How many of one lane have been refused since the start. */
  refusedIn(lane: GateLane): number {
    return this.#refused[lane];
  }

  /**
   * Runs `work` when its turn comes and answers as it does. Its place is free again however it ends.
   *
   * @throws AppError `overloaded`, at once, when the lane's queue is full
   */
  async run<T>(lane: GateLane, work: () => Promise<T>): Promise<T> {
    const turn = this.#enter(lane);
    if (turn !== undefined) await turn;
    try {
      return await work();
    } finally {
      this.#leave();
    }
  }

  #enter(lane: GateLane): Promise<void> | undefined {
    // A place that comes free is handed straight to a waiter, so nobody waits while there is one.
    if (this.#running < this.#concurrency) {
      this.#running += 1;
      this.#lastLane = lane;
      return undefined;
    }
    const queue = this.#queues[lane];
    if (queue.size >= this.#queueMax) {
      this.#refused[lane] += 1;
      throw new AppError('overloaded', { retryAfterSeconds: RETRY_AFTER_SECONDS, reason: `${lane} queue is full` });
    }
    return new Promise((resolve) => {
      queue.push(resolve);
    });
  }

  #leave(): void {
    const otherLane = this.#lastLane === 'password' ? 'secret' : 'password';
    const lane = this.#queues[otherLane].size > 0 ? otherLane : this.#lastLane;
    const start = this.#queues[lane].shift();
    if (start === undefined) {
      this.#running -= 1;
      return;
    }
    this.#lastLane = lane;
    start();
  }
}

interface Waiter {
  start: () => void;
  next: Waiter | undefined;
}

/** A linked list, because `Array.prototype.shift` costs more the longer the queue is. */
class WaiterQueue {
  size = 0;
  #first: Waiter | undefined;
  #last: Waiter | undefined;

  push(start: () => void): void {
    const waiter: Waiter = { start, next: undefined };
    if (this.#last === undefined) this.#first = waiter;
    else this.#last.next = waiter;
    this.#last = waiter;
    this.size += 1;
  }

  shift(): (() => void) | undefined {
    const waiter = this.#first;
    if (waiter === undefined) return undefined;
    this.#first = waiter.next;
    if (waiter.next === undefined) this.#last = undefined;
    this.size -= 1;
    return waiter.start;
  }
}
