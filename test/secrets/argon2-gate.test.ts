import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import t from 'tap';
import { AppError } from '../../src/errors.ts';
import { Argon2Gate } from '../../src/secrets/argon2-gate.ts';
import type { GateLane } from '../../src/secrets/argon2-gate.ts';

interface Piece {
  lane: GateLane;
  name: string;
  end: () => void;
  done: Promise<string>;
}

/** Starts pieces of work that end when told to, and keeps the order in which they began. */
function createWorkshop(gate: Argon2Gate) {
  const began: string[] = [];
  return {
    began,
    start: (lane: GateLane, name: string): Piece => {
      let end!: () => void;
      const ended = new Promise<void>((resolve) => {
        end = resolve;
      });
      const done = gate.run(lane, async () => {
        began.push(name);
        await ended;
        return name;
      });
      return { lane, name, end, done };
    },
  };
}

async function endAll(pieces: Piece[]): Promise<void> {
  for (const { end } of pieces) end();
  await Promise.all(pieces.map(({ done }) => done));
}

void t.test('no more work runs at once than the concurrency allows, and the rest waits', async (t) => {
  const gate = new Argon2Gate({ concurrency: 2, queueMax: 10 });
  const { began, start } = createWorkshop(gate);
  const pieces = ['a', 'b', 'c', 'd'].map((name) => start('secret', name));
  t.same(began, ['a', 'b']);
  t.equal(gate.running, 2);
  t.equal(gate.waiting, 2);

  pieces[1]!.end();
  t.equal(await pieces[1]!.done, 'b', 'the answer of the work is passed on');
  await setImmediate();
  t.same(began, ['a', 'b', 'c']);
  t.equal(gate.running, 2);
  t.equal(gate.waiting, 1);

  await endAll(pieces);
  t.equal(gate.running, 0);
  t.equal(gate.waiting, 0);
  t.equal(gate.refused, 0);
});

void t.test('within a lane, work begins in the order in which it came', async (t) => {
  const gate = new Argon2Gate({ concurrency: 1, queueMax: 100 });
  const { began, start } = createWorkshop(gate);
  const names = Array.from({ length: 50 }, (_, index) => String(index));
  await endAll(names.map((name) => start('password', name)));
  t.same(began, names);
});

void t.test('lanes take turns, so that a flood in one holds up the other by one place at most', async (t) => {
  for (const [flooded, other] of [
    ['password', 'secret'],
    ['secret', 'password'],
  ] as const) {
    const gate = new Argon2Gate({ concurrency: 1, queueMax: 100 });
    const { began, start } = createWorkshop(gate);
    const pieces = ['f0', 'f1', 'f2', 'f3', 'f4'].map((name) => start(flooded, name));
    pieces.push(start(other, 'o0'), start(other, 'o1'));
    await endAll(pieces);
    t.same(began, ['f0', 'o0', 'f1', 'o1', 'f2', 'f3', 'f4']);
  }
});

void t.test('a late comer does not overtake those who wait', async (t) => {
  const gate = new Argon2Gate({ concurrency: 1, queueMax: 10 });
  const { began, start } = createWorkshop(gate);
  const first = start('secret', 'first');
  const second = start('secret', 'second');
  first.end();
  await first.done;
  const late = start('secret', 'late');
  await endAll([second, late]);
  t.same(began, ['first', 'second', 'late']);
});

void t.test('work beyond the queue is refused at once as overloaded, and the other lane is not', async (t) => {
  const gate = new Argon2Gate({ concurrency: 1, queueMax: 2 });
  const { began, start } = createWorkshop(gate);
  const pieces = ['a', 'b', 'c'].map((name) => start('password', name));
  const refused = start('password', 'refused');
  await t.rejects(refused.done, { code: 'overloaded', options: { retryAfterSeconds: 1 } });
  t.ok((await refused.done.catch((err: unknown) => err)) instanceof AppError);
  t.equal(gate.refused, 1);
  t.equal(gate.running, 1, 'it was refused while the first one still ran');

  pieces.push(start('secret', 'd'));
  t.equal(gate.waiting, 3);
  await endAll(pieces);
  t.same(began, ['a', 'd', 'b', 'c'], 'refused work never began');

  const again = start('password', 'again');
  await endAll([again]);
  t.equal(began.at(-1), 'again', 'there is room again');
});

void t.test('without a queue, work runs while there is a place', async (t) => {
  const gate = new Argon2Gate({ concurrency: 1, queueMax: 0 });
  const { start } = createWorkshop(gate);
  const only = start('secret', 'only');
  await t.rejects(start('secret', 'refused').done, { code: 'overloaded' });
  await endAll([only]);
  t.equal(gate.running, 0);
});

void t.test('work that fails passes its error on and frees its place', async (t) => {
  const gate = new Argon2Gate({ concurrency: 1, queueMax: 10 });
  const { start } = createWorkshop(gate);
  const rejecting = gate.run('secret', async () => {
    await setImmediate();
    throw new Error('rejected');
  });
  const throwing = gate.run('secret', () => {
    throw new Error('thrown');
  });
  const after = start('secret', 'after');
  await t.rejects(rejecting, new Error('rejected'));
  await t.rejects(throwing, new Error('thrown'));
  await endAll([after]);
  t.equal(gate.running, 0);
  t.equal(gate.waiting, 0);
});

void t.test('whatever comes in whatever order, the bounds hold and everything is answered', async () => {
  const lanes = fc.array(fc.constantFrom<GateLane>('password', 'secret'), { maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 4 }), fc.nat(12), lanes, async (concurrency, queueMax, arrivals) => {
      const gate = new Argon2Gate({ concurrency, queueMax });
      let running = 0;
      let highest = 0;
      const answers = await Promise.allSettled(
        arrivals.map((lane, index) =>
          gate.run(lane, async () => {
            running += 1;
            highest = Math.max(highest, running);
            for (let ticks = index % 3; ticks >= 0; ticks--) await setImmediate();
            running -= 1;
          }),
        ),
      );
      const refused = answers.filter(({ status }) => status === 'rejected').length;
      const isIdle = gate.running === 0 && gate.waiting === 0;
      return isIdle && highest === Math.min(concurrency, arrivals.length) && gate.refused === refused;
    }),
    { numRuns: 50 },
  );
});
