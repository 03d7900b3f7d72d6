import { sql } from 'drizzle-orm';
import type { Db } from '../db/client.ts';
import type { Leftovers } from '../db/leftovers.ts';
import { nameStatement } from '../db/named-query.ts';
import { stateChanges } from '../db/tables/state-changes.ts';
import { statePromises } from '../db/tables/state-promises.ts';
import type { LogRow, Renewal } from './replica-belief.ts';

/** Of processes that are gone, since the last change that waited for any; a change takes those away by itself. */
export const statePromiseLeftovers: Leftovers = {
  table: statePromises,
  areOver: sql`renewed_at < now() - interval '1 day'`,
};

/** A row of a reader that goes on, with what the primary says to it. */
export interface Kept extends Renewal {
  /** What it has promised so far. */
  promised: number;
}

/** The promises of one process that reads from a replica, on the primary. */
export interface PromiseRepository {
  /** Makes its row, or makes it anew. Nothing may be believed from before the call on. */
  grant: () => Promise<Kept | undefined>;
  /** Undefined when there is no row of it any more: others may have stopped waiting for it. */
  renew: () => Promise<Kept | undefined>;
  /** Promises that no answer will be older; false where the log of the primary does not hold that row, or there is no promise. */
  promise: (row: LogRow) => Promise<boolean>;
  remove: () => Promise<void>;
}

type KeptRow = [number: number, nonce: string, nowMs: number, promised: number];

const grantRow = nameStatement<KeptRow>('grant_state_promise', (db) =>
  db
    .select({ number: sql`number::float8`, nonce: sql`nonce`, nowMs: sql`now_ms`, promised: sql`number::float8` })
    .from(sql`grant_state_promise(${sql.placeholder('reader')}::uuid, ${sql.placeholder('leaseMs')}::integer)`),
);

const newestRow = sql`(select ${stateChanges.number} from ${stateChanges} order by ${stateChanges.number} desc limit 1)`;

const renewRow = nameStatement<KeptRow>('renew_state_promise', (db) =>
  db
    .update(statePromises)
    .set({ renewal: sql`gen_random_uuid()`, renewedAt: sql`clock_timestamp()` })
    .from(stateChanges)
    .where(sql`${statePromises.reader} = ${sql.placeholder('reader')} and ${stateChanges.number} = ${newestRow}`)
    .returning({
      number: sql`${stateChanges.number}::float8`,
      nonce: sql`${stateChanges.nonce}`,
      nowMs: sql`extract(epoch from clock_timestamp())::float8 * 1000`,
      promised: sql`${statePromises.number}::float8`,
    }),
);

const promiseRow = nameStatement<[number]>('promise_state', (db) =>
  db
    .update(statePromises)
    .set({ number: sql`greatest(${statePromises.number}, ${stateChanges.number})` })
    .from(stateChanges)
    .where(
      sql`${statePromises.reader} = ${sql.placeholder('reader')} and ${stateChanges.number} = ${sql.placeholder('number')}
        and ${stateChanges.nonce} = ${sql.placeholder('nonce')}`,
    )
    .returning({ number: statePromises.number }),
);

const removeRow = nameStatement('remove_state_promise', (db) =>
  db.delete(statePromises).where(sql`${statePromises.reader} = ${sql.placeholder('reader')}`),
);

export function createPromiseRepository(db: Db, reader: string, leaseMs: number): PromiseRepository {
  return {
    grant: async () => toKept(await grantRow(db, { reader, leaseMs })),
    renew: async () => toKept(await renewRow(db, { reader })),
    promise: async ({ number, nonce }) => (await promiseRow(db, { reader, number, nonce })).length > 0,
    async remove() {
      await removeRow(db, { reader });
    },
  };
}

function toKept([row]: KeptRow[]): Kept | undefined {
  if (row === undefined) return undefined;
  const [number, nonce, nowMs, promised] = row;
  return { newest: { number, nonce }, nowMs, promised };
}
