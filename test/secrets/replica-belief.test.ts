import { randomUUID } from 'node:crypto';
import t from 'tap';
import { ReplicaBelief } from '../../src/secrets/replica-belief.ts';
import type { LogRow } from '../../src/secrets/replica-belief.ts';

const LEASE_MS = 3_000;
/** What the primary's clock shows when it answers. */
const PRIMARY_MS = 1_800_000_000_000;

/** A belief with both clocks in the hand of the test, and a log that servers have a part of. */
function open() {
  const clocks = { monotonicMs: 10_000, wallMs: 1_700_000_000_000 };
  const belief = new ReplicaBelief({ leaseMs: LEASE_MS, readClocks: () => ({ ...clocks }) });
  const log: LogRow[] = Array.from({ length: 20 }, (_, number) => ({ number, nonce: randomUUID() }));
  const row = (number: number, rows = log): LogRow => rows[number] ?? { number, nonce: 'none' };
  const version = (number: number, server = 'near', rows = log) => ({
    number,
    nonce: `${row(number, rows).nonce} ${server}`,
  });
  return {
    belief,
    clocks,
    row,
    version,
    /** The same up to a number, and another one from there on. */
    fork: (from: number) => log.map((known) => (known.number < from ? known : { ...known, nonce: randomUUID() })),
    pass: (ms: number) => {
      clocks.monotonicMs += ms;
      clocks.wallMs += ms;
    },
    renew: (newest: number, rows = log) => {
      belief.renew(belief.ask(), { newest: row(newest, rows), nowMs: PRIMARY_MS });
    },
    /** A server shows its log from one number to another. */
    show: ([from, to]: [number, number], server = 'near', rows = log) =>
      belief.see(
        Array.from({ length: to - from + 1 }, (_, at) => ({ ...version(from + at, server, rows), keys: null })),
      ),
  };
}

void t.test(
  'nothing is believed before the first renewal, nor without an answer that shows what the primary has',
  async (t) => {
    const { belief, version, renew, show } = open();
    t.equal(belief.judge(version(5)), 'no_lease');
    t.equal(show([4, 5], 'far'), false, 'what a server shows before is nothing to promise');
    t.equal(belief.promise(0), undefined);
    t.equal(belief.nowMs, 0, 'nor is there a time');
    renew(5);
    t.equal(belief.judge(undefined), 'behind');
    t.equal(belief.judge(version(4)), 'behind');
    t.equal(belief.judge(version(5)), 'other_history', 'it has not shown the row');
    show([5, 5]);
    t.equal(belief.judge(version(5)), undefined);
    t.equal(belief.judge(version(7)), undefined, 'newer is good');
  },
);

void t.test('a lease ends by whichever clock has gone further, counted from before the renewal was sent', async (t) => {
  for (const clock of ['monotonicMs', 'wallMs'] as const) {
    const { belief, clocks, row, version, show } = open();
    const at = belief.ask();
    clocks[clock] += 1_000;
    belief.renew(at, { newest: row(5), nowMs: PRIMARY_MS });
    show([5, 5]);
    clocks[clock] += LEASE_MS - 1_001;
    t.equal(belief.judge(version(5)), undefined, clock);
    t.equal(belief.leftMs, 1);
    clocks[clock] += 1;
    t.equal(belief.judge(version(5)), 'no_lease', clock);
    t.equal(belief.leftMs, 0);
  }
});

void t.test('a wall clock that is set back lengthens no lease', async (t) => {
  const { belief, clocks, version, renew, show } = open();
  renew(5);
  show([5, 5]);
  clocks.wallMs -= 3_600_000;
  clocks.monotonicMs += LEASE_MS;
  t.equal(belief.judge(version(5)), 'no_lease');
});

void t.test('the time to judge ends by is the latest that the primary’s clock can show', async (t) => {
  const { belief, clocks, row } = open();
  const at = belief.ask();
  clocks.monotonicMs += 40;
  belief.renew(at, { newest: row(5), nowMs: PRIMARY_MS });
  t.ok(belief.nowMs >= PRIMARY_MS + 40, 'it may have said so as soon as it was asked');
  clocks.wallMs += 1_000;
  t.ok(belief.nowMs >= PRIMARY_MS + 1_000, 'also after a sleep');
  t.ok(belief.nowMs < PRIMARY_MS + 1_010);
});

void t.test('what a renewal tells is demanded from then on', async (t) => {
  const { belief, version, renew, show } = open();
  renew(5);
  show([5, 6]);
  renew(8);
  t.equal(belief.judge(version(6)), 'behind');
  t.equal(belief.floor, 8);
  show([7, 8]);
  t.equal(belief.judge(version(8)), undefined);
});

void t.test('what is promised is demanded from before the primary is told, whatever becomes of it', async (t) => {
  const { belief, row, version, renew, show } = open();
  renew(5);
  t.equal(show([5, 7]), true, 'there is something to promise');
  t.equal(belief.judge(version(5)), undefined, 'answers from before are good until then');
  t.same(belief.promise(5), row(7));
  t.equal(belief.judge(version(6)), 'behind');
  t.equal(belief.judge(version(7)), undefined);
  belief.kept(row(7));
  t.equal(belief.judge(version(6)), 'behind');
  t.equal(belief.promise(7), undefined, 'there is nothing more to promise');
});

void t.test('what a renewal tells is to be promised too', async (t) => {
  const { belief, row, renew } = open();
  renew(5);
  t.same(belief.promise(3), row(5));
  t.equal(belief.promise(5), undefined);
});

void t.test('a replica is asked from the oldest row that it has to show', async (t) => {
  const { belief, row, renew, show } = open();
  t.equal(belief.demanded, undefined, 'before the first renewal there is none');
  renew(5);
  t.equal(belief.demanded, 5);
  show([5, 7]);
  belief.promise(5);
  t.equal(belief.demanded, 5, 'what is being promised may yet be refused');
  belief.kept(row(7));
  t.equal(belief.demanded, 7);
});

void t.test('a replica with the same numbers and another history is not believed', async (t) => {
  const { belief, version, renew, show, fork } = open();
  const other = fork(5);
  renew(5);
  show([4, 9], 'near', other);
  t.equal(belief.judge(version(9, 'near', other)), 'other_history');
  show([4, 5], 'far');
  t.equal(belief.judge(version(5, 'far')), undefined);
  t.equal(belief.judge(version(9, 'near', other)), 'other_history', 'each server is judged by itself');
});

void t.test('a row that the primary does not have is promised once, and then no more', async (t) => {
  const { belief, version, renew, show, fork } = open();
  const other = fork(6);
  renew(5);
  show([5, 5], 'far');
  show([5, 6], 'near', other);
  t.equal(belief.judge(version(6, 'far')), undefined);
  t.ok(belief.promise(5));
  t.equal(belief.judge(version(6, 'far')), 'other_history', 'while nobody knows, every server must have it');
  belief.refused();
  t.equal(belief.judge(version(5)), undefined, 'what was demanded before still is');
  t.equal(show([5, 6], 'near', other), false);
  t.equal(belief.promise(5), undefined);
  renew(6);
  t.equal(belief.judge(version(6, 'near', other)), 'other_history');
});

void t.test('a primary that has lost the last rows demands what it has', async (t) => {
  const { belief, version, renew, show, fork } = open();
  renew(8);
  show([8, 8]);
  const other = fork(7);
  renew(7, other);
  t.equal(belief.judge(version(8)), 'other_history');
  show([7, 7], 'near', other);
  t.equal(belief.judge(version(7, 'near', other)), undefined);
});

void t.test('after an end nothing is believed until the next renewal', async (t) => {
  const { belief, version, renew, show } = open();
  renew(5);
  show([5, 5]);
  belief.end();
  t.equal(belief.judge(version(5)), 'no_lease');
  renew(5);
  t.equal(belief.judge(version(5)), undefined);
});

void t.test('servers without number do not fill the memory: they have to show again', async (t) => {
  const { belief, version, renew, show } = open();
  renew(5);
  for (let index = 0; index < 40; index += 1) show([5, 5], `server ${index}`);
  t.equal(belief.judge(version(5, 'server 39')), undefined);
  t.equal(belief.judge(version(5, 'server 0')), 'other_history');
});

void t.test('a server that has shown just what the primary then tells need not show it again', async (t) => {
  const { belief, version, renew, show } = open();
  renew(5);
  show([5, 6]);
  renew(6);
  t.equal(belief.judge(version(6)), undefined);
  t.equal(belief.judge(version(6, 'far')), 'other_history');
});
