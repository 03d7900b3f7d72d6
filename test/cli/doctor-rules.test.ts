import t from 'tap';
import { judgeClock, runChecks } from '../../src/cli/doctor-rules.ts';
import type { Check, Verdict } from '../../src/cli/doctor-rules.ts';

const at = 1_800_000_000_000;

void t.test('clocks that differ by more than five seconds are a warning that says which way', async (t) => {
  const judge = (differenceMs: number, tookMs = 0) =>
    judgeClock({ beforeMs: at, databaseMs: at + tookMs / 2 + differenceMs, afterMs: at + tookMs });
  t.same(judge(0), { status: 'ok', what: "0.0 s from the database's" });
  t.equal(judge(5_000).status, 'ok');
  t.equal(judge(-5_000).status, 'ok');
  t.same(judge(5_001), {
    status: 'warn',
    what: "5.0 s behind the database's: let both machines take their time from NTP",
  });
  t.match(judge(-90_000), { status: 'fail', what: /^90\.0 s ahead of the database's: / });
  t.equal(judge(6_000, 2_002).status, 'ok', 'the question may have taken the difference');
  t.equal(judge(6_001, 2_000).status, 'warn');
});

void t.test('what needs a failed or skipped check is skipped, and all else is made', async (t) => {
  const made: string[] = [];
  const check = (name: string, needs: string[], verdict: Verdict | Error): Check => ({
    name,
    needs,
    timeoutMs: 60_000,
    async run() {
      made.push(name);
      if (verdict instanceof Error) throw verdict;
      return verdict;
    },
  });
  const findings = await runChecks(
    [
      check('good', [], { status: 'ok', what: 'fine' }),
      check('doubtful', ['good'], { status: 'warn', what: 'hm' }),
      check('bad', ['doubtful'], new Error('broken')),
      check('worse', ['bad'], { status: 'ok', what: 'never made' }),
      check('worst', ['good', 'worse'], { status: 'ok', what: 'never made' }),
      check('absent', [], { status: 'warn', what: 'not there yet', isDeadEnd: true }),
      check('inside', ['absent'], { status: 'ok', what: 'never made' }),
      check('last', [], { status: 'ok', what: 'fine' }),
    ],
    (err) => `explained: ${(err as Error).message}`,
  );
  t.same(findings, [
    { name: 'good', status: 'ok', what: 'fine' },
    { name: 'doubtful', status: 'warn', what: 'hm' },
    { name: 'bad', status: 'fail', what: 'explained: broken' },
    { name: 'worse', status: 'skip', what: 'skipped: it needs bad' },
    { name: 'worst', status: 'skip', what: 'skipped: it needs worse' },
    { name: 'absent', status: 'warn', what: 'not there yet' },
    { name: 'inside', status: 'skip', what: 'skipped: it needs absent' },
    { name: 'last', status: 'ok', what: 'fine' },
  ]);
  t.same(made, ['good', 'doubtful', 'bad', 'absent', 'last']);
});

void t.test('a check that does not end has failed when its time is over', async (t) => {
  const endless: Check = { name: 'stuck', needs: [], timeoutMs: 20, run: () => new Promise(() => undefined) };
  t.same(await runChecks([endless], String), [
    { name: 'stuck', status: 'fail', what: 'no answer within 0.02 s: see whether the server is stuck' },
  ]);
});
