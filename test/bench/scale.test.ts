import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { planCapacity } from '../../bench/simulation/capacity.ts';
import { renderTables, withTables } from '../../bench/simulation/tables.ts';
import type { Measured } from '../../bench/simulation/measure.ts';
import type { Report } from '../../bench/report.ts';

const root = join(import.meta.dirname, '..', '..');
const readJson = async (path: string) => JSON.parse(await readFile(join(root, path), 'utf8')) as unknown;

const cost = { check: { instanceMs: 0.05, postgresMs: 0.01 }, loneCheck: { instanceMs: 0.1, postgresMs: 0.1 } };

void t.test('the page on scale has the tables that the committed figures give', async (t) => {
  const benchmark = (await readJson('bench/results.json')) as Report;
  const measured = (await readJson('bench/simulation/measured.json')) as Measured;
  const page = await readFile(join(root, 'docs', 'scale.md'), 'utf8');
  t.equal(withTables(page, renderTables(benchmark, measured)), page, 'npm run simulate -- --write');
});

void t.test('instances are as many as the rate takes with a third of each left, and three at least', async (t) => {
  const plan = (checksPerSecond: number, regions = 1) =>
    planCapacity({ checksPerSecond, regions, roundTripMs: 1, ...cost }).instancesPerRegion;
  // 100,000 checks of 0.05 ms are five cores.
  t.equal(plan(100_000), 8);
  t.equal(plan(600_000, 6), 8);
  t.equal(plan(10), 3);
});

void t.test(
  'an instance asks no more than two questions in a round trip, and never more than it has checks',
  async (t) => {
    const plan = (checksPerSecond: number, roundTripMs: number) =>
      planCapacity({ checksPerSecond, regions: 1, roundTripMs, ...cost });
    const near = plan(1_000_000, 0.9);
    t.equal(near.questionsPerSecond, near.instancesPerRegion * 2000);
    const far = plan(1_000_000, 199.9);
    t.equal(Math.round(far.questionsPerSecond), far.instancesPerRegion * 10);
    t.equal(plan(100, 1).questionsPerSecond, 100);
  },
);

void t.test('servers that are read from keep half of their cores, and there are two', async (t) => {
  const plan = planCapacity({ checksPerSecond: 1_000_000, regions: 1, roundTripMs: 0.9, ...cost });
  // 77 instances, 2,000 questions each, of 0.1 ms: 15.4 cores.
  t.equal(plan.postgresCoresPerRegion.toFixed(1), '15.4');
  t.match(plan, { serversPerRegion: 2, connectionsPerServer: 39 * 18 });
  t.equal(planCapacity({ checksPerSecond: 1, regions: 1, roundTripMs: 1, ...cost }).serversPerRegion, 2);
});
