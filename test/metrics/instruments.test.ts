import fc from 'fast-check';
import { Histogram, Registry } from 'prom-client';
import t from 'tap';
import { addCounter, addGauge, FastHistogram } from '../../src/metrics/instruments.ts';

const family = { name: 'latchkey_test_seconds', help: 'For a test.' };

void t.test('a fast histogram prints what prom-client’s own would for the same observations', async () => {
  const bounds = [0.5, 1, 10];
  const value = fc.oneof(fc.constantFrom(0, 0.5, 1, 10, 10.000001), fc.double({ min: 0, max: 100, noNaN: true }));
  const observation = fc.record({ value, color: fc.constantFrom('red', 'green "and" blue\\') });
  await fc.assert(
    fc.asyncProperty(fc.array(observation, { maxLength: 40 }), async (observations) => {
      const [ours, theirs] = [new Registry(), new Registry()];
      const fast = new FastHistogram(ours, family, bounds);
      const slow = new Histogram({ ...family, buckets: bounds, labelNames: ['color'], registers: [theirs] });
      const observers = new Map<string, ReturnType<typeof fast.bind>>();
      for (const { value, color } of observations) {
        const observer = observers.get(color) ?? fast.bind({ color });
        observers.set(color, observer);
        observer.observe(value);
        slow.observe({ color }, value);
      }
      const linesOf = async (registry: Registry) => (await registry.metrics()).split('\n').map(withBoundFirst).sort();
      return JSON.stringify(await linesOf(ours)) === JSON.stringify(await linesOf(theirs));
    }),
    { numRuns: 200 },
  );
});

/** The order of labels means nothing, and is the one thing in which the two differ. */
function withBoundFirst(line: string): string {
  return line.replace(/\{(.*),(le="[^"]+")\}/, '{$2,$1}');
}

void t.test('a histogram that nothing was observed in yet shows its empty ranges', async (t) => {
  const registry = new Registry();
  new FastHistogram(registry, family, [1]).bind();
  t.match(await registry.metrics(), /_bucket\{le="1"\} 0\n.*_bucket\{le="\+Inf"\} 0\n.*_sum 0\n.*_count 0\n/);
});

void t.test('figures are read at the scrape, each time anew, and one that is not known leaves no line', async (t) => {
  const registry = new Registry();
  let waiting: number | undefined = 3;
  let total = 5;
  addGauge(registry, { name: 'latchkey_waiting', help: 'Waiting.' }, [{ read: () => waiting }]);
  addCounter(registry, { name: 'latchkey_things_total', help: 'Things.' }, [
    { labels: { kind: 'a' }, read: () => total },
    { labels: { kind: 'b' }, read: () => 0 },
  ]);
  const lines = async () => (await registry.metrics()).split('\n').filter((line) => line.startsWith('latchkey'));
  const things = (count: number) => [`latchkey_things_total{kind="a"} ${count}`, 'latchkey_things_total{kind="b"} 0'];
  t.same(await lines(), ['latchkey_waiting 3', ...things(5)]);
  t.same(await lines(), ['latchkey_waiting 3', ...things(5)], 'reading changes nothing');
  waiting = undefined;
  total = 6;
  t.same(await lines(), things(6));
  waiting = 0;
  t.same(await lines(), ['latchkey_waiting 0', ...things(6)]);
});
