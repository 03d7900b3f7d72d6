import { availableParallelism } from 'node:os';
import { AppError, ConnectionGoneError } from '../errors.ts';

/** Passwords of people, secrets of machines, and secrets of machines that came with a hash from elsewhere. */
export const gateLanes = ['password', 'secret', 'imported'] as const;
export type GateLane = (typeof gateLanes)[number];

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
const FIRST_GUESS_MS: Record<GateLane, number> = { password: 50, secret: 1, imported: 50 };

/**
 * The one way to argon2, and to what other systems hash with. Work beyond the concurrency waits, first come first served
 * within its lane. Lanes share the time: each is charged what its work took, and the one that used least goes next. So a
 * flood in one lane costs another at most one place, and its share of the time while it asks for that much. What an import
 * made costly never takes the last place.
 */
export class Argon2Gate {
  readonly #concurrency: number;
  readonly #queueMax: number;
  readonly #waitMaxMs: number;
  readonly #now: () => number;
  readonly #lanes: Record<GateLane, Lane>;
  readonly #all: readonly Lane[];
  #lastLane: Lane;

  constructor({ concurrency, queueMax, waitMaxMs = WAIT_MAX_MS, now = () => performance.now() }: Argon2GateOptions) {
    this.#concurrency = concurrency;
    this.#queueMax = queueMax;
    this.#waitMaxMs = waitMaxMs;
    this.#now = now;
    this.#lanes = {
      password: createLane('password', concurrency),
      secret: createLane('secret', concurrency),
      imported: createLane('imported', Math.max(1, concurrency - 1)),
    };
    this.#all = Object.values(this.#lanes);
    this.#lastLane = this.#lanes.password;
  }

  /** How many pieces of work run now. */
  get running(): number {
    return this.#all.reduce((sum, { running }) => sum + running, 0);
  }

  /** How many wait now, all lanes together. */
  get waiting(): number {
    return this.#all.reduce((sum, { waiters }) => sum + waiters.size, 0);
  }

  /** How many have been refused since the start. */
  get refused(): number {
    return this.#all.reduce((sum, { refused }) => sum + refused, 0);
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
    const lane = this.#lanes[laneName];
    if (this.#isFree(lane)) return;
    const waitMs = this.#expectWaitMs(lane);
    if (waitMs <= this.#waitMaxMs && lane.waiters.size < this.#queueMax) return;
    lane.refused += 1;
    // Spread out, so that those who were refused together do not come back together.
    const retryAfterSeconds = (waitMs / 1000) * (1 + Math.random());
    throw new AppError('overloaded', { retryAfterSeconds, reason: `${laneName} queue is full` });
  }

  #enter(lane: Lane, signal: AbortSignal | undefined): Promise<void> | undefined {
    if (signal?.aborted === true) throw new ConnectionGoneError();
    // Level with the others: time that a lane was not there for is neither saved up nor owed.
    if (isEmpty(lane)) lane.usedMs = Math.max(lane.usedMs, this.#levelBeside(lane));
    // A place that comes free is handed straight to a waiter, so nobody waits while there is one.
    if (this.#isFree(lane)) {
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
    const [start] = next?.waiters ?? [];
    if (next === undefined || start === undefined) return;
    next.waiters.delete(start);
    this.#begin(next);
    start();
  }

  #isFree(lane: Lane): boolean {
    return this.running < this.#concurrency && lane.running < lane.runningMax;
  }

  /** The lane whose turn it is; where several used the same, not the one that had the last. */
  #chooseLane(): Lane | undefined {
    const ready = this.#all.filter(({ waiters, running, runningMax }) => waiters.size > 0 && running < runningMax);
    const others = ready.filter((lane) => lane !== this.#lastLane);
    const [first] = others.toSorted((a, b) => chargeOf(a) - chargeOf(b));
    if (first === undefined) return ready[0];
    return ready.includes(this.#lastLane) && chargeOf(this.#lastLane) < chargeOf(first) ? this.#lastLane : first;
  }

  /** What is before a newcomer: its own lane, and of each other as much, for they share the time. */
  #expectWaitMs(lane: Lane): number {
    const ownMs = lane.waiters.size * lane.meanMs;
    const othersMs = this.#otherThan(lane).map(({ waiters, meanMs }) => Math.min(ownMs, waiters.size * meanMs));
    return (ownMs + othersMs.reduce((sum, ms) => sum + ms, 0)) / lane.runningMax;
  }

  /** What those used who are there; where nobody is, who used most. */
  #levelBeside(lane: Lane): number {
    const others = this.#otherThan(lane);
    const busy = others.filter((other) => !isEmpty(other));
    const used = (lanes: readonly Lane[]) => lanes.map(({ usedMs }) => usedMs);
    return busy.length > 0 ? Math.min(...used(busy)) : Math.max(...used(others));
  }

  #otherThan(lane: Lane): readonly Lane[] {
    return this.#all.filter((other) => other !== lane);
  }
}

interface Lane {
  name: GateLane;
  /** What starts each of those who wait, in the order in which they came. */
  waiters: Set<() => void>;
  running: number;
  /** How many of its pieces may run at once. */
  runningMax: number;
  /** The time its ended work took, as far as it counts against those of other lanes. */
  usedMs: number;
  /** The moving mean of what a piece takes. */
  meanMs: number;
  refused: number;
}

function createLane(name: GateLane, runningMax: number): Lane {
  return { name, waiters: new Set(), running: 0, runningMax, usedMs: 0, meanMs: FIRST_GUESS_MS[name], refused: 0 };
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
