import type { DatabaseProxy } from '../../test/support/database-proxy.ts';
import { query, until } from '../../test/support/embedded-service.ts';
import { requireStandby } from '../../test/support/replication.ts';
import type { ReplicatedServer } from '../../test/support/replication.ts';
import { verify } from '../../test/support/service-user.ts';
import { readMetric } from './replica-metrics.ts';
import { BALANCED_ROLE } from './replica-ground.ts';
import type { Instance } from './ground.ts';
import type { Fault, Hold } from './list.ts';
import type { ReplicaGround } from './replica-ground.ts';

/** How often in a fault its blow falls, where it is one of many. */
const BLOWS = 4;
/** More than any fault has revocations. */
const CHANGES_OF_THE_LOST = 300;

export interface ReplicaFault extends Fault<ReplicaGround> {
  /** Left out of the short form: another is much like it. */
  isLong?: true;
}

/** What happens to servers that are read from, and to those who read from them. */
export const replicaFaults: readonly ReplicaFault[] = [
  {
    name: 'nothing',
    happen: (_, hold) => hold(),
  },
  {
    name: 'replica applies nothing, then all of it',
    happen: ({ readers: [{ replica }] }, hold) =>
      during(hold, { take: () => replica.pauseReplay(), giveBack: () => replica.replay() }),
  },
  {
    name: 'replica paused (`SIGSTOP`), then resumed',
    happen: ({ readers: [, { replica }] }, hold) =>
      during(hold, {
        take: () => replica.freeze(),
        giveBack: () => {
          replica.thaw();
        },
      }),
  },
  {
    name: 'replica hears nothing from the primary',
    happen: ({ readers: [{ replica }] }, hold) =>
      during(hold, {
        take: () => {
          replica.feed().hush('answers');
        },
        giveBack: () => {
          replica.feed().unhush();
        },
      }),
  },
  {
    name: 'replica cut off from the primary',
    isLong: true,
    happen: ({ readers: [, { replica }] }, hold) =>
      during(hold, { take: () => replica.feed().cut(), giveBack: () => replica.feed().mend() }),
  },
  {
    name: 'connections to the replica broken (RST)',
    async happen({ readers: [{ toReplica }] }, hold) {
      for (let i = 0; i < BLOWS; i++) {
        toReplica.reset();
        await hold(1 / BLOWS);
      }
    },
  },
  {
    name: 'instance cut off from the replica',
    isLong: true,
    happen: ({ readers: [{ toReplica }] }, hold) =>
      during(hold, { take: () => toReplica.cut(), giveBack: () => toReplica.mend() }),
  },
  {
    name: 'instance hears nothing from the replica',
    happen: ({ readers: [, { toReplica }] }, hold) =>
      during(hold, {
        take: () => {
          toReplica.hush('answers');
        },
        giveBack: () => {
          toReplica.unhush();
        },
      }),
  },
  {
    name: 'instance hears nothing from the primary, and its replica applies nothing',
    happen: (ground, hold) => {
      const { replica } = ground.readers[0];
      return leaveAlone(ground, hold, {
        take: (ways) => {
          for (const way of ways) way.hush('answers');
          return replica.pauseReplay();
        },
        giveBack: () => replica.replay(),
      });
    },
  },
  {
    name: 'instance not heard by the primary',
    isLong: true,
    happen: (ground, hold) =>
      leaveAlone(ground, hold, {
        take: (ways) => {
          for (const way of ways) way.hush('requests');
        },
      }),
  },
  {
    name: 'instance paused (`SIGSTOP`), then resumed before its replica applies anything',
    async happen({ readers: [{ instance, replica }], rota }, hold) {
      await rota.rest(instance);
      instance.suspend();
      await replica.pauseReplay();
      try {
        await hold();
      } finally {
        instance.resume();
        rota.wake(instance);
      }
      await hold(1 / 2);
      await replica.replay();
    },
  },
  {
    name: 'replica restarted (`-m immediate`)',
    async happen({ readers: [, { replica }] }, hold) {
      await replica.stop('immediate');
      await hold(1 / 2);
      await replica.start();
      await hold(1 / 2);
    },
  },
  {
    name: 'replica promoted beside the primary, then made anew',
    async happen({ primary, readers: [, { replica }] }, hold) {
      await replica.promote();
      await writeAlone(replica);
      await hold();
      await replica.rebuild(primary);
      await hold(1 / 2);
    },
  },
  {
    name: 'replica and instance killed',
    isLong: true,
    isKilling: true,
    async happen({ readers: [, { replica, instance }], rota }, hold) {
      await rota.rest(instance);
      await Promise.all([replica.stop('immediate'), instance.replace()]);
      rota.wake(instance);
      await hold(1 / 2);
      await replica.start();
      await hold(1 / 2);
    },
  },
  {
    name: 'primary killed, a replica promoted in its place',
    async happen(ground) {
      const { primary, readers } = ground;
      const [{ replica: next }, { replica: other }] = readers;
      await requireStandby(primary, next.name);
      await primary.stop('immediate');
      await next.promote();
      ground.primary = next;
      await other.follow(next);
    },
  },
];

/** Asks until each reader has been answered by its replica, and the one between both is connected to either. */
export async function areRead(ground: ReplicaGround): Promise<void> {
  const { readers, between } = ground;
  for (const { instance } of readers) await isRead(ground, instance);
  if (between === undefined) return;
  await isRead(ground, between);
  const connected = `select from pg_stat_activity where usename = '${BALANCED_ROLE}'`;
  for (const { replica } of readers) {
    await until(async () => {
      await verify(between.origin, ground.user.apiKey);
      return (await query(replica.directUrl, connected)).length > 0;
    });
  }
}

async function isRead({ user }: ReplicaGround, instance: Instance): Promise<void> {
  const count = () => readMetric(instance, 'latchkey_replica_answers_total');
  const before = await count();
  await until(async () => {
    await verify(instance.origin, user.apiKey);
    return (await count()) > before;
  });
}

async function during(hold: Hold, { take, giveBack }: { take: () => unknown; giveBack: () => unknown }): Promise<void> {
  await take();
  try {
    await hold();
  } finally {
    await giveBack();
  }
  await hold(1 / 2);
}

interface Loneliness {
  /** Given the ways from the instance to the servers among which it looks for the primary. */
  take: (ways: readonly DatabaseProxy[]) => unknown;
  giveBack?: () => unknown;
}

/** Keeps an instance from the primary, and not from its replica. */
async function leaveAlone(
  { readers: [{ instance, toServers }], rota }: ReplicaGround,
  hold: Hold,
  { take, giveBack }: Loneliness,
): Promise<void> {
  await rota.rest(instance);
  await take(toServers);
  try {
    await hold();
  } finally {
    await giveBack?.();
    for (const way of toServers) way.unhush();
    rota.wake(instance);
  }
  await hold(1 / 2);
}

/** Has a server that was promoted beside the primary number more changes of its own than the primary will meanwhile. */
async function writeAlone(server: ReplicatedServer): Promise<void> {
  const pause = `update api_clients set status = case status when 'paused' then 'active' else 'paused' end
    where id = (select min(id::text)::uuid from api_clients)`;
  await query(server.directUrl, Array.from({ length: CHANGES_OF_THE_LOST }, () => `begin; ${pause}; commit`).join(';'));
}
