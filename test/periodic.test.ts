import { mock } from 'node:test';
import t from 'tap';
import { periodic } from '../src/periodic.ts';
import { useTestClock } from './support/test-clock.ts';

void t.test('the work is done every so often, until the signal aborts', async (t) => {
  useTestClock(t, 'setInterval');
  const stopping = new AbortController();
  let runs = 0;
  periodic(1_000, async () => void (runs += 1), stopping.signal);
  t.equal(runs, 0, 'not at once');
  for (const expected of [1, 2, 3]) {
    mock.timers.tick(1_000);
    await settled();
    t.equal(runs, expected);
  }
  stopping.abort();
  mock.timers.tick(10_000);
  t.equal(runs, 3);
});

void t.test('what comes due while the work is still under way is left out', async (t) => {
  useTestClock(t, 'setInterval');
  let runs = 0;
  let finish: (() => void) | undefined;
  const work = async () => {
    runs += 1;
    await new Promise<void>((resolve) => {
      finish = resolve;
    });
  };
  periodic(1_000, work, new AbortController().signal);
  mock.timers.tick(5_000);
  t.equal(runs, 1);
  finish?.();
  await settled();
  mock.timers.tick(1_000);
  t.equal(runs, 2);
});

void t.test('a signal that has aborted already starts nothing', async (t) => {
  useTestClock(t, 'setInterval');
  let runs = 0;
  periodic(1_000, async () => void (runs += 1), AbortSignal.abort());
  mock.timers.tick(10_000);
  t.equal(runs, 0);
});

function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
