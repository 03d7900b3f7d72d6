import { existsSync } from 'node:fs';
import { appendFile, chmod, chown, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../../src/embedded/embedded-process.ts';
import { findPostgresUser } from '../../src/embedded/embedded-system-user.ts';
import type { SystemUser } from '../../src/embedded/embedded-process.ts';
import { hold, listChildren, send } from './children.ts';
import { startDatabaseProxy } from './database-proxy.ts';
import type { DatabaseProxy } from './database-proxy.ts';
import { query, until } from './embedded-service.ts';
import { findFreePort } from './free-port.ts';

const BIN = '/usr/lib/postgresql/15/bin';
/** Whoever has been away finds all there was: less is ever written here. */
const WAL_KEPT_MB = 256;
/** Of a server that does not start, in characters. */
const LOG_SHOWN = 2_000;

/** Why the servers below cannot be started here; false where they can. */
export const withoutReplication = existsSync(join(BIN, 'pg_basebackup'))
  ? false
  : 'needs pg_basebackup of PostgreSQL 15 (apt-get install postgresql-15)';

interface Teardown {
  teardown(handler: () => Promise<unknown>): unknown;
}

/** One of several servers, each of which can be the primary or follow another. */
export interface ReplicatedServer {
  name: string;
  port: number;
  /** The way to it that is never cut. */
  directUrl: string;
  /** Through the door. */
  databaseUrl: string;
  /** Between it and those who ask it. */
  door: DatabaseProxy;
  /** Between it and the server that it follows. */
  feed: () => DatabaseProxy;
  /** The process id of the server. */
  postmaster: () => Promise<number>;
  start: () => Promise<void>;
  stop: (mode: 'fast' | 'immediate') => Promise<void>;
  /** Holds all its processes in their tracks until {@link thaw}: connections stay open, and nothing answers. */
  freeze: () => Promise<void>;
  thaw: () => void;
  /** Goes on receiving and answering, and applies nothing, until {@link replay}. */
  pauseReplay: () => Promise<void>;
  replay: () => Promise<void>;
  promote: () => Promise<void>;
  /** Makes a standby, or a server that has been stopped, follow another. */
  follow: (primary: ReplicatedServer) => Promise<void>;
  /** Makes a new standby of it, whatever it was. */
  rebuild: (primary: ReplicatedServer) => Promise<void>;
  /** Waits until it has applied all that another has written by now. */
  caughtUp: (primary: ReplicatedServer) => Promise<void>;
}

interface Place {
  name: string;
  dir: string;
  port: number;
  user: SystemUser | undefined;
  lagMs: number;
}

/**
 * Starts a primary and standbys that stream from it, `a`, `b` and so on. Nobody waits for a standby: whoever wants answered
 * writes to be on one has to set it. All of it is ended after the test.
 * @param options.lagMs how long a standby waits at least until it applies a commit
 */
export async function startReplication(
  t: Teardown,
  replicas: number,
  { lagMs = 0 }: { lagMs?: number } = {},
): Promise<ReplicatedServer[]> {
  const dir = await mkdtemp(join(tmpdir(), 'latchkey-replicas-'));
  await chmod(dir, 0o755);
  const user = await findPostgresUser();
  if (user !== undefined) await chown(dir, user.uid, user.gid);
  const servers: ReplicatedServer[] = [];
  t.teardown(async () => {
    for (const server of servers) {
      server.thaw();
      await server.stop('immediate').catch(() => undefined);
    }
    await rm(dir, { recursive: true, force: true, maxRetries: 10 });
  });
  for (const name of 'abcdefg'.slice(0, replicas + 1)) {
    servers.push(await makeServer(t, { name, dir: join(dir, name), port: await findFreePort(), user, lagMs }));
  }
  const [primary, ...standbys] = servers as [ReplicatedServer, ...ReplicatedServer[]];
  const options = ['--username', 'latchkey', '--auth', 'trust', '--encoding', 'UTF8', '--locale', 'C', '--no-sync'];
  await runTool('initdb', ['--pgdata', join(dir, primary.name), ...options], user);
  await primary.start();
  for (const standby of standbys) await standby.rebuild(primary);
  return servers;
}

/** Makes every commit wait until a standby has it: any, or the one of a name. */
export async function requireStandby(primary: ReplicatedServer, name = '*'): Promise<void> {
  await query(primary.directUrl, `alter system set synchronous_standby_names = '${name}'`);
  await query(primary.directUrl, 'select pg_reload_conf()');
  await until(async () => {
    const rows = await query(primary.directUrl, `select from pg_stat_replication where sync_state = 'sync'`);
    return rows.length > 0;
  });
}

async function makeServer(t: Teardown, place: Place): Promise<ReplicatedServer> {
  const { name, dir, port, user, lagMs } = place;
  const directUrl = urlAt(port);
  const door = await startDatabaseProxy(t, directUrl);
  const settings = [
    `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=`,
    `-c cluster_name=${name} -c shared_buffers=32MB -c wal_keep_size=${WAL_KEPT_MB}MB -c wal_retrieve_retry_interval=100ms`,
    `-c recovery_min_apply_delay=${lagMs}ms`,
  ].join(' ');
  const control = (...args: string[]) => runTool('pg_ctl', ['--pgdata', dir, '--wait', ...args], user);
  const start = () =>
    control('start', '--log', `${dir}.log`, '--options', settings).catch(async (cause: unknown) => {
      throw new Error((await readFile(`${dir}.log`, 'utf8')).slice(-LOG_SHOWN), { cause });
    });
  const stop = (mode: 'fast' | 'immediate') => control('stop', '--mode', mode);
  const postmaster = async () => {
    const pid = await readPostmaster(dir);
    if (pid === undefined) throw new Error(`${name} is not up`);
    return pid;
  };
  const frozen: number[] = [];
  let feed: DatabaseProxy | undefined;

  async function follow(primary: ReplicatedServer): Promise<void> {
    feed = await startDatabaseProxy(t, primary.directUrl);
    await writeSource(place, feed);
    if (await isUp(dir)) await query(directUrl, 'select pg_reload_conf()');
  }

  return {
    name,
    port,
    directUrl,
    databaseUrl: door.databaseUrl,
    door,
    feed() {
      if (feed === undefined) throw new Error(`${name} follows nobody`);
      return feed;
    },
    postmaster,
    start,
    stop,
    async freeze() {
      const server = await postmaster();
      // The server first: it has no further children then.
      hold(server, frozen);
      for (const child of await listChildren(server)) hold(child, frozen);
    },
    thaw() {
      for (const pid of frozen.splice(0)) send(pid, 'SIGCONT');
    },
    async pauseReplay() {
      await query(directUrl, 'select pg_wal_replay_pause()');
    },
    async replay() {
      await query(directUrl, 'select pg_wal_replay_resume()');
    },
    promote: () => control('promote'),
    follow,
    async rebuild(primary) {
      if (await isUp(dir)) await stop('immediate');
      await rm(dir, { recursive: true, force: true });
      await runTool('pg_basebackup', [...sourceOf(primary), '--pgdata', dir, '--checkpoint=fast', '--no-sync'], user);
      await follow(primary);
      await start();
    },
    async caughtUp(primary) {
      const [row] = await query(primary.directUrl, 'select pg_current_wal_insert_lsn() as lsn');
      const asking = `select pg_last_wal_replay_lsn() >= '${String(row?.lsn)}' as it`;
      await until(async () => (await query(directUrl, asking))[0]?.it === true);
    },
  };
}

const urlAt = (port: number | string) => `postgres://latchkey@127.0.0.1:${port}/postgres`;

const sourceOf = (primary: ReplicatedServer) => [
  ...['--host', '127.0.0.1', '--port', String(primary.port), '--username', 'latchkey'],
];

/** Says whom a server follows, from its next start or reload on. */
async function writeSource({ name, dir, user }: Place, feed: DatabaseProxy): Promise<void> {
  const { port } = new URL(feed.databaseUrl);
  const source = `host=127.0.0.1 port=${port} user=latchkey application_name=${name}`;
  await appendFile(join(dir, 'postgresql.auto.conf'), `primary_conninfo = '${source}'\n`);
  const signal = join(dir, 'standby.signal');
  await writeFile(signal, '');
  if (user !== undefined) await chown(signal, user.uid, user.gid);
}

const isUp = async (dir: string) => (await readPostmaster(dir)) !== undefined;

async function readPostmaster(dir: string): Promise<number | undefined> {
  const text = await readFile(join(dir, 'postmaster.pid'), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : Number.parseInt(text, 10);
}

async function runTool(tool: string, args: string[], user: SystemUser | undefined): Promise<void> {
  const { code, stdout, stderr } = await runCommand(join(BIN, tool), args, user);
  if (code !== 0) throw new Error(`${tool}: ${stdout} ${stderr}`);
}
