import { chmod, chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { runCommand } from '../../src/embedded/embedded-process.ts';
import type { SystemUser } from '../../src/embedded/embedded-process.ts';
import { findPostgresUser } from '../../src/embedded/embedded-system-user.ts';
import { runBeside } from './children.ts';
import { askPatroni, makeMember } from './cluster-member.ts';
import type { Member } from './cluster-member.ts';
import { startDatabaseProxy } from './database-proxy.ts';
import { until } from './embedded-service.ts';
import { readOperations, withoutProgram } from './operations-page.ts';
import { findFreePort } from './free-port.ts';

/** Why a cluster cannot be had here; false where it can. */
export const withoutCluster =
  withoutProgram('/usr/lib/postgresql/15/bin/pg_rewind', 'apt-get install postgresql-15') ||
  withoutProgram('/usr/bin/patroni', 'apt-get install patroni') ||
  withoutProgram('/usr/bin/etcd', 'apt-get install etcd-server') ||
  withoutProgram('/usr/sbin/haproxy', 'apt-get install haproxy');

const SCOPE = 'latchkey';
const NAMES = ['a', 'b', 'c'] as const;
/** In seconds; a third of what an operator would set, so that a test waits a third as long. */
const TIMES = { ttl: 10, loop_wait: 1, retry_timeout: 3 };
/** Of each log, in characters. */
const LOG_SHOWN = 4_000;

/** A primary and two standbys that Patroni looks after, and HAProxy in front of them, as `docs/operations.md` has them. */
export interface Cluster {
  members: readonly Member[];
  /** Names all hosts. */
  databaseUrl: string;
  /** Leads through HAProxy. */
  balancedUrl: string;
  /** The member that is the primary, by the word of Patroni. Waits until there is one. */
  findPrimary: () => Promise<Member>;
  /** The standby that commits wait for. Waits until there is one. */
  findSynchronous: () => Promise<Member>;
  /** Waits until another standby than this one is waited for. */
  replacedSynchronous: (old: Member) => Promise<Member>;
  /** Waits until another member than this one is the primary. */
  promotedAfter: (old: Member) => Promise<Member>;
  /** Waits until all of them are there, two as standbys, of which one is synchronous. */
  whole: () => Promise<void>;
  /** The last that Patroni has logged on each member, for whoever looks for the reason of a failure. */
  describe: () => Promise<string>;
  /** Hands over by command. */
  switchOver: (from: Member, to: Member) => Promise<void>;
}

interface Teardown {
  teardown(handler: () => Promise<unknown>): unknown;
}

export async function startCluster(t: Teardown): Promise<Cluster> {
  const dir = await mkdtemp(join(tmpdir(), 'latchkey-cluster-'));
  await chmod(dir, 0o755);
  const user = await findPostgresUser();
  t.teardown(() => rm(dir, { recursive: true, force: true, maxRetries: 10 }));
  const etcdUrl = await startEtcd(t, join(dir, 'etcd'));
  const members: Member[] = [];
  t.teardown(() => Promise.all(members.map((member) => member.end())));
  for (const name of NAMES) members.push(await placeMember(t, { name, dir, user, etcdUrl }));
  for (const member of members) member.start();
  const cluster = makeCluster(members, join(dir, 'a', 'patroni.json'), await startHaproxy(t, { dir, members }));
  await cluster.whole().catch(async (cause: unknown) => {
    throw new Error(await cluster.describe(), { cause });
  });
  return cluster;
}

function makeCluster(members: readonly Member[], settingsFile: string, balancedUrl: string): Cluster {
  const find = async (path: string, old?: Member): Promise<Member> => {
    let found: Member | undefined;
    const others = members.filter((member) => member !== old);
    await until(async () => {
      found = await Promise.any(others.map((member) => requireWord(member, path))).catch(() => undefined);
      return found !== undefined;
    });
    return found!;
  };
  return {
    members,
    databaseUrl: `postgres://latchkey@${members.map(({ host }) => host).join(',')}/postgres`,
    balancedUrl,
    findPrimary: () => find('/primary'),
    findSynchronous: () => find('/sync'),
    replacedSynchronous: (old) => find('/sync', old),
    promotedAfter: (old) => find('/primary', old),
    async describe() {
      const logs = members.map(async (member) => `${member.name}: ${(await member.log()).slice(-LOG_SHOWN)}`);
      return (await Promise.all(logs)).join('\n');
    },
    whole: () => until(() => isWhole(members)),
    async switchOver(from, to) {
      const words = ['switchover', SCOPE, '--master', from.name, '--candidate', to.name, '--force'];
      let said = '';
      const isDone = until(async () => {
        // Beside a busy machine it gives up before it is answered, whether or not what it asked for is done then.
        if ((await askPatroni(to, '/primary'))?.status === 200) return true;
        const { code, stdout, stderr } = await runCommand('patronictl', ['-c', settingsFile, ...words]);
        said = `${stdout} ${stderr}`;
        return code === 0;
      });
      await isDone.catch((cause: unknown) => {
        throw new Error(`patronictl: ${said}`, { cause });
      });
    },
  };
}

/** @returns the member itself where its Patroni says yes */
async function requireWord(member: Member, path: string): Promise<Member> {
  if ((await askPatroni(member, path))?.status !== 200) throw new Error(`${member.name} is not ${path}`);
  return member;
}

interface ClusterView {
  members: { role: string; state: string; timeline?: number }[];
}

async function isWhole(members: readonly Member[]): Promise<boolean> {
  for (const member of members) {
    const answer = await askPatroni(member, '/cluster');
    if (answer === undefined || !answer.ok) continue;
    // The time for the answer may be over before all of it is there.
    const view = (await answer.json().catch(() => undefined)) as ClusterView | undefined;
    if (view === undefined) continue;
    const { members: seen } = view;
    const roles = seen.map(({ role }) => role).sort();
    const [timeline] = seen.map((one) => one.timeline);
    const areWell = seen.every((one) => /running|streaming/.test(one.state) && one.timeline === timeline);
    return areWell && roles.join() === 'leader,replica,sync_standby';
  }
  return false;
}

async function placeMember(
  t: Teardown,
  { name, dir, user, etcdUrl }: { name: string; dir: string; user: SystemUser | undefined; etcdUrl: string },
): Promise<Member> {
  const own = join(dir, name);
  await mkdir(own);
  if (user !== undefined) await chown(own, user.uid, user.gid);
  const [port, restPort] = [await findFreePort(), await findFreePort()];
  const proxies = {
    postgres: await startDatabaseProxy(t, `postgres://latchkey@127.0.0.1:${port}/postgres`),
    rest: await startDatabaseProxy(t, `http://127.0.0.1:${restPort}`),
    etcd: await startDatabaseProxy(t, etcdUrl),
  };
  const given = parse(await readOperations('patroni')) as PatroniSettings;
  const settings = {
    ...given,
    name,
    restapi: { listen: `127.0.0.1:${restPort}`, connect_address: new URL(proxies.rest.databaseUrl).host },
    // Else it would ask etcd for the addresses of its members, and use those.
    etcd3: { use_proxies: true, hosts: [new URL(proxies.etcd.databaseUrl).host] },
    // It takes a device that machines of tests do not have.
    watchdog: { mode: 'off' },
    bootstrap: {
      dcs: { ...given.bootstrap.dcs, ...TIMES },
      initdb: [{ encoding: 'UTF8' }, { locale: 'C' }, 'no-sync'],
    },
    postgresql: {
      ...given.postgresql,
      listen: `127.0.0.1:${port}`,
      connect_address: new URL(proxies.postgres.databaseUrl).host,
      data_dir: join(own, 'postgres'),
      pgpass: join(own, 'pgpass'),
      authentication: { superuser: { username: 'latchkey' }, replication: { username: 'latchkey' } },
      pg_hba: ['host all all 127.0.0.1/32 trust', 'host replication all 127.0.0.1/32 trust'],
      parameters: { unix_socket_directories: '', shared_buffers: '32MB' },
    },
  };
  return makeMember({ name, dir: own, user, settings, restPort, proxies });
}

/** Of `docs/operations.md`. */
interface PatroniSettings {
  bootstrap: { dcs: object };
  postgresql: object;
}

/** @returns its URL */
async function startEtcd(t: Teardown, dataDir: string): Promise<string> {
  const url = `http://127.0.0.1:${await findFreePort()}`;
  const peerUrl = `http://127.0.0.1:${await findFreePort()}`;
  const options = {
    'data-dir': dataDir,
    'listen-client-urls': url,
    'advertise-client-urls': url,
    'listen-peer-urls': peerUrl,
    'initial-advertise-peer-urls': peerUrl,
    'initial-cluster': `default=${peerUrl}`,
    'log-level': 'error',
  };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
  runBeside(t, { program: '/usr/bin/etcd', args });
  await until(() =>
    fetch(`${url}/health`).then(
      ({ ok }) => ok,
      () => false,
    ),
  );
  return url;
}

/** @returns the URL of the database behind it */
async function startHaproxy(
  t: Teardown,
  { dir, members }: { dir: string; members: readonly Member[] },
): Promise<string> {
  const port = await findFreePort();
  const places = new Map(members.map((member) => [member.name, member]));
  const settings = (await readOperations('haproxy'))
    .replace(/bind \S+/, `bind 127.0.0.1:${port}`)
    .replace(/server (\w+) \S+ check port \d+/g, (_, name: string) => {
      const { host, restHost } = places.get(name)!;
      return `server ${name} ${host} check port ${restHost.split(':')[1]}`;
    });
  const file = join(dir, 'haproxy.cfg');
  await writeFile(file, settings);
  runBeside(t, { program: '/usr/sbin/haproxy', args: ['-db', '-q', '-f', file] });
  return `postgres://latchkey@127.0.0.1:${port}/postgres`;
}
