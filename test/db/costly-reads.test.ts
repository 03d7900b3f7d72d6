import t from 'tap';
import { CostlyReads } from '../../src/db/costly-reads.ts';

/** Reads that end when the test says so. */
function makeReads(waitMs?: number) {
  const reads = new CostlyReads(waitMs);
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const read = (owner: string, name: string) =>
    reads.run(owner, async () => {
      begun.push(name);
      await new Promise<void>((resolve) => void ends.set(name, resolve));
      return name;
    });
  const settle = () => new Promise((resolve) => void setImmediate(resolve));
  const end = async (name: string) => {
    await settle();
    ends.get(name)?.();
    await settle();
  };
  return { begun, read, end, settle };
}

void t.test('one read of each owner and two in all run at once, the others in the order they came', async (t) => {
  const { begun, read, end, settle } = makeReads();
  const asked = [read('a', 'a1'), read('a', 'a2'), read('b', 'b1'), read('c', 'c1'), read('a', 'a3')];
  await settle();
  t.same(begun, ['a1', 'b1']);
  await end('b1');
  t.same(begun, ['a1', 'b1', 'c1'], 'an owner whose read runs is passed over');
  await end('a1');
  t.same(begun, ['a1', 'b1', 'c1', 'a2']);
  await end('a2');
  await end('c1');
  await end('a3');
  t.same(await Promise.all(asked), ['a1', 'a2', 'b1', 'c1', 'a3']);
});

void t.test('a read that fails makes room for the next', async (t) => {
  const reads = new CostlyReads();
  const failure = new Error('no');
  const failing = reads.run('a', async () => Promise.reject(failure));
  const next = reads.run('a', async () => 'next');
  await t.rejects(failing, failure);
  t.equal(await next, 'next');
});

void t.test('too many of one owner, or for too long, are told that the service is busy', async (t) => {
  const { begun, read, end, settle } = makeReads(50);
  const held = read('a', 'held');
  const waiting = Array.from({ length: 20 }, (_, index) => read('a', `waiting ${index}`));
  const outcomes = Promise.allSettled(waiting);
  await t.rejects(read('a', 'one more'), { code: 'overloaded' });
  const other = read('b', 'other');
  await settle();
  t.same(begun, ['held', 'other'], 'another owner does not wait for them');
  await end('other');
  t.equal(await other, 'other');
  for (const { status } of await outcomes) t.equal(status, 'rejected', 'none waits for ever');
  await end('held');
  t.equal(await held, 'held');
  const last = read('a', 'last');
  await end('last');
  t.equal(await last, 'last', 'and who has given up takes no place');
});
