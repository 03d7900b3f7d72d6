import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import t from 'tap';
import { endWithProcess } from './support/children.ts';

/** Subtests run to their end, one after the other; those of a child are named before it. */
const OUTCOME = /^ *((?:not )?ok) \d+ - (.*?)(?: # time.*)?$/gm;

void t.test('what goes wrong fails the test it belongs to, and no other', async (t) => {
  const file = join(import.meta.dirname, 'support', 'failing-tests.ts');
  const variables = [`PATH=${String(process.env.PATH)}`, 'TAP_TYPE_STRIP_ONLY=1'];
  // Through env: tap would have its children load its own parts first.
  const child = spawn('env', ['-i', ...variables, process.execPath, ...process.execArgv, file], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  endWithProcess(child);
  const outcomes = new Set(
    [...(await text(child.stdout)).matchAll(OUTCOME)].map(([, outcome, name]) => `${outcome}: ${name}`),
  );
  const expected = [
    ...['not ok: thrown beside', 'not ok: throws where nobody waits'],
    ...['ok: equal but for types', 'ok: of kinds of their own', 'ok: passes after that'],
    ...['not ok: rejected beside', 'not ok: rejects with nobody to catch it'],
    ...['ok: leaves something behind', 'ok: goes on', 'ok: a later child'],
    ...['not ok: left behind', 'not ok: has children'],
    ...['not ok: deep within', 'not ok: in what there is', 'not ok: compares what differs'],
  ];
  // Not by what is looked at here.
  t.equal([...outcomes].join('\n'), expected.join('\n'));
});
