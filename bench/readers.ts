import { get, take } from './cases.ts';
import type { Case, Comparison } from './cases.ts';
import { addRounds } from './long-cases.ts';
import type { Contender, Load, Outcome } from './measure.ts';
import { stop, Worker } from './processes.ts';
import type { Server } from './processes.ts';
import { Costs } from './replica-costs.ts';
import { DATABASE, pidsOf, pin, withReplicas } from './replica-stage.ts';
import { makeChanges } from './revoking.ts';

/** Checks by one, two and three instances: what they cost the primary when they read from replicas, and when they do not. */
export const readers: Case = (stage) =>
  withReplicas(stage, async ({ primary, replicas, clients, start }) => {
    const alone = [await start(DATABASE), await start(DATABASE), await start(DATABASE)] as const;
    const near = [await start(DATABASE, replicas[0]), await start(DATABASE, replicas[1])] as const;
    const third: Load = new Worker('load.js');
    const loads = [stage.load, stage.storm, third];
    const servers = await pidsOf([primary, ...replicas]);
    const pinned = pin(loads, [...[...alone, ...near].map(({ pid }) => pid), ...servers]);
    const requests = clients.map(({ secret }) => get('/auth/v2/verify/', { 'x-api-key': secret }));
    const costs = new Costs(primary, replicas);

    const contender = (name: string, instances: readonly Server[]): Contender => {
      const ask = async (seconds: number) => {
        const { connections } = stage.plan;
        const asking = instances.map(({ origin: url }, at) => loads[at]!.ask({ url, requests, connections, seconds }));
        return addRounds(await Promise.all(asking));
      };
      return {
        name: `latchkey verify, ${name}`,
        pid: instances[0]!.pid,
        alsoPids: instances.slice(1).map(({ pid }) => pid),
        databasePids: () => pidsOf([primary]),
        warmUp: () => ask(stage.plan.warmUpSeconds),
        prelude: () => costs.rest(stage.plan.roundSeconds),
        run: () => costs.of(name, () => ask(stage.plan.roundSeconds)),
      };
    };

    try {
      const outcomes = await take(stage, [...alone, ...near], () => [
        contender('one at the primary', alone.slice(0, 1)),
        contender('one at a replica', near.slice(0, 1)),
        contender('two at the primary', alone.slice(0, 2)),
        contender('two at replicas', near),
        contender('three at the primary', alone),
        contender('two at replicas, one at the primary', [...near, alone[0]]),
      ]);
      return {
        outcomes,
        comparisons: [
          costs.compare('one at a replica', 'one at the primary', { atMost: 0.2 }),
          costs.compare('two at replicas', 'two at the primary', { atMost: 0.2 }),
          // One of three asks the primary, and is answered no more than its share.
          costs.compare('two at replicas, one at the primary', 'three at the primary', { atMost: 0.5 }),
        ],
        notes: [`${pinned} ${costs.describe()}`],
      };
    } finally {
      await stop(third);
    }
  });

/** How much longer a change takes that takes something away, for each replica that is read from. */
export const revocation: Case = (stage) =>
  withReplicas(stage, async (ground) => {
    const { primary, replicas } = ground;
    const processes: Server[] = [];
    const contenders: Contender[] = [];
    // A database for each number of readers. All of them run all the time, so that a round of one is disturbed like another's.
    for (const [count, name] of ['none', 'one replica', 'two replicas'].entries()) {
      const database = `${DATABASE}_${count}`;
      await ground.copyDatabase(database);
      const instance = await ground.start(database);
      processes.push(instance);
      for (const replica of replicas.slice(0, count)) processes.push(await ground.start(database, replica));
      const requests = await makeChanges(ground, instance);
      const ask = (seconds: number) => stage.load.ask({ url: instance.origin, requests, connections: 1, seconds });
      contenders.push({
        name: `pause or resume, read from: ${name}`,
        pid: instance.pid,
        databasePids: () => pidsOf([primary]),
        warmUp: () => ask(stage.plan.warmUpSeconds),
        run: () => ask(stage.plan.roundSeconds),
      });
    }
    const outcomes = await take(stage, processes, () => contenders);
    const [none, ...some] = outcomes as [Outcome, Outcome, Outcome];
    return { outcomes, comparisons: some.map((one) => longer(one, none)) };
  });

/** What a reader may take to hear of it: it asks its replica some fifty times a second, and tells the primary then. */
const LONGER_MAX_MS = 50;

function longer(one: Outcome, none: Outcome): Comparison {
  return {
    what: `p50 of ${one.name}`,
    beside: none.name,
    unit: 'ms',
    service: one.p50Ms,
    other: none.p50Ms,
    ratio: one.p50Ms / none.p50Ms,
    wanted: `≤ ${LONGER_MAX_MS} ms more`,
    isMet: one.p50Ms - none.p50Ms <= LONGER_MAX_MS,
  };
}
