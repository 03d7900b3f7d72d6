import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import { stopAbandonedPostgres } from '../../src/embedded/embedded-postgres.ts';
import { readProcessMark, waitFor } from '../../src/embedded/embedded-process.ts';
import { typeStripper } from './children.ts';
import { briefFlags } from './node-flags.ts';

export const isRoot = process.getuid?.() === 0;

/** The user and group `nobody` of Debian; any pair without a right of its own would do. */
export const NORMAL_USER = { uid: 65_534, gid: 65_534 };

const DEADLINE_MS = 120_000;
/** Namespaces of processes and of shared memory of its own; what it starts ends with it. */
const CONTAINER = ['unshare', '--fork', '--pid', '--ipc', '--mount-proc', '--kill-child'];
const embeddedModule = fileURLToPath(new URL('../../src/embedded/embedded-postgres.ts', import.meta.url));
const childScript = fileURLToPath(new URL('embedded-child.ts', import.meta.url));

interface Message {
  info?: string;
  error?: string;
  interrupted?: boolean;
  databaseUrl?: string;
  refused?: string;
  name?: string;
}

/** A process that starts the embedded Postgres as the service does. */
export interface ServiceProcess {
  pid: number;
  /** All it has said so far. */
  messages: Message[];
  /** Waits until it has a database or was refused one. */
  outcome: () => Promise<Message>;
  /** Waits until it has said something. */
  said: (isIt: (message: Message) => boolean) => Promise<Message>;
  /** Sends a signal and waits for its end. */
  end: (signal: NodeJS.Signals) => Promise<number | null>;
}

export interface LaunchOptions {
  dataDir: string;
  user?: { uid: number; gid: number };
  modulePath?: string;
  /** Default false. */
  isDurable?: boolean;
  port?: number;
  /** A folder that the process sees as /etc; for root. */
  privateEtc?: string;
  /** Whether it sees no processes but its own, as in a container; for root. */
  isContainer?: boolean;
}

/** Where a test keeps its data dirs. */
export interface Place {
  place: string;
  /** A data dir in it, not yet there. */
  dataDir: string;
  launch: (options: LaunchOptions) => ServiceProcess;
}

interface Teardown {
  teardown(handler: () => Promise<void>): unknown;
}

/** A place for data dirs that every user can reach; all that runs there is ended, and it is removed, after the test. */
export async function makePlace(t: Teardown): Promise<Place> {
  const place = await realpath(await mkdtemp(join(tmpdir(), 'latchkey-embedded-')));
  await chmod(place, 0o755);
  const children: ChildProcess[] = [];
  const dataDirs = new Set<string>();
  t.teardown(async () => {
    for (const child of children) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    for (const dataDir of dataDirs) await stopAbandonedPostgres({ dataDir, log: silentLog }).catch(() => undefined);
    await rm(place, { recursive: true, force: true, maxRetries: 10 });
  });
  return {
    place,
    dataDir: join(place, 'data'),
    launch(options) {
      dataDirs.add(options.dataDir);
      return launch(options, children);
    },
  };
}

/** Why a test cannot have containers; false where it can. */
export async function withoutContainers(): Promise<string | false> {
  const [program = '', ...options] = CONTAINER;
  return run(program, [...options, 'true']).then(
    () => false,
    () => 'needs the right to make process namespaces (unshare)',
  );
}

export const silentLog = { info: () => undefined, error: () => undefined };

/** For all that does not ask whether the disk has been waited for. */
export const quick = { log: silentLog, isDurable: false };

function launch(
  { user, modulePath = embeddedModule, privateEtc, isContainer = false, ...options }: LaunchOptions,
  children: ChildProcess[],
): ServiceProcess {
  // Through env: a process that tap started would add its own variables, and write where other users cannot.
  const command = ['env', '-i', `PATH=${String(process.env.PATH)}`, process.execPath];
  const args = [
    ...briefFlags,
    '--import',
    typeStripper,
    childScript,
    modulePath,
    JSON.stringify({ isDurable: false, ...options }),
  ];
  // Every step replaces the one before, so the process id stays the service's.
  const mount = ['unshare', '--mount', 'sh', '-c', 'mount --bind "$0" /etc && exec "$@"'];
  const steps = [
    ...(isContainer ? CONTAINER : []),
    ...(privateEtc === undefined ? [] : [...mount, privateEtc]),
    ...command,
    ...args,
  ];
  const [program = '', ...rest] = steps;
  const child = spawn(program, rest, { cwd: '/', stdio: ['pipe', 'pipe', 'inherit'], detached: true, ...user });
  children.push(child);
  const messages: Message[] = [];
  let hasClosed = false;
  // After its last word.
  child.once('close', () => (hasClosed = true));
  createInterface({ input: child.stdout }).on('line', (line) => {
    messages.push(JSON.parse(line) as Message);
  });
  const said: ServiceProcess['said'] = async (isIt) => {
    const message = await waitFor(async () => messages.find(isIt) ?? (hasClosed ? null : undefined), DEADLINE_MS);
    if (!message) throw new Error(`the child process only said ${JSON.stringify(messages)}`);
    return message;
  };
  return {
    pid: child.pid!,
    messages,
    said,
    outcome: () => said(({ databaseUrl, refused }) => (databaseUrl ?? refused) !== undefined),
    async end(signal) {
      const exit = once(child, 'exit');
      child.kill(signal);
      const [code] = (await exit) as [number | null];
      return code;
    },
  };
}

/** Runs one statement on a connection of its own. */
export async function query(databaseUrl: string, statement: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows;
  } finally {
    await client.end();
  }
}

/** The process id of the server of a data dir, as the server itself wrote it down. */
export async function readServerPid(dataDir: string): Promise<number> {
  return Number.parseInt(await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8'), 10);
}

export async function isRunning(pid: number): Promise<boolean> {
  return (await readProcessMark(pid)) !== null;
}

/** @throws when the condition does not come true in time */
export async function until(condition: () => Promise<boolean>): Promise<void> {
  const isMet = await waitFor(async () => ((await condition()) ? true : undefined), DEADLINE_MS);
  if (isMet !== true) throw new Error('what was waited for did not happen');
}

export const run = promisify(execFile);
