import { table } from '../report.ts';
import type { Report } from '../report.ts';
import { planCapacity, SERVER_CORES } from './capacity.ts';
import type { Cost } from './capacity.ts';
import type { Measured } from './measure.ts';
import { drawFrom, findRate, simulateQueue } from './queue.ts';
import type { Random } from './queue.ts';

const MARKERS = ['<!-- simulation -->', '<!-- /simulation -->'] as const;
const CHECK_RATES = [10_000, 100_000, 1_000_000];
const REGIONS = [1, 3, 6];
/** From an instance to a server in its own region, and between zones of one: 0.25 to 3.4 ms were measured. */
const ZONE_MS = 1;
const CHANGE_RATES = [1, 3, 10, 100, 300];
/** Who revokes waits no longer, 99 times of 100. */
const P99_MAX_MS = 1_000;
const HEADS = 16;
const ARRIVALS = 50_000;
const SEED = 20_261;
const STEPS = 400;

/** A reader looks at its replica for news every 10 ms, and who waits for readers looks at their promises every 50 at most. */
const LOOKS_MS = 10 + 50;

/**
 * Where the servers stand: the standbys that a commit waits for, so that a failover loses nothing, in other zones; and the
 * farthest replica that is read from, whose instances are waited for after the commit. The primary is in Northern Virginia.
 */
const layouts = [
  { name: 'one server', standbys: '0', awayMs: 0 },
  { name: 'one region, a standby in another zone', standbys: '1', awayMs: ZONE_MS },
  { name: 'one region, two standbys, read from', standbys: '2', awayMs: ZONE_MS, readersAwayMs: ZONE_MS },
  { name: '3 regions (Ireland 81 ms, Oregon 87 ms)', standbys: '2', awayMs: ZONE_MS, readersAwayMs: 87 },
  {
    name: '6 regions (and São Paulo 120, Tokyo 145, Singapore 217)',
    standbys: '2',
    awayMs: ZONE_MS,
    readersAwayMs: 217,
  },
] as const;

/** All tables of docs/scale.md, as Markdown. The same figures give the same text. */
export function renderTables(benchmark: Report, measured: Measured): string {
  const costs = findCosts(benchmark, measured);
  const [of, on] = [benchmark.takenAt.slice(0, 10), benchmark.machine];
  return [
    `CPU from the benchmark of ${of} on ${on.cores} cores (${on.cpu}), Node ${on.node}, Postgres ${on.postgres}. What it ` +
      'has no case for, marked with *, is in the proportion to one of its cases that ' +
      `a run of ${measured.takenAt.slice(0, 10)} found.`,
    renderCosts(costs),
    renderCapacity(costs),
    `The head, from 1,000 commits each of ${measured.takenAt.slice(0, 10)} on PostgreSQL 15, the standbys on the same ` +
      `machine (${measured.machine.cores} cores, shared with other work):`,
    renderHead(measured, 1),
    `The same with ${HEADS} heads:`,
    renderHead(measured, HEADS),
  ].join('\n\n');
}

type Costs = Record<'check' | 'loneCheck' | 'token' | 'create' | 'revocation', Cost>;

function findCosts({ cases }: Report, { proportions }: Measured): Costs {
  const outcomes = cases.flatMap((one) => one.outcomes ?? []);
  const costOf = (name: string): Cost => {
    const found = outcomes.find((one) => one.name === name);
    if (found === undefined) throw new Error(`the benchmark has no results of "${name}": run npm run bench`);
    // CPU of a thousand in seconds is that of one in milliseconds.
    return { instanceMs: found.cpuPerThousand, postgresMs: found.databaseCpuPerThousand };
  };
  const inProportion = (
    { instanceMs, postgresMs }: Cost,
    { instance, postgres }: Measured['proportions']['loneCheck'],
  ) => ({
    instanceMs: instanceMs * instance,
    postgresMs: postgresMs * postgres,
  });
  const [check, create] = [costOf('latchkey verify'), costOf('latchkey create')];
  return {
    check,
    loneCheck: inProportion(check, proportions.loneCheck),
    token: costOf('latchkey token'),
    create,
    revocation: inProportion(create, proportions.revocation),
  };
}

/** A page with the tables in their place. */
export function withTables(page: string, tables: string): string {
  const [start, end] = MARKERS.map((marker) => page.indexOf(marker)) as [number, number];
  if (start < 0 || end < start) throw new Error('the page has no place for the tables');
  return `${page.slice(0, start + MARKERS[0].length)}\n${tables}\n${page.slice(end)}`;
}

function renderCosts({ check, loneCheck, token, create, revocation }: Costs): string {
  const rows = [
    ['check, many at once', check],
    ['check, one at a time*', loneCheck],
    ['token, RS256', token],
    ['creating an API client', create],
    ['change that takes something away*', revocation],
  ] as const;
  return toTable(
    ['CPU of one', 'instance', 'Postgres'],
    rows.map(([name, one]) => [name, `${one.instanceMs.toFixed(3)} ms`, `${one.postgresMs.toFixed(3)} ms`]),
  );
}

function renderCapacity({ check, loneCheck }: Costs): string {
  const rows = CHECK_RATES.flatMap((checksPerSecond) =>
    REGIONS.map((regions) => {
      const plan = planCapacity({ checksPerSecond, regions, roundTripMs: ZONE_MS, check, loneCheck });
      return [
        show(checksPerSecond),
        String(regions),
        show(plan.instancesPerRegion),
        show(Math.round(plan.questionsPerSecond)),
        plan.postgresCoresPerRegion.toFixed(1),
        show(plan.serversPerRegion),
        show(plan.connectionsPerServer),
      ];
    }),
  );
  return toTable(
    [
      'checks/s',
      'regions',
      'instances in each',
      'questions/s in each',
      'cores for them',
      `servers of ${SERVER_CORES} cores`,
      'connections to one',
    ],
    rows,
  );
}

function renderHead({ holdMs }: Measured, heads: number): string {
  const rows = layouts.map((layout) => {
    const { name, standbys, awayMs } = layout;
    const afterMs = 'readersAwayMs' in layout ? layout.readersAwayMs + LOOKS_MS : 0;
    const serviceMs = drawFrom(holdMs[standbys], awayMs);
    const queue = { serviceMs, arrivals: ARRIVALS, seed: SEED };
    const most = findRate(queue, { p99Ms: P99_MAX_MS - afterMs, steps: STEPS }) * heads;
    const mean = holdMs[standbys].reduce((sum, one) => sum + one, 0) / holdMs[standbys].length + awayMs;
    const waits = CHANGE_RATES.map((rate) => describeWait(serviceMs, { rate: rate / heads, mean, afterMs }));
    const after = afterMs === 0 ? '' : `${afterMs} ms`;
    return [name, `${mean.toFixed(1)} ms`, after, ...waits, `${show(Math.floor(most))}/s`];
  });
  return toTable(
    [
      'servers',
      'head is held',
      'then readers, at most',
      ...CHANGE_RATES.map((rate) => `p99 at ${rate}/s`),
      `most with p99 ≤ ${P99_MAX_MS / 1000} s`,
    ],
    rows,
  );
}

interface Line {
  rate: number;
  mean: number;
  /** After the head. */
  afterMs: number;
}

function describeWait(serviceMs: (random: Random) => number, { rate, mean, afterMs }: Line): string {
  // A line that grows without an end has no figures.
  if ((rate * mean) / 1000 >= 0.99) return 'too many';
  const queue = { ratePerSecond: rate, serviceMs, arrivals: ARRIVALS, seed: SEED };
  const p99Ms = simulateQueue(queue).p99Ms + afterMs;
  return p99Ms < 10 ? `${p99Ms.toFixed(1)} ms` : `${show(Math.round(p99Ms))} ms`;
}

function toTable(head: string[], rows: string[][]): string {
  return table(head, rows).join('\n');
}

function show(value: number): string {
  return value.toLocaleString('en');
}
