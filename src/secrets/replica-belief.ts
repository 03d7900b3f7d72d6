import type { Change, Version } from './state-memory.ts';

/** Servers behind one address that are told apart; more of them have to show again what they have. */
const SERVERS_MAX = 32;

/** Two clocks of which neither is set differ by far less. */
const DRIFT = 1.001;

/** A row of the log as every server of one history has it. */
export interface LogRow {
  number: number;
  nonce: string;
}

/** What the primary says to a renewal. */
export interface Renewal {
  newest: LogRow;
  /** The primary's time, in milliseconds since the epoch. */
  nowMs: number;
}

/** When something was sent, by both clocks of this process. */
export interface Moment {
  monotonicMs: number;
  wallMs: number;
}

/** Why an answer of a replica cannot be used; the words stand in the metrics. */
export type Disbelief = 'no_lease' | 'behind' | 'other_history';

export interface ReplicaBeliefOptions {
  leaseMs: number;
  /** Default: the clocks of this process. */
  readClocks?: () => Moment;
}

/** A row that a replica must have, and the servers that have shown it. */
interface Demand extends LogRow {
  shownBy: Set<string>;
}

/**
 * Whether an answer of a replica may decide about a credential (ADR 25): only until a lease after the last renewal at the
 * primary was sent, and only with all of the log that was promised to, or learnt from, the primary.
 */
export class ReplicaBelief {
  readonly #leaseMs: number;
  readonly #readClocks: () => Moment;
  #renewed: { at: Moment; nowMs: number } | undefined;
  /** The newest row of the primary's that is known; every answer must come from a server that has it. */
  #anchor: Demand | undefined;
  /** What is being promised: the primary may have taken it, though it has not said so yet. */
  #promising: Demand | undefined;
  #candidate: (LogRow & { server: string }) | undefined;
  /** Of the last row that the primary did not have. */
  #refusedNonce: string | undefined;
  #last: { server: string; number: number } | undefined;

  constructor({ leaseMs, readClocks = readOwnClocks }: ReplicaBeliefOptions) {
    this.#leaseMs = leaseMs;
    this.#readClocks = readClocks;
  }

  /** To be called before a renewal is sent. */
  ask(): Moment {
    return this.#readClocks();
  }

  /** Takes the primary's answer to a renewal that was sent at `at`, when no promise is under way. */
  renew(at: Moment, { newest, nowMs }: Renewal): void {
    this.#renewed = { at, nowMs };
    // What was being promised is in what the primary has now, or is in no history of its.
    this.#promising = undefined;
    if (this.#anchor !== undefined && isSame(this.#anchor, newest)) return;
    this.#anchor = { ...newest, shownBy: new Set() };
    const candidate = this.#candidate;
    if (candidate !== undefined && isSame(candidate, newest)) addServer(this.#anchor, candidate.server);
  }

  /** Believes nothing until the next renewal. */
  end(): void {
    this.#renewed = undefined;
  }

  /** The number that everything used must have reached; undefined before the first renewal. */
  get floor(): number | undefined {
    return this.#anchor && Math.max(this.#anchor.number, this.#promising?.number ?? 0);
  }

  /** From where a replica is to be asked for the log, so that it shows what it must have. */
  get demanded(): number | undefined {
    return this.#anchor && Math.min(this.#anchor.number, this.#promising?.number ?? Infinity);
  }

  /** How long the replica may still be believed, in milliseconds; 0 where it may not. */
  get leftMs(): number {
    return this.#renewed === undefined ? 0 : Math.max(0, this.#leaseMs - this.#elapsedMs(this.#renewed.at));
  }

  /** The latest that the primary's clock can show now. */
  get nowMs(): number {
    return this.#renewed === undefined ? 0 : this.#renewed.nowMs + DRIFT * this.#elapsedMs(this.#renewed.at);
  }

  /** Takes in a stretch of the log that a replica has shown; tells whether there is something new to promise. */
  see(changes: readonly Change[]): boolean {
    const newest = changes.at(-1);
    if (newest === undefined) return false;
    const { row, server } = split(newest);
    this.#last = { server, number: row.number };
    for (const wanted of [this.#anchor, this.#promising])
      if (wanted && holds(changes, wanted)) addServer(wanted, server);
    const isNew = row.number > (this.#candidate?.number ?? 0) && row.nonce !== this.#refusedNonce;
    if (!isNew || !this.#hasShown(server)) return false;
    this.#candidate = { ...row, server };
    return true;
  }

  /** Why an answer that saw this version cannot be used now; undefined where it can. */
  judge(version: Version | undefined): Disbelief | undefined {
    const seen = version && split(version);
    return this.#judge(seen && { server: seen.server, number: seen.row.number });
  }

  /** The same of the last answer that was seen. */
  judgeLast(): Disbelief | undefined {
    return this.#judge(this.#last);
  }

  #judge(seen: { server: string; number: number } | undefined): Disbelief | undefined {
    const { floor } = this;
    if (floor === undefined || this.leftMs <= 0) return 'no_lease';
    if (seen === undefined || seen.number < floor) return 'behind';
    return this.#hasShown(seen.server) ? undefined : 'other_history';
  }

  /**
   * What to promise now: from this call on nothing older is used. Undefined when there is nothing newer than `promised`.
   * The outcome is to be told by {@link kept} or {@link refused}; while it is not known, it holds as promised.
   */
  promise(promised: number): LogRow | undefined {
    const anchor = this.#anchor;
    const candidate = this.#candidate;
    if (anchor === undefined) return undefined;
    if (candidate !== undefined && candidate.number > anchor.number) {
      const { number, nonce, server } = candidate;
      this.#promising = { number, nonce, shownBy: new Set([server]) };
      return { number, nonce };
    }
    return anchor.number > promised ? { number: anchor.number, nonce: anchor.nonce } : undefined;
  }

  /** The primary has this row and keeps the promise of it. */
  kept({ number }: LogRow): void {
    if (this.#promising?.number === number) this.#anchor = this.#promising;
    this.#promising = undefined;
  }

  /** The primary has no such row: the replica's history is another one. */
  refused(): void {
    this.#refusedNonce = this.#promising?.nonce;
    this.#promising = undefined;
    this.#candidate = undefined;
  }

  #hasShown(server: string): boolean {
    const { shownBy } = this.#anchor ?? {};
    return shownBy?.has(server) === true && this.#promising?.shownBy.has(server) !== false;
  }

  /** A process that was stopped finds both clocks further on; a machine that slept, the wall clock alone. */
  #elapsedMs(at: Moment): number {
    const { monotonicMs, wallMs } = this.#readClocks();
    return Math.max(monotonicMs - at.monotonicMs, wallMs - at.wallMs);
  }
}

function readOwnClocks(): Moment {
  return { monotonicMs: performance.now(), wallMs: Date.now() };
}

function isSame(one: LogRow, other: LogRow): boolean {
  return one.number === other.number && one.nonce === other.nonce;
}

function holds(changes: readonly Change[], wanted: LogRow): boolean {
  const found = changes.find(({ number }) => number === wanted.number);
  return found !== undefined && isSame(split(found).row, wanted);
}

function addServer({ shownBy }: Demand, server: string): void {
  if (shownBy.size >= SERVERS_MAX) shownBy.clear();
  shownBy.add(server);
}

/** A version names the row, and the server that told it. */
function split({ number, nonce }: Version): { row: LogRow; server: string } {
  const end = nonce.indexOf(' ');
  return { row: { number, nonce: nonce.slice(0, end) }, server: nonce.slice(end + 1) };
}
