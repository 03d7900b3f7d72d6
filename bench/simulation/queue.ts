/** What waits in one line for one server. */
export interface Queue {
  ratePerSecond: number;
  /** How long one is served, drawn anew for each. */
  serviceMs: (random: Random) => number;
  arrivals: number;
  seed: number;
}

export interface Waits {
  /** From arrival to the beginning of service. */
  meanWaitMs: number;
  /** From arrival to the end of service. */
  p50Ms: number;
  p99Ms: number;
  /** The share of time in which somebody is served. */
  busy: number;
}

/** Numbers from 0 up to 1. */
export type Random = () => number;

/** The share of arrivals at the beginning that is not counted: the line is empty then, as it rarely is later. */
const WARM_UP = 0.1;

/**
 * Lets arrivals at random (a Poisson process) go through one line, first come, first served. The same queue gives the same
 * waits each time.
 */
export function simulateQueue({ ratePerSecond, serviceMs, arrivals, seed }: Queue): Waits {
  const random = createRandom(seed);
  const gapMs = 1000 / ratePerSecond;
  const first = Math.floor(arrivals * WARM_UP);
  const times: number[] = [];
  let waitMs = 0;
  let waited = 0;
  let served = 0;
  let elapsed = 0;
  for (let index = 0; index < arrivals; index += 1) {
    const serviceTime = serviceMs(random);
    const gap = -Math.log(1 - random()) * gapMs;
    if (index >= first) {
      waited += waitMs;
      served += serviceTime;
      elapsed += gap;
      times.push(waitMs + serviceTime);
    }
    // Lindley: who comes next waits for what is left of this one's time.
    waitMs = Math.max(0, waitMs + serviceTime - gap);
  }
  times.sort((a, b) => a - b);
  return { meanWaitMs: waited / times.length, p50Ms: at(times, 0.5), p99Ms: at(times, 0.99), busy: served / elapsed };
}

/** The highest rate, of one in `steps` of what the server could do without a pause, whose p99 stays under a limit. */
export function findRate(
  queue: Omit<Queue, 'ratePerSecond'>,
  { p99Ms, steps }: { p99Ms: number; steps: number },
): number {
  const most = 1000 / meanOf(queue.serviceMs, queue.seed);
  let [good, bad] = [0, steps];
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    const ratePerSecond = (most * middle) / steps;
    if (simulateQueue({ ...queue, ratePerSecond }).p99Ms <= p99Ms) good = middle;
    else bad = middle;
  }
  return (most * good) / steps;
}

/** Draws from measured times, given in rising order as the quantiles of equal shares. */
export function drawFrom(quantiles: readonly number[], moreMs = 0): (random: Random) => number {
  return (random) => at(quantiles, random()) + moreMs;
}

/** Draws times whose mean is given and that have no memory: an M/M/1 queue's. */
export function drawExponential(meanMs: number): (random: Random) => number {
  return (random) => -Math.log(1 - random()) * meanMs;
}

/** Mulberry32: small, fast, and the same everywhere. Nothing secret is made of it. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function at(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

function meanOf(draw: (random: Random) => number, seed: number): number {
  const random = createRandom(seed);
  const draws = 10_000;
  let sum = 0;
  for (let index = 0; index < draws; index += 1) sum += draw(random);
  return sum / draws;
}
