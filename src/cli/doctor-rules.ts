import { CLOCK_OFFSET_MAX_MS, CLOCK_TOLERANCE_MS } from '../db/database-clock.ts';

/** What one check found. */
export interface Verdict {
  status: 'ok' | 'warn' | 'fail' | 'skip';
  /** In words; for a failure also what to do about it. */
  what: string;
  /** Whether the checks that need this one cannot be made; always so after a failure. */
  isDeadEnd?: boolean;
}

export interface Finding {
  name: string;
  status: Verdict['status'];
  what: string;
}

export interface Check {
  name: string;
  /** The checks without which this one makes no sense. */
  needs: readonly string[];
  timeoutMs: number;
  run: () => Promise<Verdict>;
}

/** What is asked of the clocks: the database's, and this machine's before and after the question, in milliseconds. */
export interface ClockReading {
  beforeMs: number;
  databaseMs: number;
  afterMs: number;
}

/** Tokens live by the database's time; a process that is too far from it is not ready. */
export function judgeClock({ beforeMs, databaseMs, afterMs }: ClockReading): Verdict {
  const differenceMs = databaseMs - (beforeMs + afterMs) / 2;
  // The question itself took time, and the answer may be from any moment of it.
  const isSure = Math.abs(differenceMs) - (afterMs - beforeMs) / 2 > CLOCK_TOLERANCE_MS;
  const seconds = (Math.abs(differenceMs) / 1000).toFixed(1);
  if (!isSure) return { status: 'ok', what: `${seconds} s from the database's` };
  const direction = differenceMs > 0 ? 'behind' : 'ahead of';
  return {
    status: Math.abs(differenceMs) > CLOCK_OFFSET_MAX_MS ? 'fail' : 'warn',
    what: `${seconds} s ${direction} the database's: let both machines take their time from NTP`,
  };
}

/** Makes the checks in their order. One that needs another that found nothing to build on is skipped. */
export async function runChecks(checks: readonly Check[], explain: (err: unknown) => string): Promise<Finding[]> {
  const findings: Finding[] = [];
  const deadEnds = new Set<string>();
  for (const { name, needs, timeoutMs, run } of checks) {
    const missing = needs.find((need) => deadEnds.has(need));
    const verdict: Verdict =
      missing === undefined
        ? await withinTime(timeoutMs, run).catch((err: unknown) => ({ status: 'fail', what: explain(err) }))
        : { status: 'skip', what: `skipped: it needs ${missing}` };
    if (verdict.status === 'fail' || verdict.status === 'skip' || verdict.isDeadEnd === true) deadEnds.add(name);
    findings.push({ name, status: verdict.status, what: verdict.what });
  }
  return findings;
}

async function withinTime(timeoutMs: number, run: () => Promise<Verdict>): Promise<Verdict> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Verdict>((resolve) => {
    timer = setTimeout(() => {
      resolve({ status: 'fail', what: `no answer within ${timeoutMs / 1000} s: see whether the server is stuck` });
    }, timeoutMs);
  });
  try {
    return await Promise.race([run(), late]);
  } finally {
    clearTimeout(timer);
  }
}
