import t from 'tap';
import { drawExponential, drawFrom, findRate, simulateQueue } from '../../bench/simulation/queue.ts';

const SERVICE_MS = 4;
const ARRIVALS = 400_000;
const SEED = 7;
/** Of the mean of that many waits, each of which hangs on the one before: more so the busier the server is. */
const toleranceAt = (busy: number) => 5 / ((1 - busy) * Math.sqrt(ARRIVALS));

/** Pollaczek and Khinchine: the mean wait in a line with arrivals at random, by how much service times vary. */
function knownWait(busy: number, variation: number): number {
  return ((busy * SERVICE_MS) / (1 - busy)) * ((1 + variation ** 2) / 2);
}

const rateFor = (busy: number) => (busy * 1000) / SERVICE_MS;

for (const busy of [0.2, 0.5, 0.8, 0.9]) {
  void t.test(
    `a server that is busy for ${busy} of the time keeps those who come waiting as the theory says`,
    async (t) => {
      const common = { ratePerSecond: rateFor(busy), arrivals: ARRIVALS, seed: SEED };
      const constant = simulateQueue({ ...common, serviceMs: () => SERVICE_MS });
      const random = simulateQueue({ ...common, serviceMs: drawExponential(SERVICE_MS) });
      const tolerance = toleranceAt(busy);
      const [known, knownRandom] = [knownWait(busy, 0), knownWait(busy, 1)];
      t.ok(Math.abs(constant.meanWaitMs / known - 1) < tolerance, `M/D/1: ${constant.meanWaitMs} of ${known}`);
      t.ok(Math.abs(random.meanWaitMs / knownRandom - 1) < tolerance, `M/M/1: ${random.meanWaitMs} of ${knownRandom}`);
      t.ok(Math.abs(constant.busy / busy - 1) < tolerance, `busy: ${constant.busy}`);
      // The time in the system of an M/M/1 queue has no memory either.
      const knownP99 = (Math.log(100) * SERVICE_MS) / (1 - busy);
      t.ok(Math.abs(random.p99Ms / knownP99 - 1) < 2 * tolerance, `M/M/1, p99: ${random.p99Ms} of ${knownP99}`);
    },
  );
}

void t.test('the same queue gives the same waits, and another seed others', async (t) => {
  const queue = { ratePerSecond: rateFor(0.7), arrivals: 10_000, serviceMs: drawExponential(SERVICE_MS), seed: SEED };
  t.same(simulateQueue(queue), simulateQueue(queue));
  t.not(simulateQueue(queue).meanWaitMs, simulateQueue({ ...queue, seed: SEED + 1 }).meanWaitMs);
});

void t.test('the rate that is found is the last one that keeps the limit', async (t) => {
  const queue = { serviceMs: drawExponential(SERVICE_MS), arrivals: 100_000, seed: SEED };
  const rate = findRate(queue, { p99Ms: 100, steps: 200 });
  t.ok(simulateQueue({ ...queue, ratePerSecond: rate }).p99Ms <= 100);
  t.ok(simulateQueue({ ...queue, ratePerSecond: rate + rateFor(1) / 200 }).p99Ms > 100);
  // 1 - busy = ln(100) x service / limit
  t.ok(Math.abs(rate / rateFor(1 - (Math.log(100) * SERVICE_MS) / 100) - 1) < toleranceAt(0.8), `${rate}`);
});

void t.test('drawn times are those that were measured', async (t) => {
  const { meanWaitMs, p50Ms, p99Ms } = simulateQueue({
    ratePerSecond: 0.001,
    arrivals: 10_000,
    serviceMs: drawFrom([1, 2, 3, 4], 10),
    seed: SEED,
  });
  t.same([meanWaitMs, p99Ms], [0, 14]);
  t.ok(p50Ms === 12 || p50Ms === 13);
});
