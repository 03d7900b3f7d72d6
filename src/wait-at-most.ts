import { setTimeout as delay } from 'node:timers/promises';

/** Waits for work to end, at most that long. Work that is late goes on, and how it ends is not looked at. */
export async function waitAtMost(timeoutMs: number, work: Promise<unknown>): Promise<void> {
  const waiting = new AbortController();
  const deadline = delay(timeoutMs, undefined, { signal: waiting.signal }).catch(() => undefined);
  try {
    await Promise.race([work, deadline]);
  } finally {
    waiting.abort();
  }
}
