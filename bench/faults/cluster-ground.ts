import { query } from '../../test/support/embedded-service.ts';
import { startCluster } from '../../test/support/cluster.ts';
import type { Cluster } from '../../test/support/cluster.ts';
import { signUp } from '../../test/support/service-user.ts';
import { prepareInstances } from './ground.ts';
import type { Scene } from './ground.ts';

/** All that the faults of a cluster happen to. */
export interface ClusterGround extends Scene {
  cluster: Cluster;
}

interface Teardown {
  teardown(handler: () => Promise<unknown>): unknown;
}

/** Starts a cluster and two processes of the service, one that knows its hosts, one behind HAProxy, and signs a user up. */
export async function openClusterGround(t: Teardown): Promise<ClusterGround> {
  const cluster = await startCluster(t);
  const { start, smtp } = await prepareInstances(t);
  const first = await start('hosts', { DATABASE_URL: cluster.databaseUrl });
  const second = await start('balanced', { DATABASE_URL: cluster.balancedUrl });
  return {
    cluster,
    instances: [first, second],
    user: await signUp(first.origin, smtp),
    ask: async (statement) => query((await cluster.findPrimary()).databaseUrl, statement),
  };
}
