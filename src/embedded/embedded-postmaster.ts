import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync } from 'node:fs';
import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { PostgresBinaries } from './embedded-binaries.ts';
import { EmbeddedPostgresError } from './embedded-error.ts';
import { holdPresence, isHeld } from './embedded-presence.ts';
import {
  childEnvironment,
  hasCode,
  readCommandLine,
  readFileOrNull,
  readProcessMark,
  waitFor,
} from './embedded-process.ts';
import type { SystemUser } from './embedded-process.ts';
import type { PlainLog } from '../plain-log.ts';

const READY_TIMEOUT_MS = 120_000;
// Together less than the ten seconds in which the service ends.
const FAST_STOP_TIMEOUT_MS = 5_000;
const IMMEDIATE_STOP_TIMEOUT_MS = 3_000;
/** Children of a killed server notice within seconds that it is gone. */
const GONE_TIMEOUT_MS = 20_000;
const LOG_BYTES_MAX = 10 * 1024 * 1024;

/** Neither personal data nor statements belong in a log, so an error there is its one line. */
const commonSettings = [
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  'max_connections=100',
  'timezone=UTC',
  'log_timezone=UTC',
  'log_error_verbosity=terse',
  'log_min_error_statement=panic',
];
const carelessSettings = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'max_connections=300'];

export interface PostmasterSettings {
  binaries: PostgresBinaries;
  user: SystemUser | undefined;
  clusterDir: string;
  logPath: string;
  isDurable: boolean;
}

/** A running server. */
export interface Postmaster {
  /** Fulfilled when the server has ended, for whatever reason. */
  ended: Promise<unknown>;
  /** Disconnects every client, writes everything to the disk and ends. */
  stop(): Promise<void>;
}

/**
 * Starts the server and waits until it takes connections.
 * @throws PostmasterEndedError when it ends before that, or is stopped because the signal was given
 */
export async function startPostmaster(
  settings: PostmasterSettings,
  port: number,
  signal?: AbortSignal,
): Promise<Postmaster> {
  const { clusterDir, logPath } = settings;
  const logStart = await rotateLog(logPath);
  const child = await spawnPostmaster(settings, port);
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const outcome = await waitFor(async () => {
    if (hasEnded(child)) return 'ended';
    if (signal?.aborted === true) return 'given up';
    return (await isReady(clusterDir, child.pid)) ? 'ready' : undefined;
  }, READY_TIMEOUT_MS);
  if (outcome !== 'ready') {
    if (outcome !== 'ended') await stopChild(child);
    throw new PostmasterEndedError(await findReason(logPath, logStart));
  }
  return { ended, stop: () => stopChild(child) };
}

/** Thrown by {@link startPostmaster}; `message` is what Postgres said last. */
export class PostmasterEndedError extends Error {
  override name = 'PostmasterEndedError';
}

/** Its own process group: a Ctrl-C in the terminal must not end Postgres before the service has finished. */
async function spawnPostmaster(settings: PostmasterSettings, port: number): Promise<ChildProcess> {
  const { binaries, user, clusterDir, logPath, isDurable } = settings;
  const options = [...commonSettings, ...(isDurable ? [] : carelessSettings), `port=${port}`];
  const presence = await holdPresence(presencePath(clusterDir));
  const log = await open(logPath, 'a', 0o600);
  try {
    const child = spawn(
      join(binaries.nativeDir, 'bin', 'postgres'),
      ['-D', clusterDir, ...options.flatMap((option) => ['-c', option])],
      { cwd: '/', env: childEnvironment, detached: true, stdio: ['ignore', log.fd, log.fd, presence], ...user },
    );
    await once(child, 'spawn');
    child.unref();
    return child;
  } finally {
    closeSync(presence);
    await log.close();
  }
}

/** Postgres writes its state to the eighth line of this file. */
async function isReady(clusterDir: string, pid: number | undefined): Promise<boolean> {
  const lines = (await readFileOrNull(join(clusterDir, 'postmaster.pid')))?.split('\n') ?? [];
  return lines[0] === String(pid) && lines[7]?.trim() === 'ready';
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function stopChild(child: ChildProcess): Promise<void> {
  const isStopped = await stopServer(
    (signal) => child.kill(signal),
    async () => hasEnded(child),
  );
  if (!isStopped) throw new EmbeddedPostgresError(`The embedded Postgres (process ${String(child.pid)}) does not stop`);
}

/** Held by the server and all its children for as long as one of them runs. */
function presencePath(clusterDir: string): string {
  return `${clusterDir}.running`;
}

/**
 * Stops the server that an earlier process of the service left behind. It is stopped only when its own file in the
 * cluster and its command line both say that it serves this cluster: the process id alone may be a stranger's by now.
 */
export async function stopOrphan(clusterDir: string, log: Pick<PlainLog, 'info'>): Promise<void> {
  const pidPath = join(clusterDir, 'postmaster.pid');
  const [pidText = '', servedDir] = (await readFileOrNull(pidPath))?.split('\n') ?? [];
  const pid = Number(pidText);
  const mark = /^\d+$/.test(pidText) ? await readProcessMark(pid) : null;
  if (mark !== null && servedDir === clusterDir && (await isServerOf(pid, clusterDir))) {
    log.info(`Stopping the Postgres that an earlier process left running (process ${pid})`);
    const isStopped = await stopServer(
      (signal) => process.kill(pid, signal),
      async () => (await readProcessMark(pid)) !== mark,
    );
    if (!isStopped) {
      throw new EmbeddedPostgresError(
        `The Postgres that an earlier process left running does not stop: end process ${pid} and start again`,
      );
    }
  }
  const isGone = async () => ((await isHeld(presencePath(clusterDir))) ? undefined : true);
  if ((await waitFor(isGone, GONE_TIMEOUT_MS)) !== true) {
    throw new EmbeddedPostgresError(
      `A Postgres that this process cannot see serves ${clusterDir}, in another container perhaps: stop that one first`,
    );
  }
  // No server of this cluster runs now; with the file there Postgres would mistake a stranger's process for one.
  await rm(pidPath, { force: true });
}

/**
 * The port of the server that serves this cluster and is ready; undefined when none is. Its own file in the cluster and
 * its command line both have to say so.
 */
export async function findServerPort(clusterDir: string): Promise<number | undefined> {
  const lines = (await readFileOrNull(join(clusterDir, 'postmaster.pid')))?.split('\n') ?? [];
  const [pidText = '', servedDir, , portText = ''] = lines;
  const isReady = servedDir === clusterDir && lines[7]?.trim() === 'ready';
  if (!isReady || !/^\d+$/.test(pidText) || !/^\d+$/.test(portText)) return undefined;
  return (await isServerOf(Number(pidText), clusterDir)) ? Number(portText) : undefined;
}

async function isServerOf(pid: number, clusterDir: string): Promise<boolean> {
  const [program = '', option, dir] = await readCommandLine(pid);
  return basename(program) === 'postgres' && option === '-D' && dir === clusterDir;
}

/** Fast shutdown; when that takes too long, immediate shutdown, after which the next start replays the log. */
async function stopServer(
  send: (signal: NodeJS.Signals) => unknown,
  hasStopped: () => Promise<boolean>,
): Promise<boolean> {
  const stopped = async () => ((await hasStopped()) ? true : undefined);
  for (const [signal, timeoutMs] of [
    ['SIGINT', FAST_STOP_TIMEOUT_MS],
    ['SIGQUIT', IMMEDIATE_STOP_TIMEOUT_MS],
  ] as const) {
    try {
      send(signal);
    } catch (err) {
      if (!hasCode(err, 'ESRCH')) throw err;
    }
    if (await waitFor(stopped, timeoutMs)) return true;
  }
  return false;
}

/** Puts a big log aside. @returns the byte at which this run's part begins */
async function rotateLog(logPath: string): Promise<number> {
  const size = await stat(logPath).then(
    (stats) => stats.size,
    () => 0,
  );
  if (size <= LOG_BYTES_MAX) return size;
  await rename(logPath, `${logPath}.1`);
  return 0;
}

async function findReason(logPath: string, logStart: number): Promise<string> {
  const lines = (await readFile(logPath)).subarray(logStart).toString().split('\n');
  const reason =
    lines.findLast((line) => /\b(FATAL|PANIC|ERROR)\b/.test(line)) ?? lines.findLast((line) => line !== '');
  return reason?.replace(/^.*?(?=FATAL|PANIC|ERROR)/, '') ?? 'it said nothing';
}
