import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { runCommand } from '../../src/embedded/embedded-process.ts';

/** For `--import`, in a child that is written in TypeScript: with tsx it takes twice as long to start. */
export const typeStripper = new URL('strip-types.js', import.meta.url).href;

const running = new Set<ChildProcess>();

// One listener for all: Node warns of more than ten.
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Has a child end with this process at the latest: a test file that fails at its top level runs no teardown. */
export function endWithProcess(child: ChildProcess): void {
  running.add(child);
  child.once('exit', () => running.delete(child));
}

/** Runs a program until the end of the test. */
export function runBeside(
  t: { teardown(handler: () => Promise<unknown>): unknown },
  { program, args }: { program: string; args: string[] },
): void {
  const child = spawn(program, args, { cwd: '/', stdio: 'ignore' });
  endWithProcess(child);
  const ended = once(child, 'exit');
  t.teardown(() => {
    child.kill('SIGKILL');
    return ended;
  });
}

/** The processes that a process has started; none for one that is not there. */
export async function listChildren(pid: number | undefined): Promise<number[]> {
  if (pid === undefined) return [];
  const { stdout } = await runCommand('ps', ['-o', 'pid=', '--ppid', String(pid)]);
  return stdout.split('\n').filter(Boolean).map(Number);
}

/** Stops a process for a while, and notes it among the `frozen` if it was there. */
export function hold(pid: number, frozen: number[]): void {
  if (send(pid, 'SIGSTOP')) frozen.push(pid);
}

/** @returns whether there was such a process */
export function send(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    // It ended a moment ago.
    return false;
  }
}
