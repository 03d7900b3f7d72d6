// Breaks what the service stands on, one way after the other, under load, and compares what it answered with what is true.
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { openClusterGround } from './faults/cluster-ground.ts';
import { clusterFaults } from './faults/cluster-list.ts';
import { isSound, makeFigures, toMarkdown } from './faults/figures.ts';
import type { Figures } from './faults/figures.ts';
import { openGround, Teardowns } from './faults/ground.ts';
import type { Scene } from './faults/ground.ts';
import { openReplicaGround } from './faults/replica-ground.ts';
import { replicaFaults } from './faults/replica-list.ts';
import { Lives } from './faults/lives.ts';
import type { Load } from './faults/load.ts';
import { Ledger } from './faults/ledger.ts';
import { faults } from './faults/list.ts';
import type { Fault } from './faults/list.ts';
import { runFault } from './faults/run-fault.ts';
import { Traffic } from './faults/traffic.ts';

const RATE_PER_SECOND = 100;
/** Of those that read: the default of the service, the same, and the shortest that there is. */
const LEASES = '3,3,1';
/** A run that has not ended by then hangs. */
const RUN_DEADLINE_MS = 900_000;

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    cluster: { type: 'boolean', default: false },
    replicas: { type: 'boolean', default: false },
    leases: { type: 'string' },
  },
});
/** How long a fault lasts: that of a replica for more than two leases. */
const seconds = values.quick ? 1 : values.replicas ? 8 : 3;
const table = values.cluster ? 'cluster' : values.replicas ? 'replicas' : 'server';
const stopped = new AbortController();
const teardowns = new Teardowns();

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.once(signal, () => void giveUp(`${signal} came`));
process.once('uncaughtException', (err) => void giveUp(`it broke: ${err.stack}`));
const watchdog = setTimeout(() => void giveUp('the run hangs'), RUN_DEADLINE_MS);

const all: Figures[] = [];
try {
  await runAll();
} catch (err) {
  process.exitCode = 1;
  if (!stopped.signal.aborted) console.error(err);
} finally {
  await teardowns.run();
  clearTimeout(watchdog);
}
console.log(`\n${toMarkdown(all, table)}`);
for (const note of all.flatMap(({ notes }) => notes)) console.log(note);
if (!all.every(isSound)) process.exitCode = 1;

/** Ends everything that was started, whatever it was doing. */
async function giveUp(why: string): Promise<void> {
  console.error(why);
  stopped.abort();
  await teardowns.run();
  process.exit(1);
}

async function runAll(): Promise<void> {
  if (values.cluster) {
    say('starting etcd, three servers with Patroni, HAProxy and two processes of the service');
    const ground = await openClusterGround(teardowns);
    await runOn({ ground, load: new Traffic(ground, new Ledger()) }, choose(clusterFaults));
    return;
  }
  if (values.replicas) {
    say('starting three servers and four processes of the service');
    const [first = 1, second = first, between = 1] = (values.leases ?? (values.quick ? '1' : LEASES))
      .split(',')
      .map(Number);
    const ground = await openReplicaGround(teardowns, { first, second, between });
    await runOn({ ground, load: new Lives(ground) }, choose(replicaFaults));
    return;
  }
  say('starting Postgres and two processes of the service');
  const ground = await openGround(teardowns);
  const possible = faults.filter(({ name, needsPgbouncer }) => {
    const isPossible = needsPgbouncer !== true || ground.pgbouncer !== undefined;
    if (!isPossible) say(`left out, not installed: ${name}`);
    return isPossible;
  });
  await runOn({ ground, load: new Traffic(ground, new Ledger()) }, choose(possible));
}

function choose<On>(from: readonly Fault<On>[]): readonly Fault<On>[] {
  const chosen = from.filter(({ name }) => values.only === undefined || name.includes(values.only));
  if (chosen.length === 0) throw new Error(`no fault has ${values.only} in its name`);
  return chosen;
}

async function runOn<On extends Scene>(
  { ground, load }: { ground: On; load: Load },
  chosen: readonly Fault<On>[],
): Promise<void> {
  for (const fault of chosen) {
    const figures = makeFigures(fault.name);
    all.push(figures);
    say(fault.name);
    await runFault(fault, { ground, load, figures, hold, ratePerSecond: RATE_PER_SECOND });
    for (const [code, amount] of Object.entries(figures.codes)) say(`  503 ${code}: ${amount}`);
  }
  say('everything once more');
  const last = makeFigures('everything once more');
  last.backAfterMs = 0;
  await load.audit(last, { isFull: true });
  all.push(last);
}

async function hold(share = 1): Promise<void> {
  await wait(seconds * share * 1000, undefined, { signal: stopped.signal });
}

function say(text: string): void {
  console.error(`${new Date().toISOString().slice(11, 19)} ${text}`);
}
