// Run by `test/tap-parts.test.ts` as tests are run: each is to fail, but for those that say they pass.
import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import t from 'tap';

const forever = () => new Promise(() => undefined);

void t.test('throws where nobody waits', async () => {
  process.nextTick(() => {
    throw new Error('thrown beside');
  });
  await forever();
});

void t.test('passes after that', async (t) => {
  await setImmediate();
  t.same({ list: [1, { two: 2 }] }, { list: ['1', { two: '2' }] }, 'equal but for types');
  t.same(new Map([['a', new Set([1])]]), new Map([['a', new Set([1])]]), 'of kinds of their own');
});

void t.test('rejects with nobody to catch it', async () => {
  void setImmediate().then(() => {
    throw new Error('rejected beside');
  });
  await forever();
});

void t.test('has children', async (t) => {
  const end = new EventTarget();
  await t.test('leaves something behind', async () => {
    void once(end, 'end').then(() => {
      throw new Error('left behind');
    });
  });
  await t.test('a later child', async (t) => {
    end.dispatchEvent(new Event('end'));
    await setImmediate();
    t.pass('goes on');
  });
});

void t.test('compares what differs', async (t) => {
  t.same({ list: [1, { two: 2 }] }, { list: [1, { two: 3 }] }, 'deep within');
  t.same({ list: [1] }, { list: [1], more: 0 }, 'in what there is');
});
