import { v4 as uuidv4 } from 'uuid';
import { CircuitBreaker } from '../db/circuit-breaker.ts';
import { REPLICA_BUDGET_MS } from '../db/client.ts';
import type { Db } from '../db/client.ts';
import type { DatabaseClock } from '../db/database-clock.ts';
import { authorityOfReplica } from './authority.ts';
import { createPromiseRepository } from './promise-repository.ts';
import { ReplicaBelief } from './replica-belief.ts';
import type { Disbelief } from './replica-belief.ts';
import { ReplicaKeeper } from './replica-keeper.ts';
import type { ReplicaKeeperOptions } from './replica-keeper.ts';
import type { StateFinder } from './secret-state.ts';
import { createStateQueries } from './state-queries.ts';
import { createStateReader } from './state-reader.ts';
import type { StateFigures } from './state-reader.ts';

/** Why a check was given to the primary; the words stand in the metrics. */
export type Fallback = Disbelief | 'silent' | 'not_accepted';

/** To be told what was read from the replica, and what was not. */
export interface NearFigures {
  onRemembered: () => void;
  onRead: () => void;
  onFallback: (reason: Fallback) => void;
  /** Given what tells how long the replica may still be believed, in seconds. */
  watchLease: (read: () => number) => void;
}

/** States from a replica near this process: those that are good, as strictly as the primary's. */
export interface NearStates extends StateFinder {
  /** Why it is not worth asking now; undefined where it is. */
  findObstacle: () => Fallback | undefined;
  noteFallback: (reason: Fallback) => void;
  start: () => void;
  stop: () => Promise<void>;
}

/** A replica to read states from. */
export interface Replica {
  db: Db;
  /** Its hosts and database, for the log. */
  name: string;
}

export interface NearStatesOptions extends Replica {
  /** To the primary, on connections that are free. */
  primary: Db;
  leaseMs: number;
  clock: DatabaseClock;
  log: ReplicaKeeperOptions['log'];
  figures: NearFigures;
}

/**
 * Reads states from a replica. What it cannot answer, because the replica is away, behind or not to be believed, it does
 * not find: nothing may be refused by its word.
 */
export function createNearStates(options: NearStatesOptions): NearStates {
  const { db, name, primary, leaseMs, clock, log, figures } = options;
  const belief = new ReplicaBelief({ leaseMs });
  const breaker = new CircuitBreaker();
  const keeper = new ReplicaKeeper({
    belief,
    breaker,
    leaseMs,
    log,
    promises: createPromiseRepository(primary, uuidv4(), leaseMs),
    readChanges: createStateQueries(db).readChanges,
    onTime: (nowMs, askedAt) => {
      clock.noteLatest(nowMs, askedAt);
    },
  });
  const { onRemembered, onRead, onFallback } = figures;
  figures.watchLease(() => belief.leftMs / 1000);
  const reader = createStateReader(db, {
    breaker,
    budgetMs: REPLICA_BUDGET_MS,
    authority: authorityOfReplica(belief, clock),
    figures: { onRemembered, onRead } satisfies Partial<StateFigures>,
    onChanges: (changes) => {
      keeper.see(changes);
    },
  });
  const findObstacle = () => (breaker.isOpen ? 'silent' : belief.judgeLast());
  return {
    findByLookupId: (lookupId) => reader.findByLookupId(lookupId).catch(nothing),
    findImported: (key) => reader.findImported(key).catch(nothing),
    findByToken: (token) => reader.findByToken(token).catch(nothing),
    findObstacle,
    noteFallback: onFallback,
    start() {
      log.info(
        { leaseMs },
        `checks are answered from the replica at ${name}, and by the primary what it cannot answer`,
      );
      keeper.start();
    },
    stop: () => keeper.stop(),
  };
}

/** The primary is asked, and says what is wrong if it cannot answer either. */
function nothing(): undefined {
  return undefined;
}

type Decide<Check> = (states: StateFinder) => Promise<Check>;

/**
 * Decides by a near replica where that accepts, and by the primary where it does not: a replica may lack what has just
 * been made.
 */
export function decideStrictly<Check extends { isValid: boolean }>(
  { near, states }: { near?: NearStates | undefined; states: StateFinder },
  decide: Decide<Check>,
): Promise<Check> {
  return near === undefined ? decide(states) : decideNear({ near, states }, decide);
}

async function decideNear<Check extends { isValid: boolean }>(
  { near, states }: { near: NearStates; states: StateFinder },
  decide: Decide<Check>,
): Promise<Check> {
  const obstacle = near.findObstacle();
  if (obstacle === undefined) {
    const check = await decide(near);
    if (check.isValid) return check;
  }
  near.noteFallback(obstacle ?? near.findObstacle() ?? 'not_accepted');
  return decide(states);
}
