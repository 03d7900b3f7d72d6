import { execFileSync } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { migrateDatabase } from '../src/db/migrate.ts';
import { listChildren } from '../test/support/children.ts';
import { query } from '../test/support/embedded-service.ts';
import { startReplication, withoutReplication } from '../test/support/replication.ts';
import type { ReplicatedServer } from '../test/support/replication.ts';
import type { CaseResult } from './cases.ts';
import { Teardowns } from './faults/ground.ts';
import { readEndedCpuSeconds, readTaskCpuSeconds, stop } from './processes.ts';
import type { Running, Server } from './processes.ts';
import { seedService } from './seed.ts';
import type { Machine } from './seed.ts';
import { registerOwner } from './stage.ts';
import type { Owner, Stage } from './stage.ts';

const CLIENTS = 10_000;
/** A few for each connection: every five seconds an instance writes the last use of each to the primary. */
const CHECKED = 100;
export const DATABASE = 'readers';

/** A primary and two replicas, and a database with clients and their owner. */
export interface ReplicaStage {
  primary: ReplicatedServer;
  replicas: readonly [ReplicatedServer, ReplicatedServer];
  clients: Machine[];
  owner: Owner;
  /** The same database once more, under another name. */
  copyDatabase: (name: string) => Promise<void>;
  /** Starts an instance that reads from a replica, or from the primary where none is named. */
  start: (database: string, replica?: ReplicatedServer) => Promise<Server>;
}

/** Runs a case on servers of its own, of PostgreSQL 15 from Debian; where that is not installed there is no result. */
export async function withReplicas(
  stage: Stage,
  run: (ground: ReplicaStage) => Promise<CaseResult>,
): Promise<CaseResult> {
  if (withoutReplication !== false) {
    return { outcomes: [], comparisons: [], notes: [`left out: ${withoutReplication}`] };
  }
  const teardowns = new Teardowns();
  try {
    return await run(await openReplicas(stage, teardowns));
  } finally {
    await teardowns.run();
  }
}

async function openReplicas(stage: Stage, t: Teardowns): Promise<ReplicaStage> {
  const [primary, ...replicas] = (await startReplication(t, 2)) as [
    ReplicatedServer,
    ReplicatedServer,
    ReplicatedServer,
  ];
  const dataDir = await mkdtemp(join(stage.dir, 'readers-'));
  const urlOf = (server: ReplicatedServer, database: string) =>
    Object.assign(new URL(server.directUrl), { pathname: `/${database}` }).href;
  const start: ReplicaStage['start'] = (database, replica) =>
    stage.startService(database, {
      DATABASE_URL: urlOf(primary, database),
      LATCHKEY_DATA_DIR: dataDir,
      ...(replica !== undefined && { DATABASE_READ_URL: urlOf(replica, database) }),
    });
  await query(primary.directUrl, `create database ${DATABASE}`);
  await migrateDatabase(urlOf(primary, DATABASE));
  const amounts = { total: CLIENTS, warm: CHECKED, cold: 0, wrong: 0 };
  const { warm: clients } = await seedService(urlOf(primary, DATABASE), stage.masterKey, amounts);
  const service = await start(DATABASE);
  const owner = await registerOwner(service, join(dataDir, 'outbox'));
  await stop(service);
  // What it would do in some rounds and not in others is done now.
  await query(primary.directUrl, 'alter system set autovacuum = off');
  await query(primary.directUrl, 'select pg_reload_conf()');
  await query(urlOf(primary, DATABASE), 'vacuum analyze');
  for (const replica of replicas) await replica.caughtUp(primary);
  return {
    primary,
    replicas,
    clients,
    owner,
    start,
    async copyDatabase(name) {
      await query(primary.directUrl, `create database ${name} template ${DATABASE}`);
      for (const replica of replicas) await replica.caughtUp(primary);
    },
  };
}

/** The processes of servers. */
export async function pidsOf(servers: readonly ReplicatedServer[]): Promise<number[]> {
  const families = servers.map(async (server) => {
    const postmaster = await server.postmaster();
    return [postmaster, ...(await listChildren(postmaster))];
  });
  return (await Promise.all(families)).flat();
}

/** CPU seconds that servers have used, those of connections that have ended included. */
export async function cpuOf(servers: readonly ReplicatedServer[]): Promise<number> {
  const running = (await pidsOf(servers)).map(readTaskCpuSeconds);
  const ended = servers.map(async (server) => readEndedCpuSeconds(await server.postmaster()));
  const all = await Promise.all([...running, ...ended]);
  return all.reduce((sum, one) => sum + one, 0);
}

/**
 * Gives the load a core of its own, as far as there are two: what it loads then shares the rest.
 * @returns what was done, in words
 */
export function pin(load: readonly Running[], loaded: readonly number[]): string {
  const cores = cpus().length;
  if (cores < 2) return 'Nothing is pinned: there is one core.';
  const tie = (pids: readonly number[], list: string) => {
    for (const pid of pids) execFileSync('taskset', ['--all-tasks', '--pid', '--cpu-list', list, String(pid)]);
  };
  tie(
    load.map(({ pid }) => pid),
    '0',
  );
  tie(loaded, `1-${cores - 1}`);
  return `Load has core 0, instances and servers share ${cores === 2 ? 'core 1' : `cores 1 to ${cores - 1}`}.`;
}
