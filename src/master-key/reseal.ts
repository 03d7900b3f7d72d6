import { setTimeout as delay } from 'node:timers/promises';
import type { Db } from '../db/client.ts';
import { UnsealError } from './master-key.ts';
import type { MasterKey } from './master-key.ts';
import { sealedPlaces } from './sealed-places.ts';
import type { SealedPlace } from './sealed-places.ts';
import { createSealedRepository } from './sealed-repository.ts';
import type { SealedRow } from './sealed-repository.ts';

const BATCH_MAX = 100;
const RETRY_MS = 200;

/** What became of the texts of one place. */
export interface Resealed {
  resealed: number;
  /** Sealed under a master key that is not configured, and left as they are. */
  unreadable: number;
}

export interface ResealOptions {
  db: Db;
  masterKey: MasterKey;
  /** Aborted when it is to end after the batch under way. */
  signal: AbortSignal;
  /** How long to try again for rows that somebody else holds. */
  patienceMs: number;
}

/** Thrown when rows stayed in somebody else's hands all the time. */
export class HeldRowsError extends Error {
  override name = 'HeldRowsError';
}

/**
 * Seals under the current master key what was sealed under an older one. Each batch is one statement, so a run may be
 * killed at any moment and started again, and several at once share the work.
 * @throws HeldRowsError when rows are left that somebody else holds
 */
export async function resealAll(options: ResealOptions): Promise<Record<keyof typeof sealedPlaces, Resealed>> {
  const done: Record<string, Resealed> = {};
  for (const [name, place] of Object.entries(sealedPlaces)) done[name] = await resealPlace(place, options);
  return done;
}

async function resealPlace(place: SealedPlace, options: ResealOptions): Promise<Resealed> {
  let resealed = 0;
  let deadline = performance.now() + options.patienceMs;
  for (;;) {
    const pass = await runPass(place, options);
    resealed += pass.resealed;
    if (pass.missed === 0) return { resealed, unreadable: pass.unreadable };
    if (pass.resealed > 0) deadline = performance.now() + options.patienceMs;
    if (performance.now() > deadline) {
      throw new HeldRowsError('Some rows are held by another process: end what holds them, then run this again');
    }
    await delay(RETRY_MS, undefined, { signal: options.signal });
  }
}

/** Goes once over all that is not sealed under the current key. */
async function runPass(place: SealedPlace, { db, masterKey, signal }: ResealOptions) {
  const repository = createSealedRepository(db, place);
  const pass = { resealed: 0, missed: 0, unreadable: 0 };
  for (let afterKey: string | null = null; ;) {
    signal.throwIfAborted();
    const rows: SealedRow[] = await repository.listOthers(masterKey.currentSeal, { afterKey, limit: BATCH_MAX });
    const last = rows.at(-1);
    if (last === undefined) return pass;
    afterKey = last.key;
    const openable = rows.flatMap((row) => reseal(masterKey, place, row) ?? []);
    const replaced = openable.length === 0 ? 0 : await repository.replace(openable);
    pass.resealed += replaced;
    pass.missed += openable.length - replaced;
    pass.unreadable += rows.length - openable.length;
  }
}

function reseal(
  masterKey: MasterKey,
  { purpose }: SealedPlace,
  row: SealedRow,
): (SealedRow & { fresh: string }) | null {
  try {
    return { ...row, fresh: masterKey.seal(purpose, masterKey.unseal(purpose, row.sealed)) };
  } catch (err) {
    if (err instanceof UnsealError) return null;
    throw err;
  }
}
