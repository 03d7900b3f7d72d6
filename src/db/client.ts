import { drizzle } from 'drizzle-orm/node-postgres';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import pg from 'pg';

/** The pool behind drizzle, or a connection with a transaction open. Repositories take either. */
export type Db = NodePgDatabase;
export type Tx = Parameters<Parameters<Db['transaction']>[0]>[0];

export interface PoolSettings {
  databaseUrl: string;
  poolMax: number;
}

const CONNECT_TIMEOUT_MS = 3_000;
const STATEMENT_TIMEOUT_MS = 10_000;
const LOCK_TIMEOUT_MS = 5_000;
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 15_000;

/** A pool with every wait bounded. The caller ends it, and listens for its `error` event. */
export function createPool({ databaseUrl, poolMax }: PoolSettings): pg.Pool {
  return new pg.Pool({
    connectionString: databaseUrl,
    max: poolMax,
    application_name: 'latchkey',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    lock_timeout: LOCK_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
    keepAlive: true,
  });
}

export function createDb(pool: pg.Pool): Db {
  return drizzle({ client: pool });
}
