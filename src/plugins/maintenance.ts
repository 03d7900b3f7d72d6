import type { FastifyBaseLogger } from 'fastify';
import fp from 'fastify-plugin';
import type { Db } from '../db/client.ts';
import { deleteLeftoverBatch, LEFTOVERS_BATCH } from '../db/leftovers.ts';
import type { Leftovers } from '../db/leftovers.ts';
import { periodic } from '../periodic.ts';

const INTERVAL_MS = 15 * 60_000;

export interface MaintenanceOptions {
  leftovers: readonly Leftovers[];
  /** What else is to be done now and then; deals with its own failures. After `signal` it begins nothing more. */
  tasks?: readonly MaintenanceTask[];
}

export type MaintenanceTask = (signal: AbortSignal) => Promise<void>;

/** Deletes leftovers, and does what else is due, now and then. Any number of processes may do it at the same time. */
export const maintenance = fp<MaintenanceOptions>(
  async (app, { leftovers, tasks = [] }) => {
    const stopping = new AbortController();
    const { signal } = stopping;
    periodic(INTERVAL_MS, () => deleteLeftovers(app, leftovers, signal), signal);
    for (const task of tasks) periodic(INTERVAL_MS, () => task(signal), signal);
    // Not waited for: a statement under way is the pool's to wait for, and the next start cleans what is left.
    app.addHook('onClose', async () => {
      stopping.abort();
    });
  },
  { name: 'maintenance', dependencies: ['database'] },
);

/** Deletes what nobody can use any more, batch by batch; never rejects. After `signal` no further statement is begun. */
export async function deleteLeftovers(
  { db, log }: { db: Db; log: FastifyBaseLogger },
  leftovers: readonly Leftovers[],
  signal?: AbortSignal,
): Promise<void> {
  for (const those of leftovers) {
    try {
      for (let count = LEFTOVERS_BATCH; count === LEFTOVERS_BATCH;) {
        if (signal?.aborted === true) return;
        count = await deleteLeftoverBatch(db, those);
      }
    } catch (err) {
      log.warn({ err }, 'leftovers could not be deleted; trying again later');
    }
  }
}
