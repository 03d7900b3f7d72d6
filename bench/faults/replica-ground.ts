import { startDatabaseProxy } from '../../test/support/database-proxy.ts';
import type { DatabaseProxy } from '../../test/support/database-proxy.ts';
import { query } from '../../test/support/embedded-service.ts';
import { startBalancer, withoutBalancer } from '../../test/support/balancer.ts';
import { runPgbouncer, withoutPgbouncer } from '../../test/support/pgbouncer.ts';
import { startReplication } from '../../test/support/replication.ts';
import type { ReplicatedServer } from '../../test/support/replication.ts';
import { signUp } from '../../test/support/service-user.ts';
import { prepareInstances } from './ground.ts';
import type { Instance } from './ground.ts';
import type { LivesScene } from './lives.ts';
import { Rota } from './rota.ts';

/** So late that a check which begins with the answer to a change finds it missing, and earlier than leases are renewed. */
const LAG_MS = 100;

/** An instance that answers checks from a replica. */
export interface Reader {
  instance: Instance;
  replica: ReplicatedServer;
  /** Between the two. */
  toReplica: DatabaseProxy;
  /** Between it and all servers, as those among which it looks for the primary. */
  toServers: readonly DatabaseProxy[];
}

/** All that the faults of replicas happen to. */
export interface ReplicaGround extends LivesScene {
  servers: readonly ReplicatedServer[];
  /** The server that is the primary now. */
  primary: ReplicatedServer;
  readers: readonly [Reader, Reader];
  /** Reads from both replicas, by PgBouncer and HAProxy: each query goes to the other one. Undefined without these. */
  between: Instance | undefined;
}

/** Of each of those that read, in seconds. */
export interface Leases {
  first: number;
  second: number;
  between: number;
}

interface Teardown {
  teardown(handler: () => Promise<unknown>): unknown;
}

/**
 * Starts a primary and two replicas, and processes of the service: one that reads from each of the three, and one that
 * reads from both replicas. Signs a user up.
 */
export async function openReplicaGround(t: Teardown, leases: Leases): Promise<ReplicaGround> {
  const servers = await startReplication(t, 2, { lagMs: LAG_MS });
  const [primary, ...replicas] = servers as [ReplicatedServer, ReplicatedServer, ReplicatedServer];
  const { start, smtp } = await prepareInstances(t);
  const settings = { LATCHKEY_QUOTAS: JSON.stringify({ api_clients: 0, organizations: 0 }) };
  const doorsUrl = hostsUrl(servers.map(({ door }) => door));
  const far = await start('at the primary', { ...settings, DATABASE_URL: doorsUrl });
  const readers: Reader[] = [];
  for (const [at, replica] of replicas.entries()) {
    const toServers = await Promise.all(servers.map(({ directUrl }) => startDatabaseProxy(t, directUrl)));
    const toReplica = await startDatabaseProxy(t, replica.directUrl);
    const instance = await start(`near ${replica.name}`, {
      ...settings,
      DATABASE_URL: hostsUrl(toServers),
      DATABASE_READ_URL: toReplica.databaseUrl,
      REPLICA_LEASE_SECONDS: String([leases.first, leases.second][at]),
    });
    readers.push({ instance, replica, toReplica, toServers });
  }
  const balancedUrl = await openWayToBoth(t, primary, replicas);
  const between =
    balancedUrl === undefined
      ? undefined
      : await start('between both', {
          ...settings,
          DATABASE_URL: doorsUrl,
          DATABASE_READ_URL: balancedUrl,
          DATABASE_PREPARED_STATEMENTS: 'false',
          REPLICA_LEASE_SECONDS: String(leases.between),
        });
  const ground: ReplicaGround = {
    servers,
    primary,
    readers: readers as [Reader, Reader],
    between,
    rota: new Rota(),
    instances: [far, ...readers.map(({ instance }) => instance), ...(between === undefined ? [] : [between])],
    user: await signUp(far.origin, smtp),
    ask: (statement) => query(ground.primary.directUrl, statement),
  };
  return ground;
}

/** The role of those who come by PgBouncer. */
export const BALANCED_ROLE = 'balanced';

/** A way that leads each transaction to another replica than the one before, with a role that may do no more than read. */
async function openWayToBoth(
  t: Teardown,
  primary: ReplicatedServer,
  replicas: readonly ReplicatedServer[],
): Promise<string | undefined> {
  if (withoutBalancer !== false || withoutPgbouncer !== false) return undefined;
  await query(primary.directUrl, `create role ${BALANCED_ROLE} login; grant pg_read_all_data to ${BALANCED_ROLE}`);
  for (const replica of replicas) await replica.caughtUp(primary);
  const balancer = new URL(await startBalancer(t, replicas));
  balancer.username = BALANCED_ROLE;
  return (await runPgbouncer(t, { databaseUrl: balancer.href }, { isTurning: true })).databaseUrl;
}

const hostsUrl = (ways: readonly DatabaseProxy[]) =>
  `postgres://latchkey@${ways.map(({ databaseUrl }) => new URL(databaseUrl).host).join(',')}/postgres`;
