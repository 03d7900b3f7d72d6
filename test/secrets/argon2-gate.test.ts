import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import t from 'tap';
import { AppError, ConnectionGoneError } from '../../src/errors.ts';
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

/** A clock that only the test moves. */
function createClock() {
  let nowMs = 0;
  return {
    now: () => nowMs,
    pass: (ms: number) => {
      nowMs += ms;
    },
  };
}

/** Lets running work take its time, end, and hand its place on. */
async function finish(clock: ReturnType<typeof createClock>, piece: Piece, ms: number): Promise<void> {
  clock.pass(ms);
  piece.end();
  await piece.done;
  await setImmediate();
}

async function finishInOrder(clock: ReturnType<typeof createClock>, pieces: Piece[], names: string[]): Promise<void> {
  for (const name of names)
    await finish(
      clock,
      pieces.find((piece) => piece.name === name)!,
      10,
    );
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
  const gate = new Argon2Gate({ concurrency: 1, queueMax: 100, waitMaxMs: Infinity });
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
    const clock = createClock();
    const gate = new Argon2Gate({ concurrency: 1, queueMax: 100, waitMaxMs: Infinity, now: clock.now });
    const { began, start } = createWorkshop(gate);
    const pieces = ['f0', 'f1', 'f2', 'f3', 'f4'].map((name) => start(flooded, name));
    pieces.push(start(other, 'o0'), start(other, 'o1'));
    const order = ['f0', 'o0', 'f1', 'o1', 'f2', 'f3', 'f4'];
    await finishInOrder(clock, pieces, order);
    t.same(began, order);
  }
});

void t.test(
  'with passwords queued, a secret begins at the next place, and others follow for as long as one took',
  async (t) => {
    const clock = createClock();
    const gate = new Argon2Gate({ concurrency: 1, queueMax: 100, waitMaxMs: Infinity, now: clock.now });
    const { began, start } = createWorkshop(gate);
    const passwords = Array.from({ length: 20 }, (_, index) => start('password', `p${index}`));
    for (const password of passwords.slice(0, 2)) await finish(clock, password, 60);
    const secrets = Array.from({ length: 100 }, (_, index) => start('secret', `s${index}`));
    await finish(clock, passwords[2]!, 60);
    t.equal(began.at(-1), 's0', 'only the password that ran was before it');
    for (const secret of secrets.slice(0, 60)) await finish(clock, secret, 1);
    t.same(
      began.slice(3, 63),
      secrets.slice(0, 60).map(({ name }) => name),
    );
    t.equal(began[63], 'p3', 'by then each lane has had the same time');
    await endAll([...passwords.slice(3), ...secrets.slice(60)]);
  },
);

void t.test('a lane that comes back starts level with the other: it neither saved up time nor owes any', async (t) => {
  for (const [busy, back] of [
    ['password', 'secret'],
    ['secret', 'password'],
  ] as const) {
    const clock = createClock();
    const gate = new Argon2Gate({ concurrency: 1, queueMax: 100, waitMaxMs: Infinity, now: clock.now });
    const { began, start } = createWorkshop(gate);
    for (const name of ['x', 'y', 'z']) await finish(clock, start(busy, name), 1000);
    await finish(clock, start(back, 'once'), 10);
    began.length = 0;
    const pieces = ['a0', 'a1', 'a2'].map((name) => start(busy, name));
    pieces.push(...['b0', 'b1', 'b2', 'b3'].map((name) => start(back, name)));
    const order = ['a0', 'b0', 'a1', 'b1', 'a2', 'b2', 'b3'];
    await finishInOrder(clock, pieces, order);
    t.same(began, order);
  }
});

void t.test('what would wait too long by what its lane takes is refused, and told when to come back', async (t) => {
  const clock = createClock();
  const gate = new Argon2Gate({ concurrency: 2, queueMax: 1000, waitMaxMs: 2000, now: clock.now });
  const { start } = createWorkshop(gate);
  for (let i = 0; i < 100; i += 1) await finish(clock, start('password', 'slow'), 100);
  const accepted: Piece[] = [];
  const refusal = await (async () => {
    for (;;) {
      const piece = start('password', 'next');
      const refused = await Promise.race([piece.done.catch((err: unknown) => err), setImmediate()]);
      if (refused !== undefined) return refused as AppError;
      accepted.push(piece);
    }
  })();
  t.match(refusal, { code: 'overloaded' });
  // Two run; two seconds of two places at 100 ms each, within what the moving mean is off.
  t.ok(accepted.length >= 40 && accepted.length <= 45, `${accepted.length} were accepted`);
  t.ok(Number(refusal.options.retryAfterSeconds) >= 2 && Number(refusal.options.retryAfterSeconds) <= 4.2);
  t.throws(
    () => {
      gate.requireRoom('password');
    },
    { code: 'overloaded' },
  );
  t.doesNotThrow(() => {
    gate.requireRoom('secret');
  }, 'the other lane has room');
  t.equal(gate.refused, 2);

  const again = new Set<unknown>();
  for (let i = 0; i < 50; i += 1) {
    const err = await start('password', 'again').done.catch((thrown: unknown) => thrown);
    again.add((err as AppError).options.retryAfterSeconds);
  }
  t.ok(again.size > 10, 'not all are told the same moment');
  await endAll(accepted);
  t.doesNotThrow(() => {
    gate.requireRoom('password');
  });
});

void t.test('the time of the other lane counts as far as it is shared', async (t) => {
  const clock = createClock();
  const gate = new Argon2Gate({ concurrency: 1, queueMax: 1000, waitMaxMs: 100, now: clock.now });
  const { start } = createWorkshop(gate);
  for (let i = 0; i < 100; i += 1) await finish(clock, start('secret', 'light'), 1);
  const pieces = [start('password', 'running'), start('password', 'waiting')];
  for (let i = 0; i < 51; i += 1) pieces.push(start('secret', `s${i}`));
  await t.rejects(
    start('secret', 'refused').done,
    { code: 'overloaded' },
    '51 ms of its own lane and 50 of the other are before it',
  );
  await endAll(pieces);
});

void t.test('work for a connection that has closed never begins and takes nobody’s place', async (t) => {
  const gate = new Argon2Gate({ concurrency: 1, queueMax: 2 });
  const began: string[] = [];
  const held = createWorkshop(gate).start('password', 'held');
  const closing = new AbortController();
  const start = (name: string, signal?: AbortSignal) =>
    gate.run(
      'password',
      async () => {
        began.push(name);
      },
      signal,
    );
  const gone = [start('gone 1', closing.signal), start('gone 2', closing.signal)];
  await t.rejects(start('too many'), { code: 'overloaded' });
  closing.abort();
  for (const work of gone) await t.rejects(work, ConnectionGoneError);
  await t.rejects(start('gone before', closing.signal), ConnectionGoneError);
  t.equal(gate.waiting, 0);
  const staying = new AbortController();
  const stays = [start('stays 1', staying.signal), start('stays 2')];
  await endAll([held]);
  await Promise.all(stays);
  staying.abort();
  t.same(began, ['stays 1', 'stays 2']);
  t.equal(gate.running, 0);
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
  await t.rejects(refused.done, { code: 'overloaded' });
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

void t.test('what was imported leaves a place to others, however much of it waits', async (t) => {
  const gate = new Argon2Gate({ concurrency: 2, queueMax: 10 });
  const { began, start } = createWorkshop(gate);
  const imported = ['a', 'b', 'c'].map((name) => start('imported', name));
  t.same(began, ['a']);
  t.equal(gate.waitingIn('imported'), 2);
  const others = [start('secret', 'check'), start('password', 'login')];
  t.same(began, ['a', 'check']);
  await endAll([...others, ...imported]);
  t.same(began.toSorted(), ['a', 'b', 'c', 'check', 'login']);
  const alone = new Argon2Gate({ concurrency: 1, queueMax: 10 });
  t.equal(await alone.run('imported', async () => 'done'), 'done', 'where there is one place it takes that');
});

void t.test('whatever comes in whatever order, the bounds hold and everything is answered', async () => {
  const lanes = fc.array(fc.constantFrom<GateLane>('password', 'secret', 'imported'), { maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 4 }), fc.nat(12), lanes, async (concurrency, queueMax, arrivals) => {
      const gate = new Argon2Gate({ concurrency, queueMax, waitMaxMs: Infinity });
      let running = 0;
      let highest = 0;
      let imported = 0;
      let highestImported = 0;
      const answers = await Promise.allSettled(
        arrivals.map((lane, index) =>
          gate.run(lane, async () => {
            running += 1;
            imported += Number(lane === 'imported');
            highest = Math.max(highest, running);
            highestImported = Math.max(highestImported, imported);
            for (let ticks = index % 3; ticks >= 0; ticks--) await setImmediate();
            running -= 1;
            imported -= Number(lane === 'imported');
          }),
        ),
      );
      const refused = answers.filter(({ status }) => status === 'rejected').length;
      const isIdle = gate.running === 0 && gate.waiting === 0;
      const others = arrivals.filter((lane) => lane !== 'imported').length;
      const isFull = highest >= Math.min(concurrency, others) && highest <= concurrency;
      return isIdle && isFull && highestImported <= Math.max(1, concurrency - 1) && gate.refused === refused;
    }),
    { numRuns: 50 },
  );
});
