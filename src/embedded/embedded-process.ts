import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 20;

/** Whatever is being made in a data dir begins with this, so that the next start can clear it away. */
export const STAGING_PREFIX = 'postgres.new-';

/** A user that a child process is started as; undefined stands for the user of this process. */
export interface SystemUser {
  uid: number;
  gid: number;
}

/** Everything a child process gets of the environment: none of the service's settings, no surprises from the host's. */
export const childEnvironment = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', TZ: 'UTC' };

/** Whose a command is, and what ends it before its own end. */
export interface CommandOptions extends Partial<SystemUser> {
  signal?: AbortSignal | undefined;
}

/** Runs a command to its end. It never throws: a command that cannot be started, or was ended, has no `code`. */
export function runCommand(
  command: string,
  args: readonly string[],
  options?: CommandOptions,
): Promise<{ code: number | undefined; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const how = { cwd: '/', env: childEnvironment, killSignal: 'SIGKILL', ...options } as const;
    execFile(command, args, how, (err, stdout, stderr) => {
      const code = err === null ? 0 : typeof err.code === 'number' ? err.code : undefined;
      resolve({ code, stdout, stderr: stderr || (err?.message ?? '') });
    });
  });
}

/**
 * Tells a running process from a later one with the same id: an opaque text without `/`, the same for as long as the
 * process runs. Null when there is no such process, or only what the kernel keeps of one until its parent has looked.
 */
export async function readProcessMark(pid: number): Promise<string | null> {
  const bootId = await readFileOrNull('/proc/sys/kernel/random/boot_id');
  if (bootId === null) return readMarkFromPs(pid);
  const stat = await readFileOrNull(`/proc/${pid}/stat`);
  // The second field is the command in parentheses and may hold anything; the third and the 22nd follow it.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, startTicks] = [fields?.[0], fields?.[19]];
  if (state === undefined || startTicks === undefined || state === 'Z' || state === 'X') return null;
  return `${startTicks}-${bootId.trim()}`;
}

async function readMarkFromPs(pid: number): Promise<string | null> {
  const { code, stdout } = await runCommand('ps', ['-o', 'stat=,lstart=', '-p', String(pid)]);
  const [state, ...startedAt] = stdout.trim().split(/\s+/);
  if (code !== 0 || state === undefined || state.startsWith('Z')) return null;
  return startedAt.join('-');
}

/** The arguments of a running process, its name first; empty when there is none. */
export async function readCommandLine(pid: number): Promise<string[]> {
  const cmdline = await readFileOrNull(`/proc/${pid}/cmdline`);
  if (cmdline !== null) return cmdline.split('\0').slice(0, -1);
  const { stdout } = await runCommand('ps', ['-ww', '-o', 'command=', '-p', String(pid)]);
  return stdout.trim() === '' ? [] : stdout.trim().split(' ');
}

/** Waits until the condition gives a value, at most `timeoutMs`; then undefined. */
export async function waitFor<T>(condition: () => Promise<T | undefined>, timeoutMs: number): Promise<T | undefined> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const value = await condition();
    if (value !== undefined || performance.now() >= deadline) return value;
    await delay(POLL_MS);
  }
}

export async function readFileOrNull(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (err) {
    // ESRCH: the process went away between opening and reading its file under /proc.
    if (hasCode(err, 'ENOENT', 'ESRCH')) return null;
    throw err;
  }
}

export function hasCode(err: unknown, ...codes: string[]): boolean {
  return err instanceof Error && 'code' in err && typeof err.code === 'string' && codes.includes(err.code);
}
