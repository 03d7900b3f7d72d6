import t from 'tap';
import { BatchTurns } from '../../../src/resources/client-transfer/batch-turns.ts';

const settle = () => new Promise((resolve) => void setImmediate(resolve));

void t.test('four batches are worked on at once, the others in the order they came', async (t) => {
  const turns = new BatchTurns();
  const begun: number[] = [];
  const ends = new Map<number, () => void>();
  const all = Array.from({ length: 7 }, (_none, batch) =>
    turns.run(async () => {
      begun.push(batch);
      await new Promise<void>((resolve) => void ends.set(batch, resolve));
      return batch;
    }),
  );
  await settle();
  t.same(begun, [0, 1, 2, 3]);
  ends.get(2)?.();
  await settle();
  t.same(begun, [0, 1, 2, 3, 4]);
  for (const batch of [0, 1, 3, 4, 5, 6]) {
    ends.get(batch)?.();
    await settle();
  }
  t.same(await Promise.all(all), [0, 1, 2, 3, 4, 5, 6]);
});

void t.test('a batch that fails makes room for the next', async (t) => {
  const turns = new BatchTurns();
  const failing = Array.from({ length: 5 }, () => turns.run(() => Promise.reject(new Error('it failed'))));
  for (const each of failing) await t.rejects(each, { message: 'it failed' });
  t.equal(await turns.run(() => Promise.resolve('done')), 'done');
});
