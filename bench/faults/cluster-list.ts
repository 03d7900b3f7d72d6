import type { Cluster } from '../../test/support/cluster.ts';
import type { Member } from '../../test/support/cluster-member.ts';
import type { ClusterGround } from './cluster-ground.ts';
import type { Fault, Later } from './list.ts';

/** What happens to a cluster, each to be over when another member has taken the place of the one it happened to. */
export const clusterFaults: readonly Fault<ClusterGround>[] = [
  {
    name: 'primary killed (`kill -9` of Postgres and Patroni)',
    happen: ({ cluster }, _, later) => lose(cluster, { how: (primary) => primary.kill(), giveBack: 'start' }, later),
  },
  {
    name: 'primary paused until another is, then resumed',
    happen: ({ cluster }, _, later) =>
      lose(cluster, { how: (primary) => primary.freeze('all'), giveBack: 'thaw' }, later),
  },
  {
    name: 'primary paused until another is, then resumed with another Patroni',
    async happen({ cluster }, hold, later) {
      const primary = await cluster.findPrimary();
      await primary.freeze('all');
      await cluster.promotedAfter(primary);
      later(async () => {
        // For a while there are two that take writes.
        primary.thawPostgres();
        await hold(1 / 2);
        await primary.replacePatroni();
        await cluster.whole();
      });
    },
  },
  {
    name: 'primary cut off from everybody',
    happen: ({ cluster }, _, later) =>
      lose(cluster, { how: (primary) => primary.isolate('everybody'), giveBack: 'join' }, later),
  },
  {
    name: 'primary cut off from etcd alone',
    happen: ({ cluster }, _, later) =>
      lose(cluster, { how: (primary) => primary.isolate('etcd'), giveBack: 'join' }, later),
  },
  {
    name: 'switched over (`patronictl switchover`)',
    async happen({ cluster }, _, later) {
      const primary = await cluster.findPrimary();
      const standby = await cluster.findSynchronous();
      await cluster.switchOver(primary, standby);
      await cluster.promotedAfter(primary);
      later(() => cluster.whole());
    },
  },
  {
    name: 'synchronous standby killed',
    async happen({ cluster }, _, later) {
      const standby = await cluster.findSynchronous();
      await standby.kill();
      await cluster.replacedSynchronous(standby);
      later(async () => {
        standby.start();
        await cluster.whole();
      });
    },
  },
];

interface Loss {
  how: (primary: Member) => Promise<void>;
  giveBack: 'start' | 'thaw' | 'join';
}

/** Takes the primary away until another is; later the cluster gets its member back. */
async function lose(cluster: Cluster, { how, giveBack }: Loss, later: Later): Promise<void> {
  const primary = await cluster.findPrimary();
  await how(primary);
  await cluster.promotedAfter(primary);
  later(async () => {
    primary[giveBack]();
    await cluster.whole();
  });
}
