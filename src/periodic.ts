/**
 * Does work every so often until the signal aborts; the first time after `everyMs`. It never runs twice at once: what
 * comes due while it runs is left out. It keeps no process alive.
 * @param work must deal with its own failures
 */
export function periodic(everyMs: number, work: () => Promise<void>, signal: AbortSignal): void {
  if (signal.aborted) return;
  let isRunning = false;
  const timer = setInterval(() => {
    if (isRunning) return;
    isRunning = true;
    void work().finally(() => {
      isRunning = false;
    });
  }, everyMs).unref();
  signal.addEventListener('abort', () => {
    clearInterval(timer);
  });
}
