import { mock } from 'node:test';

/**
 * Lets a test say when timers of one kind come due, by `mock.timers.tick`. The process runs other tests too: what they have
 * begun before with the real clock can still be cleared.
 */
export function useTestClock(t: { teardown: (handler: () => void) => void }, api: 'setInterval' | 'setTimeout'): void {
  const name = api === 'setInterval' ? 'clearInterval' : 'clearTimeout';
  const clear = globalThis[name];
  mock.timers.enable({ apis: [api] });
  const clearMocked = globalThis[name];
  globalThis[name] = (timer) => {
    clearMocked(timer);
    clear(timer);
  };
  t.teardown(() => {
    mock.timers.reset();
    globalThis[name] = clear;
  });
}
