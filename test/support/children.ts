import type { ChildProcess } from 'node:child_process';

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
