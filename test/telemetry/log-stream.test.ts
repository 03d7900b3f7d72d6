import { execFile } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { createLogStream } from '../../src/telemetry/log-stream.ts';

const entry = join(import.meta.dirname, '..', '..', 'src', 'telemetry', 'log-stream.ts');
const numbers = Array.from({ length: 1000 }, (_, index) => index);

/** What a process with a log prints until it ends as `end` says. */
async function printUntil(end: string): Promise<{ lines: string[]; status: number | string | null }> {
  const program = `
    import pino from 'pino';
    import { createLogStream } from ${JSON.stringify(entry)};
    const log = pino({ base: null, timestamp: false }, createLogStream(1));
    for (let line = 0; line < ${numbers.length}; line += 1) log.info({ line });
    ${end}`;
  const options = { cwd: join(import.meta.dirname, '..', '..'), maxBuffer: 10_000_000 };
  const args = ['--import', 'tsx', '--input-type=module', '--eval', program];
  return new Promise((resolve) => {
    const child = execFile(process.execPath, args, options, (_err, stdout) => {
      resolve({ lines: stdout.split('\n').slice(0, -1), status: child.signalCode ?? child.exitCode });
    });
  });
}

const all = numbers.map((line) => `{"level":30,"line":${line}}`);

void t.test('every line logged before the process ends is written, in order, however it ends', async (t) => {
  const endings = [
    ['', 0],
    ['process.exit(3);', 3],
    ['throw new Error("nobody catches this");', 1],
    ['setImmediate(() => process.kill(process.pid, "SIGKILL"));', 'SIGKILL'],
  ] as const;
  for (const [end, status] of endings) t.same(await printUntil(end), { lines: all, status }, end);
});

void t.test('a fatal line is written at once, with those before it', async (t) => {
  const { lines, status } = await printUntil('log.fatal("over"); process.kill(process.pid, "SIGKILL");');
  t.same(lines, [...all, '{"level":60,"msg":"over"}']);
  t.equal(status, 'SIGKILL');
});

void t.test('a disk that is full costs lines, which are counted, and one line on standard error', async (t) => {
  const program = `
    import { openSync } from 'node:fs';
    import { createLogStream } from ${JSON.stringify(entry)};
    const stream = createLogStream(openSync('/dev/full', 'a'));
    const turn = () => new Promise((resolve) => setImmediate(resolve));
    for (let round = 0; round < 3; round += 1) {
      stream.write('a\\n');
      stream.write('b\\n');
      await turn();
    }
    console.log(stream.lostLines);`;
  const args = ['--import', 'tsx', '--input-type=module', '--eval', program];
  const { stdout, stderr, status } = await new Promise<{ stdout: string; stderr: string; status: number | null }>(
    (resolve) => {
      const child = execFile(process.execPath, args, (_err, out, complaint) => {
        resolve({ stdout: out, stderr: complaint, status: child.exitCode });
      });
    },
  );
  t.equal(status, 0);
  t.equal(stdout, '6\n');
  t.equal(stderr, 'The log cannot be written (ENOSPC); its lines are lost until it can be again.\n');
});

void t.test('the lines of one turn of the event loop are one write, and the next turn writes its own', async (t) => {
  const path = join(t.testdir(), 'log');
  const fd = openSync(path, 'a');
  t.teardown(() => {
    closeSync(fd);
  });
  const stream = createLogStream(fd);
  const written = () => readFileSync(path, 'utf8');
  stream.write('a\n');
  stream.write('b\n');
  t.equal(written(), '');
  await new Promise((resolve) => setImmediate(resolve));
  t.equal(written(), 'a\nb\n');
  stream.write('c\n');
  await new Promise((resolve) => setImmediate(resolve));
  t.equal(written(), 'a\nb\nc\n');
});
