import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SystemUser } from '../../src/embedded/embedded-process.ts';
import { endWithProcess, hold, listChildren, send } from './children.ts';
import type { DatabaseProxy } from './database-proxy.ts';
import { isRunning, until } from './embedded-service.ts';

const PATRONI = '/usr/bin/patroni';
const ASK_TIMEOUT_MS = 2_000;

/** A server of a cluster with the Patroni that looks after it. */
export interface Member {
  name: string;
  /** Where everybody else finds its Postgres: behind a proxy, so that it can be cut off. */
  host: string;
  databaseUrl: string;
  /** Where everybody else finds its Patroni. */
  restHost: string;
  /** The way to its Patroni that is never cut off. */
  restUrl: string;
  /** `kill -9` of Patroni and of Postgres. */
  kill: () => Promise<void>;
  start: () => void;
  /** Holds all its processes in their tracks, or Patroni alone, until {@link thaw}. */
  freeze: (what: 'all' | 'patroni') => Promise<void>;
  thaw: () => void;
  /** Lets Postgres alone go on, of which nobody tells it that another is the primary. */
  thawPostgres: () => void;
  /** `kill -9` of Patroni, and another one in its place; Postgres goes on. */
  replacePatroni: () => Promise<void>;
  /** Lets no packet through between it and everybody else, or between it and etcd alone, until {@link join}. */
  isolate: (from: 'everybody' | 'etcd') => Promise<void>;
  join: () => void;
  /** Ends what runs of it, whatever state it is in. */
  end: () => Promise<void>;
  /** What Patroni has logged. */
  log: () => Promise<string>;
}

export interface MemberPlace {
  name: string;
  /** Of its own, below one that the user can reach. */
  dir: string;
  user: SystemUser | undefined;
  /** Patroni's settings. */
  settings: object;
  restPort: number;
  /** To its Postgres and its Patroni, and from it to etcd. */
  proxies: { postgres: DatabaseProxy; rest: DatabaseProxy; etcd: DatabaseProxy };
}

export async function makeMember(place: MemberPlace): Promise<Member> {
  const { name, dir, user, proxies } = place;
  const file = join(dir, 'patroni.json');
  const logFile = join(dir, 'patroni.log');
  // Every JSON document is one of YAML.
  await writeFile(file, JSON.stringify(place.settings));
  const frozen: number[] = [];
  let patroni: ChildProcess | undefined;
  const databaseUrl = proxies.postgres.databaseUrl;

  function thaw(): void {
    for (const pid of frozen.splice(0)) send(pid, 'SIGCONT');
  }

  function start(): void {
    patroni = launchPatroni({ file, logFile, user });
  }

  async function killPatroni(): Promise<void> {
    const running = patroni;
    if (running?.exitCode !== null || running.signalCode !== null) return;
    const ended = once(running, 'exit');
    running.kill('SIGKILL');
    await ended;
  }

  async function kill(): Promise<void> {
    const postmaster = await readPostmaster(dir);
    const family = [postmaster, ...(await listChildren(postmaster))].filter((pid) => pid !== undefined);
    // Patroni first: it would start Postgres again.
    await killPatroni();
    if (postmaster !== undefined) send(postmaster, 'SIGKILL');
    for (const pid of family) await until(async () => !(await isRunning(pid)));
  }

  return {
    name,
    host: new URL(databaseUrl).host,
    databaseUrl,
    restHost: new URL(proxies.rest.databaseUrl).host,
    restUrl: `http://127.0.0.1:${place.restPort}`,
    kill,
    start,
    async freeze(what) {
      const postmaster = what === 'all' ? await readPostmaster(dir) : undefined;
      if (patroni?.pid !== undefined) hold(patroni.pid, frozen);
      if (postmaster !== undefined) hold(postmaster, frozen);
      // After it: it has no further children then.
      for (const pid of await listChildren(postmaster)) hold(pid, frozen);
    },
    thaw,
    thawPostgres() {
      for (const pid of frozen) if (pid !== patroni?.pid) send(pid, 'SIGCONT');
    },
    async replacePatroni() {
      await killPatroni();
      // Of which none is there any more that would have to go on.
      frozen.length = 0;
      start();
    },
    isolate(from) {
      const cut = from === 'etcd' ? [proxies.etcd] : Object.values(proxies);
      for (const proxy of cut) proxy.hush();
      return Promise.resolve();
    },
    join() {
      for (const proxy of Object.values(proxies)) proxy.unhush();
    },
    async end() {
      thaw();
      await kill();
    },
    log: () => readFile(logFile, 'utf8'),
  };
}

function launchPatroni({
  file,
  logFile,
  user,
}: {
  file: string;
  logFile: string;
  user: SystemUser | undefined;
}): ChildProcess {
  const child = spawn('sh', ['-c', 'exec "$0" "$1" >>"$2" 2>&1', PATRONI, file, logFile], {
    cwd: '/',
    stdio: 'ignore',
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8', HOME: '/nonexistent', PGTZ: 'UTC' },
    ...(user === undefined ? {} : { uid: user.uid, gid: user.gid }),
  });
  endWithProcess(child);
  return child;
}

/** Patroni's own word about a member; undefined where it says none. */
export async function askPatroni(member: Member, path: string): Promise<Response | undefined> {
  return fetch(`${member.restUrl}${path}`, { signal: AbortSignal.timeout(ASK_TIMEOUT_MS) }).catch(() => undefined);
}

async function readPostmaster(dir: string): Promise<number | undefined> {
  const text = await readFile(join(dir, 'postgres', 'postmaster.pid'), 'utf8').catch(() => '');
  const pid = Number.parseInt(text, 10);
  return Number.isNaN(pid) || !(await isRunning(pid)) ? undefined : pid;
}
