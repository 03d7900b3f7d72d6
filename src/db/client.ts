import { drizzle } from 'drizzle-orm/node-postgres';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import type pg from 'pg';
import { Hosts } from './hosts.ts';
import { ServicePool } from './service-pool.ts';

/** The pool behind drizzle, or a connection with a transaction open. Repositories take either. */
export type Db = NodePgDatabase & { $client: pg.Pool };
export type Tx = Parameters<Parameters<Db['transaction']>[0]>[0];

export interface PoolSettings {
  databaseUrl: string;
  poolMax: number;
  /** Default true. False behind a pooler that changes connections between transactions and does not carry them along. */
  hasPreparedStatements?: boolean;
  /** Default: those of {@link workTimes}. */
  times?: PoolTimes;
  /** Default false: what has not been used for ten seconds is closed. */
  isKeptOpen?: boolean;
  /** Those of the URL. Default: known to this pool alone; pools that share them learn of a promotion from each other. */
  hosts?: Hosts;
}

/** How long things may take on the connections of a pool, in milliseconds. */
export interface PoolTimes {
  connectMs: number;
  statementMs: number;
  lockMs: number;
  /** Longer than Postgres lets a statement run: a server that says nothing for that long is stuck or gone. */
  silenceMs: number;
}

/** For the work of requests: reads, and changes that wait for each other. */
const workTimes: PoolTimes = { connectMs: 3_000, statementMs: 10_000, lockMs: 5_000, silenceMs: 12_000 };
/** For reads that others wait for: a gateway gives up after some seconds. */
export const READ_BUDGET_MS = 2_000;
/** For the same from a replica: behind it there is the primary. */
export const REPLICA_BUDGET_MS = 500;
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 15_000;

/** A pool with every wait bounded, whose connections lead to the primary, unless `hosts` are for reading. The caller ends it, and listens for its `error` event. */
export function createPool(settings: PoolSettings): ServicePool {
  const { databaseUrl, poolMax, hasPreparedStatements = true, times = workTimes, isKeptOpen = false } = settings;
  const { hosts = new Hosts(databaseUrl) } = settings;
  return new ServicePool({
    hosts,
    hasPreparedStatements,
    silenceTimeoutMs: times.silenceMs,
    max: poolMax,
    min: isKeptOpen ? poolMax : 0,
    application_name: 'latchkey',
    connectionTimeoutMillis: times.connectMs,
    statement_timeout: times.statementMs,
    lock_timeout: times.lockMs,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
  });
}

/** For connections on which nothing takes longer than such a read may. */
export function readTimes(budgetMs: number): PoolTimes {
  return { connectMs: budgetMs, statementMs: budgetMs, lockMs: budgetMs, silenceMs: budgetMs };
}

export function createDb(pool: pg.Pool): Db {
  return drizzle({ client: pool });
}
