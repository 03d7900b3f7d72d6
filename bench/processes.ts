import { fork, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { findFreePort } from '../test/support/free-port.ts';

const READY_DEADLINE_MS = 60_000;
const STOP_DEADLINE_MS = 10_000;
/** Clock ticks of `/proc/<pid>/stat`, the same on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

/** A process under test, or one that tests. */
export interface Running {
  pid: number;
  child: ChildProcess;
}

/** A server under test. */
export interface Server extends Running {
  origin: string;
}

const running = new Set<ChildProcess>();

/** Ends every process that is still running, at once. */
export function killAll(): void {
  for (const child of running) child.kill('SIGKILL');
}

/** Ends one process and waits for it. */
export async function stop({ child }: Running): Promise<void> {
  if (!running.has(child)) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_DEADLINE_MS);
  await ended;
  clearTimeout(timer);
}

/** Starts a server with its log going nowhere and its errors to a file, and waits until it answers `/readyz`. */
export async function startServer(
  entry: string,
  { env, dir, name }: { env: Record<string, string>; dir: string; name: string },
): Promise<Server> {
  const port = await findFreePort();
  const errorsPath = join(dir, `${name}.err`);
  const child = spawn(process.execPath, [entry], {
    cwd: dir,
    stdio: ['ignore', openSync('/dev/null', 'w'), openSync(errorsPath, 'a')],
    env: { PATH: process.env.PATH, NODE_NO_WARNINGS: '1', PORT: String(port), ...env },
  });
  const pid = track(child);
  const origin = `http://127.0.0.1:${port}`;
  const deadline = Date.now() + READY_DEADLINE_MS;
  while (!(await isReady(origin))) {
    if (child.exitCode !== null || child.signalCode !== null || Date.now() > deadline) {
      throw new Error(`${name} did not start: ${await readFile(errorsPath, 'utf8')}`);
    }
    await wait(50);
  }
  return { pid, child, origin };
}

async function isReady(origin: string): Promise<boolean> {
  try {
    return (await fetch(`${origin}/readyz`)).ok;
  } catch {
    return false;
  }
}

/** A process that answers one message at a time. */
export class Worker<Message extends object, Result> implements Running {
  readonly child: ChildProcess;
  readonly pid: number;

  constructor(entry: string, env: Record<string, string> = {}) {
    this.child = fork(join(import.meta.dirname, entry), {
      execArgv: [],
      env: { PATH: process.env.PATH, NODE_NO_WARNINGS: '1', ...env },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.pid = track(this.child);
  }

  async ask(message: Message): Promise<Result> {
    const gone = new AbortController();
    const ended = once(this.child, 'exit', { signal: gone.signal }).then(() => {
      throw new Error('a worker ended before it answered');
    });
    this.child.send(message);
    try {
      const [answer] = (await Promise.race([once(this.child, 'message', { signal: gone.signal }), ended])) as [
        { result?: Result; error?: string },
      ];
      if (answer.result === undefined) throw new Error(answer.error ?? 'a worker did not answer');
      return answer.result;
    } finally {
      gone.abort();
      await ended.catch(() => undefined);
    }
  }
}

function track(child: ChildProcess): number {
  running.add(child);
  child.once('exit', () => running.delete(child));
  if (child.pid === undefined) throw new Error('a process could not be started');
  return child.pid;
}

/** CPU seconds, user and system, that a process has used since its start; 0 for one that is gone. */
export async function readCpuSeconds(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (text === undefined) return 0;
  // The name in parentheses may hold blanks; user and system time are the 14th and 15th field.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** The same of the children that a process has seen the end of. */
export async function readEndedCpuSeconds(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[13]) + Number(fields[14])) / TICKS_PER_SECOND;
}

/** The same of a process with one thread, to the nanosecond. */
export async function readTaskCpuSeconds(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/schedstat`, 'utf8').catch(() => '0');
  return Number(text.split(' ')[0]) / 1e9;
}

/** Resident memory of a process, in MiB. */
export async function readRssMib(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(text)?.[1] ?? 0) / 1024;
}
