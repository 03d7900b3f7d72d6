import { availableParallelism } from 'node:os';
import { AppError, ConnectionGoneError } from '../errors.ts';

/** Passwords of people or secrets of machines. */
export type GateLane = 'password' | 'secret';

/** Below libuv's pool of four threads, so that file and DNS work never waits behind argon2. */
export const ARGON2_CONCURRENCY = Math.min(availableParallelism(), 3);

export interface Argon2GateOptions {
  /** How many pieces of work run at once. Below the size of libuv's pool, so that other work keeps a thread. */
  concurrency: number;
  /** How many may wait in each lane, however short their wait: a bound for memory. */
  queueMax: number;
  /**
   * How long a newcomer may be expected to wait. Default: 1.8 seconds; with its own work, and what the estimate is off, it
   * is answered within 2.5. Infinity where nobody waits for an answer.
   */
  waitMaxMs?: number;
  /** A clock that only rises, in milliseconds. */
  now?: () => number;
}

const WAIT_MAX_MS = 1_800;
/** How much of the moving mean a single piece of work is. */
const NEWEST_SHARE = 0.1;
/** What a piece is taken to last before one has run: about what the default costs take. */
const FIRST_GUESS_MS: Record<GateLane, number> = { password: 50, secret: 1 };

/**
 * The one way to argon2. Work beyond the concurrency waits, first come first served within its lane. Lanes share the time:
 * each is charged what its work took, and the one that used less goes next. So a flood in one lane costs the other at most
 * one place, and half of the time while it asks for that much.
 */
export class Argon2Gate {
  readonly #concurrency: number;
  readonly #queueMax: number;
  readonly #waitMaxMs: number;
  readonly #now: () => number;
  readonly #lanes: Record<GateLane, Lane> = { password: createLane('password'), secret: createLane('secret') };
  #lastLane: Lane = this.#lanes.password;

  constructor({ concurrency, queueMax, waitMaxMs = WAIT_MAX_MS, now = () => performance.now() }: Argon2GateOptions) {
    this.#concurrency = concurrency;
    this.#queueMax = queueMax;
    this.#waitMaxMs = waitMaxMs;
    this.#now = now;
  }

  /** How many pieces of work run now. */
  get running(): number {
    return this.#lanes.password.running + this.#lanes.secret.running;
  }

  /** How many wait now, both lanes together. */
  get waiting(): number {
    return this.waitingIn('password') + this.waitingIn('secret');
  }

  /** How many have been refused since the start. */
  get refused(): number {
    return this.refusedIn('password') + this.refusedIn('secret');
  }

  /** How many wait now in one lane. */
  waitingIn(lane: GateLane): number {
    return this.#lanes[lane].waiters.size;
  }

  /** How many of one lane have been refused since the start. */
  refusedIn(lane: GateLane): number {
    return this.#lanes[lane].refused;
  }

  /**
   * Runs `work` when its turn comes and answers as it does. Its place is free again however it ends.
   *
   * @param signal aborts when the connection has closed that the work is for
   * @throws AppError `overloaded`, at once, as {@link requireRoom}
   * @throws ConnectionGoneError when `signal` aborts before the work began; it never begins then
   */
  async run<T>(laneName: GateLane, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const lane = this.#lanes[laneName];
    const turn = this.#enter(lane, signal);
    if (turn !== undefined) await turn;
    const startedMs = this.#now();
    try {
      return await work();
    } finally {
      this.#leave(lane, this.#now() - startedMs);
    }
  }

  /**
   * For asking before anything is done that would be in vain.
   * @throws AppError `overloaded` when a newcomer would wait too long, with the expected wait as `Retry-After`
   */
  requireRoom(laneName: GateLane): void {
    if (this.running < this.#concurrency) return;
    const lane = this.#lanes[laneName];
    const waitMs = this.#expectWaitMs(lane);
    if (waitMs <= this.#waitMaxMs && lane.waiters.size < this.#queueMax) return;
    lane.refused += 1;
    // Spread out, so that those who were refused together do not come back together.
    const retryAfterSeconds = (waitMs / 1000) * (1 + Math.random());
    throw new AppError('overloaded', { retryAfterSeconds, reason: `${laneName} queue is full` });
  }

  #enter(lane: Lane, signal: AbortSignal | undefined): Promise<void> | undefined {
    if (signal?.aborted === true) throw new ConnectionGoneError();
    // Level with the other lane: time that a lane was not there for is neither saved up nor owed.
    if (isEmpty(lane)) lane.usedMs = Math.max(lane.usedMs, this.#otherThan(lane).usedMs);
    // A place that comes free is handed straight to a waiter, so nobody waits while there is one.
    if (this.running < this.#concurrency) {
      this.#begin(lane);
      return undefined;
    }
    this.requireRoom(lane.name);
    return waitIn(lane, signal);
  }

  #begin(lane: Lane): void {
    lane.running += 1;
    this.#lastLane = lane;
  }

  #leave(lane: Lane, tookMs: number): void {
    lane.running -= 1;
    lane.usedMs += tookMs;
    lane.meanMs += (tookMs - lane.meanMs) * NEWEST_SHARE;
    const next = this.#chooseLane();
    const [start] = next.waiters;
    if (start === undefined) return;
    next.waiters.delete(start);
    this.#begin(next);
    start();
  }

  /** The lane whose turn it is; where both used the same, the one that did not have the last. */
  #chooseLane(): Lane {
    const last = this.#lastLane;
    const other = this.#otherThan(last);
    if (other.waiters.size === 0) return last;
    return last.waiters.size === 0 || chargeOf(other) <= chargeOf(last) ? other : last;
  }

  /** What is before a newcomer: its own lane, and of the other as much, for they share the time. */
  #expectWaitMs(lane: Lane): number {
    const ownMs = lane.waiters.size * lane.meanMs;
    const other = this.#otherThan(lane);
    return (ownMs + Math.min(ownMs, other.waiters.size * other.meanMs)) / this.#concurrency;
  }

  #otherThan(lane: Lane): Lane {
    return this.#lanes[lane.name === 'password' ? 'secret' : 'password'];
  }
}

interface Lane {
  name: GateLane;
  /** What starts each of those who wait, in the order in which they came. */
  waiters: Set<() => void>;
  running: number;
  /** The time its ended work took, as far as it counts against the other lane's. */
  usedMs: number;
  /** The moving mean of what a piece takes. */
  meanMs: number;
  refused: number;
}

function createLane(name: GateLane): Lane {
  return { name, waiters: new Set(), running: 0, usedMs: 0, meanMs: FIRST_GUESS_MS[name], refused: 0 };
}

function isEmpty({ running, waiters }: Lane): boolean {
  return running === 0 && waiters.size === 0;
}

/** What a lane used, its running work included. */
function chargeOf({ usedMs, running, meanMs }: Lane): number {
  return usedMs + running * meanMs;
}

function waitIn({ waiters }: Lane, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const start = () => {
      signal?.removeEventListener('abort', leave);
      resolve();
    };
    const leave = () => {
      waiters.delete(start);
      reject(new ConnectionGoneError());
    };
    waiters.add(start);
    signal?.addEventListener('abort', leave, { once: true });
  });
}
