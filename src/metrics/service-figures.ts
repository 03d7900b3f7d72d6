import type { Registry } from 'prom-client';
import type { DatabaseClock } from '../db/database-clock.ts';
import type { CircuitBreaker } from '../db/circuit-breaker.ts';
import { gateLanes } from '../secrets/argon2-gate.ts';
import type { Argon2Gate } from '../secrets/argon2-gate.ts';
import type { ReaderFigures } from '../db/reader-promises.ts';
import type { Fallback, NearFigures } from '../secrets/near-states.ts';
import type { StateFigures } from '../secrets/state-reader.ts';
import { addCounter, addGauge, FastHistogram } from './instruments.ts';

const WAIT_BOUNDS_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
const BATCH_BOUNDS = [1, 2, 5, 10, 20, 50, 100, 200, 500];

/** The connections of a pool, as `pg` counts them. */
export interface PoolFigures {
  readonly totalCount: number;
  readonly idleCount: number;
  readonly waitingCount: number;
  readonly options: { readonly max: number };
  readonly abandonedCount: number;
}

export function addPoolFigures(registry: Registry, pool: PoolFigures): void {
  addGauge(registry, { name: 'latchkey_database_pool_connections', help: 'Connections to Postgres, by state.' }, [
    { labels: { state: 'idle' }, read: () => pool.idleCount },
    { labels: { state: 'busy' }, read: () => pool.totalCount - pool.idleCount },
  ]);
  addGauge(
    registry,
    { name: 'latchkey_database_pool_max_connections', help: 'How many connections to Postgres there may be.' },
    [{ read: () => pool.options.max }],
  );
  addGauge(
    registry,
    { name: 'latchkey_database_pool_waiting_queries', help: 'Queries and transactions waiting for a connection.' },
    [{ read: () => pool.waitingCount }],
  );
  addGauge(
    registry,
    {
      name: 'latchkey_database_abandoned_connections',
      help: 'Connections given up for their silence whose backends Postgres still has.',
    },
    [{ read: () => pool.abandonedCount }],
  );
}

export function addClockFigures(registry: Registry, clock: Pick<DatabaseClock, 'offsetMs'>): void {
  addGauge(
    registry,
    {
      name: 'latchkey_clock_offset_seconds',
      help: 'How far the clock of this machine is behind the database’s; below zero when it is ahead.',
    },
    [{ read: () => clock.offsetMs / 1000 }],
  );
}

export function addBreakerFigures(registry: Registry, breaker: Pick<CircuitBreaker, 'isOpen'>): void {
  addGauge(
    registry,
    {
      name: 'latchkey_state_reads_cut_off',
      help: '1 while checks are answered 503 at once, because the last reads of their state were not answered.',
    },
    [{ read: () => Number(breaker.isOpen) }],
  );
}

export function addGateFigures(registry: Registry, gate: Argon2Gate): void {
  addGauge(registry, { name: 'latchkey_argon2_running', help: 'argon2 computations that run now.' }, [
    { read: () => gate.running },
  ]);
  addGauge(
    registry,
    { name: 'latchkey_argon2_waiting', help: 'argon2 computations waiting for their turn, by lane.' },
    gateLanes.map((lane) => ({ labels: { lane }, read: () => gate.waitingIn(lane) })),
  );
  addCounter(
    registry,
    { name: 'latchkey_argon2_refused_total', help: 'argon2 computations refused because the lane was full.' },
    gateLanes.map((lane) => ({ labels: { lane }, read: () => gate.refusedIn(lane) })),
  );
}

/** Counts what checks ask the database about the state of credentials, and what is remembered of it. */
export function countStateReads(registry: Registry): StateFigures {
  const sizes = new FastHistogram(
    registry,
    { name: 'latchkey_state_read_batch_size', help: 'Credentials that shared one query for their current state.' },
    BATCH_BOUNDS,
  );
  const secret = sizes.bind({ kind: 'secret' });
  const token = sizes.bind({ kind: 'access_token' });
  const remembered = sizes.bind({ kind: 'remembered' });
  return {
    onSecretBatch(size) {
      secret.observe(size);
    },
    onTokenBatch(size) {
      token.observe(size);
    },
    onQuestion(size) {
      remembered.observe(size);
    },
    ...countRemembered(registry),
  };
}

function countRemembered(registry: Registry): Pick<StateFigures, 'onRemembered' | 'onRead' | 'onForgotten'> {
  let remembered = 0;
  let read = 0;
  let forgotten = 0;
  addCounter(
    registry,
    {
      name: 'latchkey_state_answers_total',
      help: 'States of credentials that checks were given: remembered ones that had not changed, and ones that were read.',
    },
    [
      { labels: { source: 'memory' }, read: () => remembered },
      { labels: { source: 'database' }, read: () => read },
    ],
  );
  addCounter(
    registry,
    { name: 'latchkey_state_memory_forgotten_total', help: 'How often all remembered states were forgotten at once.' },
    [{ read: () => forgotten }],
  );
  return {
    onRemembered() {
      remembered += 1;
    },
    onRead() {
      read += 1;
    },
    onForgotten() {
      forgotten += 1;
    },
  };
}

/** Counts what checks were given from a replica, and why others were given to the primary. */
export function countNearReads(registry: Registry): NearFigures {
  const answers = { memory: 0, replica: 0 };
  const fallbacks = { no_lease: 0, behind: 0, other_history: 0, silent: 0, not_accepted: 0 } satisfies Record<
    Fallback,
    number
  >;
  let readLease: (() => number) | undefined;
  addCounter(
    registry,
    {
      name: 'latchkey_replica_answers_total',
      help: 'States of credentials asked of the replica: remembered ones that had not changed, and ones that were read.',
    },
    (['memory', 'replica'] as const).map((source) => ({ labels: { source }, read: () => answers[source] })),
  );
  addCounter(
    registry,
    { name: 'latchkey_replica_fallbacks_total', help: 'Checks that the replica could not decide, by reason.' },
    (Object.keys(fallbacks) as Fallback[]).map((reason) => ({ labels: { reason }, read: () => fallbacks[reason] })),
  );
  addGauge(
    registry,
    { name: 'latchkey_replica_lease_seconds', help: 'How long the replica may be believed from now on; 0 is not.' },
    [{ read: () => readLease?.() }],
  );
  return {
    onRemembered() {
      answers.memory += 1;
    },
    onRead() {
      answers.replica += 1;
    },
    onFallback(reason) {
      fallbacks[reason] += 1;
    },
    watchLease(read) {
      readLease = read;
    },
  };
}

/** Counts how long changes wait for processes that read from a replica. */
export function countReaderWaits(registry: Registry): ReaderFigures {
  const waits = new FastHistogram(
    registry,
    {
      name: 'latchkey_reader_wait_seconds',
      help: 'How long changes waited until nobody could answer from before them out of a replica.',
    },
    WAIT_BOUNDS_SECONDS,
  ).bind();
  let givenUp = 0;
  addCounter(
    registry,
    { name: 'latchkey_readers_given_up_total', help: 'Processes reading from a replica that did not promise in time.' },
    [{ read: () => givenUp }],
  );
  return {
    onWaited(seconds) {
      waits.observe(seconds);
    },
    onGivenUp() {
      givenUp += 1;
    },
  };
}
