import t from 'tap';
import { openClusterGround } from '../../bench/faults/cluster-ground.ts';
import { clusterFaults } from '../../bench/faults/cluster-list.ts';
import { makeFigures } from '../../bench/faults/figures.ts';
import type { Figures } from '../../bench/faults/figures.ts';
import { Ledger } from '../../bench/faults/ledger.ts';
import { runFault } from '../../bench/faults/run-fault.ts';
import { Traffic } from '../../bench/faults/traffic.ts';
import { withoutCluster } from '../support/cluster.ts';
import { runCommand } from '../support/command-line.ts';
import { until } from '../support/embedded-service.ts';
import { makeMasterKey } from '../support/service-process.ts';

const RATE_PER_SECOND = 20;
/** Answers before the fault happens, and after it. */
const ANSWERS_MIN = 30;
const BACK_DEADLINE_MS = 180_000;
/** Those that differ most; the others run with `npm run faults -- --cluster`. */
const TRIED = /^primary killed|^switched over/;

void t.test('a cluster that fails over by itself, and two processes on it', { skip: withoutCluster }, async (t) => {
  const ground = await openClusterGround(t);
  const load = new Traffic(ground, new Ledger());
  for (const fault of clusterFaults.filter(({ name }) => TRIED.test(name))) {
    await t.test(
      `${fault.name}: nothing answered is lost, doubled or believed after its end, and all goes on by itself`,
      async (t) => {
        const figures = makeFigures(fault.name);
        const run = runFault(fault, {
          ground,
          load,
          figures,
          hold: () => answered(figures),
          ratePerSecond: RATE_PER_SECOND,
          backDeadlineMs: BACK_DEADLINE_MS,
        });
        await run.catch(async (err: unknown) => {
          t.comment(await ground.cluster.describe(), figures);
          throw err;
        });
        const { lost, doubled, stale, half, serverErrors, strange, notes } = figures;
        t.same(
          { lost, doubled, stale, half, serverErrors, strange, notes },
          { lost: 0, doubled: 0, stale: 0, half: 0, serverErrors: 0, strange: 0, notes: [] },
        );
        t.comment(`promoted after ${figures.lastedMs} ms, back after ${figures.backAfterMs} ms`);
      },
    );
  }

  await t.test('the doctor says which server is the primary now, and that commits wait for a standby', async (t) => {
    const { databaseUrl, findPrimary, findSynchronous, whole } = ground.cluster;
    const env = { DATABASE_URL: databaseUrl, LATCHKEY_MASTER_KEY: makeMasterKey() };
    let said = '';
    const isSaid = until(async () => {
      // Which standby is waited for may change between the doctor's look and this one.
      await whole();
      said = (await runCommand(['doctor'], { env })).stdout;
      const [{ host }, { name }] = [await findPrimary(), await findSynchronous()];
      const lines = [
        `^ok +database .*, of which ${host} is the primary$`,
        `^ok +durability +what is answered is on disk, and on standbys \\("?${name}"?\\)$`,
      ];
      return lines.every((line) => new RegExp(line, 'm').test(said));
    });
    await t.resolves(isSaid.catch((cause: unknown) => Promise.reject(new Error(said, { cause }))));
  });
});

/** Waits until so many more requests have been answered with what was asked for. */
async function answered(figures: Figures): Promise<void> {
  const enough = figures.answered + ANSWERS_MIN;
  await until(async () => figures.answered >= enough);
}
