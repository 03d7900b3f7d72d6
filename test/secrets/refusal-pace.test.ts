import { setImmediate } from 'node:timers/promises';
import t from 'tap';
import { RefusalPace } from '../../src/secrets/refusal-pace.ts';
import type { StateReader } from '../../src/secrets/secret-state.ts';
import { createAccessTokens } from '../../src/tokens/access-tokens.ts';
import type { KeyRing } from '../../src/tokens/key-ring.ts';

/** Time that passes when the test says so. */
function createTime() {
  let due: (() => void)[] = [];
  return {
    schedule: (callback: () => void) => due.push(callback),
    isAwaited: () => due.length > 0,
    async pass() {
      const now = due;
      due = [];
      for (const callback of now) callback();
      await setImmediate();
    },
  };
}

/** Sends refusals, and keeps the order in which they go. */
async function refuse(pace: RefusalPace, names: readonly string[]): Promise<string[]> {
  const gone: string[] = [];
  for (const name of names) void pace.wait().then(() => gone.push(name));
  await setImmediate();
  return gone;
}

void t.test('a refusal that comes alone goes at once', async (t) => {
  const time = createTime();
  const pace = new RefusalPace(time);
  t.same(await refuse(pace, ['first']), ['first']);
  await time.pass();
  t.same(await refuse(pace, ['second']), ['second']);
});

void t.test('those that come together go one after another, first come first served', async (t) => {
  const time = createTime();
  const gone = await refuse(new RefusalPace(time), ['a', 'b', 'c']);
  t.same(gone, ['a']);
  await time.pass();
  t.same(gone, ['a', 'b']);
  await time.pass();
  t.same(gone, ['a', 'b', 'c']);
});

void t.test('nothing is scheduled once nobody follows', async (t) => {
  const time = createTime();
  const gone = await refuse(new RefusalPace(time), ['a', 'b']);
  await time.pass();
  t.same(gone, ['a', 'b']);
  t.ok(time.isAwaited(), 'one that comes now follows another');
  await time.pass();
  t.notOk(time.isAwaited());
});

void t.test('beyond the bound the longest waiting one goes at once, so that none is held for long', async (t) => {
  const time = createTime();
  const gone = await refuse(new RefusalPace({ ...time, waitingMax: 2 }), ['a', 'b', 'c', 'd', 'e']);
  t.same(gone, ['a', 'b', 'c']);
  await time.pass();
  t.same(gone, ['a', 'b', 'c', 'd']);
});

void t.test('by itself it goes on as time passes', async (t) => {
  const pace = new RefusalPace();
  await Promise.all([pace.wait(), pace.wait(), pace.wait()]);
  t.pass('all have gone');
});

void t.test('a refused token waits for those before it', async (t) => {
  const time = createTime();
  const pace = new RefusalPace(time);
  const keyRing: unknown = {};
  const tokens = createAccessTokens({
    keyRing: keyRing as KeyRing,
    clock: { now: Date.now },
    states: {} as StateReader,
    issuer: 'i',
    audiences: ['a'],
    ttlSeconds: 900,
    pace,
  });
  await pace.wait();
  let isAnswered = false;
  const second = tokens.check({ credential: { kind: 'token', token: 'none' }, address: '127.0.0.1' }).finally(() => {
    isAnswered = true;
  });
  await setImmediate();
  t.notOk(isAnswered);
  await time.pass();
  t.match(await second, { isValid: false });
});
