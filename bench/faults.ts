// Breaks what the service stands on, one way after the other, under load, and compares what it answered with what is true.
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { audit } from './faults/audit.ts';
import { blame, isSound, makeFigures, toMarkdown } from './faults/figures.ts';
import type { Figures } from './faults/figures.ts';
import { isBack, openGround, Teardowns } from './faults/ground.ts';
import type { Ground } from './faults/ground.ts';
import { Ledger } from './faults/ledger.ts';
import { faults } from './faults/list.ts';
import type { Fault } from './faults/list.ts';
import { Traffic } from './faults/traffic.ts';

const RATE_PER_SECOND = 100;
/** Before a fault and after it, in shares of it. */
const QUIET_SHARE = 1 / 4;
const BACK_DEADLINE_MS = 60_000;
const RETRY_MS = 100;
/** A run that has not ended by then hangs. */
const RUN_DEADLINE_MS = 600_000;

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
  },
});
const seconds = values.quick ? 1 : 3;
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
console.log(`\n${toMarkdown(all)}`);
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
  say('starting Postgres and two processes of the service');
  const ground = await openGround(teardowns);
  const ledger = new Ledger();
  const traffic = new Traffic(ground, ledger);
  const chosen = faults.filter(({ name, needsPgbouncer }) => {
    if (needsPgbouncer === true && ground.pgbouncer === undefined) say(`left out, not installed: ${name}`);
    return (values.only === undefined || name.includes(values.only)) && (needsPgbouncer !== true || ground.pgbouncer);
  });
  if (chosen.length === 0) throw new Error(`no fault has ${values.only} in its name`);
  for (const fault of chosen) {
    const figures = makeFigures(fault.name);
    all.push(figures);
    say(fault.name);
    await runFault(fault, { ground, ledger, traffic, figures });
  }
  say('everything once more');
  const last = makeFigures('everything once more');
  last.backAfterMs = 0;
  await audit({ ground, ledger, figures: last }, { isFull: true });
  all.push(last);
}

async function runFault(
  fault: Fault,
  { ground, ledger, traffic, figures }: { ground: Ground; ledger: Ledger; traffic: Traffic; figures: Figures },
): Promise<void> {
  traffic.start(figures, { ratePerSecond: RATE_PER_SECOND, isKilled: fault.isKilling === true });
  try {
    await hold(QUIET_SHARE);
    await fault.happen(ground, hold);
    const mendedAt = performance.now();
    const areBack = await Promise.all(
      ground.instances.map(async (instance) => {
        const deadline = performance.now() + BACK_DEADLINE_MS;
        if (!(await isBack(instance, ground.user.apiKey, BACK_DEADLINE_MS))) return false;
        while (!(await traffic.create(instance)) && performance.now() < deadline) await wait(RETRY_MS);
        return performance.now() < deadline;
      }),
    );
    if (areBack.every(Boolean)) figures.backAfterMs = performance.now() - mendedAt;
    else blame(figures, 'strange', 'the service did not come back by itself');
    await hold(QUIET_SHARE);
  } finally {
    await traffic.stop();
  }
  for (const [code, amount] of Object.entries(figures.codes)) say(`  503 ${code}: ${amount}`);
  await audit({ ground, ledger, figures }, { isFull: false });
}

async function hold(share = 1): Promise<void> {
  await wait(seconds * share * 1000, undefined, { signal: stopped.signal });
}

function say(text: string): void {
  console.error(`${new Date().toISOString().slice(11, 19)} ${text}`);
}
