import { startDatabaseProxy } from '../../test/support/database-proxy.ts';
import type { DatabaseProxy } from '../../test/support/database-proxy.ts';
import { query } from '../../test/support/embedded-service.ts';
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
}

interface Teardown {
  teardown(handler: () => Promise<unknown>): unknown;
}

/** Starts a primary and two replicas, and three processes of the service: one that reads from each. Signs a user up. */
export async function openReplicaGround(
  t: Teardown,
  { leaseSeconds }: { leaseSeconds: number },
): Promise<ReplicaGround> {
  const servers = await startReplication(t, 2, { lagMs: LAG_MS });
  const [primary, ...replicas] = servers as [ReplicatedServer, ReplicatedServer, ReplicatedServer];
  const { start, smtp } = await prepareInstances(t);
  const settings = {
    REPLICA_LEASE_SECONDS: String(leaseSeconds),
    LATCHKEY_QUOTAS: JSON.stringify({ api_clients: 0, organizations: 0 }),
  };
  const far = await start('at the primary', { ...settings, DATABASE_URL: hostsUrl(servers.map(({ door }) => door)) });
  const readers: Reader[] = [];
  for (const replica of replicas) {
    const toServers = await Promise.all(servers.map(({ directUrl }) => startDatabaseProxy(t, directUrl)));
    const toReplica = await startDatabaseProxy(t, replica.directUrl);
    const urls = { DATABASE_URL: hostsUrl(toServers), DATABASE_READ_URL: toReplica.databaseUrl };
    const instance = await start(`near ${replica.name}`, { ...settings, ...urls });
    readers.push({ instance, replica, toReplica, toServers });
  }
  const ground: ReplicaGround = {
    servers,
    primary,
    readers: readers as [Reader, Reader],
    rota: new Rota(),
    instances: [far, ...readers.map(({ instance }) => instance)],
    user: await signUp(far.origin, smtp),
    ask: (statement) => query(ground.primary.directUrl, statement),
  };
  return ground;
}

const hostsUrl = (ways: readonly DatabaseProxy[]) =>
  `postgres://latchkey@${ways.map(({ databaseUrl }) => new URL(databaseUrl).host).join(',')}/postgres`;
