import { setTimeout as wait } from 'node:timers/promises';
import type pg from 'pg';
import { readCpuSeconds, readRssMib } from './processes.ts';
import type { Worker } from './processes.ts';

const SETTLE_DEADLINE_MS = 10_000;
const SETTLE_STEP_MS = 50;

/** One request of a load, as autocannon takes it. */
export interface LoadRequest {
  method: string;
  path: string;
  headers: Record<string, string>;
  body?: string;
}

/** What the load generator is asked for: a time, or an amount in which every request is sent once. */
export interface Job {
  url: string;
  requests: LoadRequest[];
  connections: number;
  seconds?: number;
  amount?: number;
  ratePerSecond?: number;
}

/** One round as the load generator or a raw worker saw it. */
export interface Round {
  requests: number;
  seconds: number;
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
  statuses: Record<string, number>;
  failures: number;
}

/** A round of requests, some of which may have been turned away. */
export interface LoadRound extends Round {
  /** Of the answers that were 2xx alone. */
  ok: { perSecond: number; p50Ms: number; p99Ms: number };
}

/** The same with what it cost. CPU is in seconds for each thousand requests. */
export interface Sample extends Round {
  cpuPerThousand: number;
  /** Of the database connections of the one measured. */
  databaseCpuPerThousand: number;
  rssMib: number;
}

export type Load = Worker<Job, LoadRound>;

/** One of those that take turns in a case. */
export interface Contender {
  name: string;
  pid: number;
  /** Further processes of its own. */
  alsoPids?: readonly number[];
  /** The database whose connections count as its own. */
  database?: string;
  /** Processes of a database elsewhere that count as its own. */
  databasePids?: () => Promise<readonly number[]>;
  warmUp: () => Promise<unknown>;
  /** Before each round, and not measured. */
  prelude?: () => Promise<unknown>;
  run: () => Promise<Round>;
  /** Answers besides 2xx that belong to the case. */
  allowed?: readonly string[];
}

/** The medians of all rounds of one contender. */
export interface Outcome {
  name: string;
  rounds: number;
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
  cpuPerThousand: number;
  databaseCpuPerThousand: number;
  rssMib: number;
}

/** Thrown where a contender answers what it should not: such a round measures nothing. */
export class CaseError extends Error {
  override name = 'CaseError';
}

/** Lets the contenders take turns, round after round. @returns their outcomes in the same order */
export async function alternate(
  contenders: readonly Contender[],
  { rounds, admin }: { rounds: number; admin: pg.Client },
): Promise<Outcome[]> {
  const samples = contenders.map((): Sample[] => []);
  for (const contender of contenders) await contender.warmUp();
  for (let round = 0; round < rounds; round++) {
    for (const [index, contender] of contenders.entries()) {
      samples[index]!.push(await measure(contender, admin));
    }
  }
  return contenders.map(({ name }, index) => summarize(name, samples[index]!));
}

async function measure(contender: Contender, admin: pg.Client): Promise<Sample> {
  const { name, pid, alsoPids = [], run, allowed = [] } = contender;
  await settle(admin);
  await contender.prelude?.();
  const own = [pid, ...alsoPids];
  const backends = await listBackends(contender, admin);
  const before = await readCpuOf(own, backends);
  const round = await run();
  const after = await readCpuOf(own, backends);
  const unwanted = Object.keys(round.statuses).filter((status) => !status.startsWith('2') && !allowed.includes(status));
  if (unwanted.length > 0 || round.failures > 0 || round.requests === 0) {
    throw new CaseError(`${name} answered ${JSON.stringify(round.statuses)} and failed ${round.failures} times`);
  }
  const perThousand = (index: 0 | 1) => (growthOf(before[index], after[index]) * 1000) / round.requests;
  return {
    ...round,
    cpuPerThousand: perThousand(0),
    databaseCpuPerThousand: perThousand(1),
    rssMib: await readRssMib(pid),
  };
}

/** The CPU seconds of processes and of their database connections. */
async function readCpuOf(own: readonly number[], backends: readonly number[]): Promise<[number[], number[]]> {
  const read = (pids: readonly number[]) => Promise.all(pids.map(readCpuSeconds));
  return [await read(own), await read(backends)];
}

/** What each has used meanwhile. Of one that has ended nobody knows: it has not given anything back. */
function growthOf(before: readonly number[], after: readonly number[]): number {
  return before.reduce((total, seconds, at) => total + Math.max(0, after[at]! - seconds), 0);
}

/** Lets Postgres finish what the round before has left to do in the background, so that nobody pays for another's writes. */
async function settle(admin: pg.Client): Promise<void> {
  await admin.query('checkpoint');
  const deadline = Date.now() + SETTLE_DEADLINE_MS;
  const isVacuuming = async () => {
    const { rowCount } = await admin.query(
      "select from pg_stat_activity where backend_type = 'autovacuum worker' limit 1",
    );
    return rowCount === 1;
  };
  while (Date.now() < deadline && (await isVacuuming())) await wait(SETTLE_STEP_MS);
}

async function listBackends({ database, databasePids }: Contender, admin: pg.Client): Promise<readonly number[]> {
  if (databasePids !== undefined) return databasePids();
  if (database === undefined) return [];
  const { rows } = await admin.query<{ pid: number }>('select pid from pg_stat_activity where datname = $1', [
    database,
  ]);
  return rows.map((row) => row.pid);
}

function summarize(name: string, samples: readonly Sample[]): Outcome {
  const medianOf = (pick: (sample: Sample) => number) => median(samples.map(pick));
  return {
    name,
    rounds: samples.length,
    perSecond: medianOf((sample) => sample.perSecond),
    p50Ms: medianOf((sample) => sample.p50Ms),
    p99Ms: medianOf((sample) => sample.p99Ms),
    cpuPerThousand: medianOf((sample) => sample.cpuPerThousand),
    databaseCpuPerThousand: medianOf((sample) => sample.databaseCpuPerThousand),
    rssMib: medianOf((sample) => sample.rssMib),
  };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1 ? sorted[Math.floor(middle)]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
