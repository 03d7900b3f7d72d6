import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { HeardChange } from './heard-change.ts';

/** Between two looks at what readers have promised: at first, and at most. */
const LOOK_AGAIN_MS = 5;
const LOOK_AGAIN_MAX_MS = 50;
/** Until a process has heard of another: the default of the setting. */
const LEASE_MS = 3_000;

const UNDEFINED_TABLE = '42P01';

/** How long a belief of that lease may last by another process's clock, from a moment before it began. */
export function outlast(leaseMs: number): number {
  return leaseMs * 1.1 + 50;
}

/** Everything on this server that a change may have to wait for; one row without a reader where there is none. */
export const LOOK = {
  name: 'find_state_promises',
  text: `select server.start, epoch.server_start, epoch.lease_ms as epoch_lease_ms,
  (select number from state_changes order by number desc limit 1)::float8 as newest,
  reader, promised.number::float8, renewal, promised.lease_ms
  from (select extract(epoch from pg_postmaster_start_time())::text as start) as server
  left join state_promise_epoch as epoch on true left join state_promises as promised on true`,
};

const GIVE_UP = 'delete from state_promises where reader = $1 and renewal = $2';

const ACCEPT_SERVER = 'select accept_promise_server($1, $2)';

export interface LookRow {
  start: string;
  server_start: string | null;
  epoch_lease_ms: number | null;
  newest: number | null;
  reader: string | null;
  number: number;
  renewal: string;
  lease_ms: number;
}

export type RunStatement = (statement: {
  name?: string;
  text: string;
  values?: unknown[];
}) => Promise<{ rows: LookRow[] }>;

/** To be told what waiting for readers came to. */
export interface ReaderFigures {
  /** How long a change waited, in seconds. */
  onWaited: (seconds: number) => void;
  /** A reader was not waited for any longer: its process is gone, or cut off. */
  onGivenUp: () => void;
}

/** A change, or the newest one, whose number a look is still to show. */
type AwaitedChange = Omit<HeardChange, 'number'> & { number: number | undefined };

interface Waiting {
  /** Undefined until a look has shown the newest one. */
  number: number | undefined;
  end: () => void;
}

/** Something that has looked the same since: a row that was not renewed, a server whose promises may be missing. */
interface Standing {
  state: string;
  sinceMs: number;
}

/**
 * Waits until no process that reads from a replica can answer from before a change: each has promised it, or what it
 * may have believed at the commit is over (ADR 25). All who wait share one look at the promises, and hold no connection.
 */
export class ReaderPromises {
  figures: Partial<ReaderFigures> = {};
  readonly #run: RunStatement;
  readonly #waiting = new Set<Waiting>();
  /** Of the rows that are behind what is waited for, by reader; and of the server. */
  readonly #standing = new Map<string, Standing>();
  #leaseMs = LEASE_MS;
  /** The newest number that was waited for. */
  #wanted = 0;
  #isLooking = false;

  constructor(run: RunStatement) {
    this.#run = run;
  }

  /**
   * To be called when the commit has been answered, outside of its transaction. It ends after a lease at the latest, with
   * or without an answer of the database, and never rejects.
   */
  settle({ number, leaseMs }: AwaitedChange): Promise<void> {
    this.#leaseMs = leaseMs;
    this.#wanted = Math.max(this.#wanted, number ?? 0);
    const beganAt = performance.now();
    return new Promise((resolve) => {
      const end = () => {
        if (!this.#waiting.delete(waiting)) return;
        clearTimeout(timer);
        this.figures.onWaited?.((performance.now() - beganAt) / 1000);
        resolve();
      };
      const waiting: Waiting = { number, end };
      this.#waiting.add(waiting);
      const timer = setTimeout(end, outlast(leaseMs));
      if (!this.#isLooking) void this.#lookUntilSettled();
    });
  }

  /**
   * The same for the newest change that can be seen: for who answers from what he found, which may be a change that is
   * still waited for elsewhere.
   * @param looked what {@link LOOK} gave after that was found; default: it is asked for
   */
  async settleNewest(looked?: LookRow[]): Promise<void> {
    const rows = looked ?? (await this.#look().catch(() => undefined));
    const newest = rows && newestOf(rows);
    if (rows !== undefined && !isOfAnotherServer(rows) && readersBehind(rows, newest ?? 0).length === 0) return;
    // Where the look failed, the next one that succeeds tells what is waited for.
    await this.settle({ number: newest, leaseMs: longestLease(rows) ?? this.#leaseMs });
  }

  async #lookUntilSettled(): Promise<void> {
    this.#isLooking = true;
    for (let pauseMs = LOOK_AGAIN_MS; this.#waiting.size > 0 || this.#standing.size > 0;) {
      // What began to wait after the look went out is not answered by it.
      const asking = [...this.#waiting];
      const rows = await this.#look().catch(() => undefined);
      if (rows === undefined && this.#waiting.size === 0) this.#standing.clear();
      if (rows !== undefined) await this.#judge(rows, asking);
      await delay(pauseMs);
      pauseMs = this.#waiting.size > asking.length ? LOOK_AGAIN_MS : Math.min(2 * pauseMs, LOOK_AGAIN_MAX_MS);
    }
    this.#isLooking = false;
  }

  async #look(): Promise<LookRow[]> {
    try {
      return (await this.#run(LOOK)).rows;
    } catch (err) {
      // A schema from before there were readers.
      if (err instanceof pg.DatabaseError && err.code === UNDEFINED_TABLE) return [];
      throw err;
    }
  }

  async #judge(rows: LookRow[], asking: Waiting[]): Promise<void> {
    const isStrange = isOfAnotherServer(rows);
    for (const waiting of asking) {
      waiting.number ??= newestOf(rows);
      this.#wanted = Math.max(this.#wanted, waiting.number);
      if (!isStrange && readersBehind(rows, waiting.number).length === 0) waiting.end();
    }
    const statements = [...this.#findAcceptable(rows), ...this.#findGone(readersBehind(rows, this.#wanted))];
    // What does not succeed is found again by the next change.
    for (const statement of statements) await this.#run(statement).catch(() => undefined);
  }

  /** A server that has been the same for a lease has every promise that anybody still relies on. */
  #findAcceptable(rows: LookRow[]): { text: string; values: unknown[] }[] {
    const [row] = rows;
    if (row === undefined || !isOfAnotherServer(rows)) {
      this.#standing.delete('');
      return [];
    }
    if (!this.#hasStood('', row.start, row.epoch_lease_ms ?? this.#leaseMs)) return [];
    return [{ text: ACCEPT_SERVER, values: [row.start, row.server_start] }];
  }

  /** A row that has not been renewed for a lease is of nobody who believes anything. */
  #findGone(behind: LookRow[]): { text: string; values: unknown[] }[] {
    const readers = new Set(behind.map(({ reader }) => reader));
    for (const reader of this.#standing.keys())
      if (reader !== '' && !readers.has(reader)) this.#standing.delete(reader);
    return behind
      .filter(({ reader, renewal, lease_ms: leaseMs }) => this.#hasStood(String(reader), renewal, leaseMs))
      .map(({ reader, renewal }) => {
        this.figures.onGivenUp?.();
        return { text: GIVE_UP, values: [reader, renewal] };
      });
  }

  /** Whether it has looked like this for so long that nothing from before can last. Then it is not watched any more. */
  #hasStood(name: string, state: string, leaseMs: number): boolean {
    const now = performance.now();
    const known = this.#standing.get(name);
    if (known?.state !== state) {
      // Nobody new is watched for the sake of those who have been waited for.
      if (known !== undefined) this.#standing.delete(name);
      if (this.#waiting.size > 0) this.#standing.set(name, { state, sinceMs: now });
      return false;
    }
    if (now - known.sinceMs < outlast(leaseMs)) return false;
    this.#standing.delete(name);
    return true;
  }
}

/** Whether promises may be missing here. */
function isOfAnotherServer([row]: LookRow[]): boolean {
  return row !== undefined && row.server_start !== null && row.server_start !== row.start;
}

function newestOf(rows: LookRow[]): number {
  return rows[0]?.newest ?? 0;
}

function readersBehind(rows: LookRow[], number: number): LookRow[] {
  return rows.filter((row) => row.reader !== null && row.number < number);
}

function longestLease(rows: LookRow[] | undefined): number | undefined {
  const leases = rows?.flatMap((row) => [row.lease_ms, row.epoch_lease_ms]).filter((lease) => lease !== null) ?? [];
  return leases.length === 0 ? undefined : Math.max(...leases);
}
