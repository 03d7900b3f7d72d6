import t from 'tap';
import { makeFigures } from '../../bench/faults/figures.ts';
import type { Figures } from '../../bench/faults/figures.ts';
import { Lives } from '../../bench/faults/lives.ts';
import { openReplicaGround } from '../../bench/faults/replica-ground.ts';
import { areRead, replicaFaults } from '../../bench/faults/replica-list.ts';
import { runFault } from '../../bench/faults/run-fault.ts';
import { until } from '../support/embedded-service.ts';
import { withoutReplication } from '../support/replication.ts';

/** Credentials that are taken away while something is broken; as many again before it and after it. */
const ENDS = 9;
/** As many as it takes: what is broken stays broken for a time, in which more of them would find nothing else. */
const LIVES_AT_ONCE = 3;
/** Each has another; one of them the shortest that there is. */
const LEASES = { first: 2, second: 3, between: 1 };
const BACK_DEADLINE_MS = 180_000;

void t.test(
  'two instances that read from a replica each, one that reads from both, and one that reads from the primary',
  { skip: withoutReplication },
  async (t) => {
    const ground = await openReplicaGround(t, LEASES);
    const load = new Lives(ground, { atOnce: LIVES_AT_ONCE });
    await areRead(ground);
    // The others run with `npm run faults -- --replicas`.
    for (const fault of replicaFaults.filter(({ isLong }) => isLong !== true)) {
      await t.test(`${fault.name}: no check that begins after a revoking answer is accepted by anybody`, async (t) => {
        const figures = makeFigures(fault.name);
        const hold = (share = 1) => haveEnded(figures, Math.ceil(ENDS * share));
        await runFault(fault, { ground, load, figures, hold, ratePerSecond: 0, backDeadlineMs: BACK_DEADLINE_MS });
        const { lost, stale, serverErrors, strange, notes } = figures;
        const sound = { lost: 0, stale: 0, serverErrors: 0, strange: 0, notes: [] };
        t.same({ lost, stale, serverErrors, strange, notes }, sound);
        await areRead(ground);
        const { ended, checkedAfter, unavailable, requests } = figures;
        t.comment(
          `${ended} taken away, ${checkedAfter} checks after it, ${unavailable} of ${requests} answered with 503`,
        );
      });
    }
  },
);

/** Waits until so many more credentials have been taken away. */
async function haveEnded(figures: Figures, more: number): Promise<void> {
  const enough = figures.ended + more;
  await until(async () => figures.ended >= enough);
}
