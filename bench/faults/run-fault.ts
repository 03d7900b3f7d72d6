import { setTimeout as wait } from 'node:timers/promises';
import { blame } from './figures.ts';
import type { Figures } from './figures.ts';
import { isBack } from './ground.ts';
import type { Instance, Scene } from './ground.ts';
import type { Fault, Hold } from './list.ts';
import type { Load } from './load.ts';

/** Before a fault and after it, in shares of it. */
const QUIET_SHARE = 1 / 4;
const BACK_DEADLINE_MS = 60_000;
const RETRY_MS = 100;

export interface FaultRun<On> {
  ground: On;
  load: Load;
  figures: Figures;
  hold: Hold;
  ratePerSecond: number;
  /** How long the service may take to come back. Default: a minute. */
  backDeadlineMs?: number;
}

/** Lets a fault happen under load, waits until all is well again, and compares what was answered with what is true. */
export async function runFault<On extends Scene>(fault: Fault<On>, run: FaultRun<On>): Promise<void> {
  const { ground, load, figures, hold, ratePerSecond } = run;
  load.start(figures, { ratePerSecond, isKilled: fault.isKilling === true });
  try {
    await load.ready?.();
    await hold(QUIET_SHARE);
    const left: (() => Promise<void>)[] = [];
    const brokenAt = performance.now();
    await fault.happen(ground, hold, (mend) => void left.push(mend));
    const mendedAt = performance.now();
    figures.lastedMs = mendedAt - brokenAt;
    const areBack = await Promise.all(ground.instances.map((instance) => comesBack(instance, run)));
    if (areBack.every(Boolean)) {
      figures.backAfterMs = performance.now() - mendedAt;
      await hold(QUIET_SHARE);
    } else {
      blame(figures, 'strange', 'the service did not come back by itself');
    }
    for (const mend of left) {
      await mend();
      await hold(QUIET_SHARE);
    }
  } finally {
    await load.stop();
  }
  await load.audit(figures, { isFull: false });
}

/** Whether an instance is ready, checks and creates again before it is too late. */
async function comesBack<On extends Scene>(
  instance: Instance,
  { ground, load, backDeadlineMs = BACK_DEADLINE_MS }: FaultRun<On>,
): Promise<boolean> {
  const deadline = performance.now() + backDeadlineMs;
  if (!(await isBack(instance, ground.user.apiKey, backDeadlineMs))) return false;
  while (!(await load.create(instance)) && performance.now() < deadline) await wait(RETRY_MS);
  return performance.now() < deadline;
}
