import type { DatabaseClock } from '../db/database-clock.ts';
import type { ReplicaBelief } from './replica-belief.ts';
import type { Version } from './state-memory.ts';

/** An answer of a server about states. */
export interface StatesAnswer {
  /** What its clock showed, in milliseconds since the epoch. */
  databaseMs: number;
  /** What `ask` gave when the query went out. */
  askedAt: number;
  /** The newest version that it saw. */
  readAt: Version | undefined;
}

/** Says whether what a server answers may decide now. */
export interface Authority {
  /** To be called before a query is sent. */
  ask: () => number;
  /** The time to judge ends by, in milliseconds since the epoch; undefined where the answer must not be used. */
  judge: (answer: StatesAnswer) => number | undefined;
}

/** Everything that the primary says holds, and its time is the time. */
export function authorityOfPrimary(clock: DatabaseClock | undefined): Authority {
  return {
    ask: () => clock?.ask() ?? 0,
    judge({ databaseMs, askedAt }) {
      clock?.note(databaseMs, askedAt);
      return databaseMs;
    },
  };
}

/** What a replica says holds as far as it is believed. Its time is not looked at: no end may be late for its clock's sake. */
export function authorityOfReplica(belief: ReplicaBelief, clock: DatabaseClock): Authority {
  return {
    ask: () => clock.ask(),
    judge({ readAt }) {
      if (belief.judge(readAt) !== undefined) return undefined;
      const { nowMs } = belief;
      clock.noteLatest(nowMs, clock.ask());
      return nowMs;
    },
  };
}
