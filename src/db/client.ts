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

/** Thrown where a query could not even begin, because no connection was to be had. */
export class ConnectionError extends Error {
  override name = 'ConnectionError';
}

/** `pg` gives some failures to connect no code to tell them by; this gives all of them a type. */
class ServicePool extends pg.Pool {
  override connect(): Promise<pg.PoolClient>;
  override connect(callback: ConnectCallback): void;
  override connect(callback?: ConnectCallback): Promise<pg.PoolClient> | undefined {
    if (callback === undefined) {
      return super.connect().catch((cause: unknown) => {
        throw new ConnectionError('no connection to the database', { cause });
      });
    }
    super.connect((err, client, done) => {
      callback(err && new ConnectionError('no connection to the database', { cause: err }), client, done);
    });
    return undefined;
  }
}

type ConnectCallback = (
  err: Error | undefined,
  client: pg.PoolClient | undefined,
  done: (release?: unknown) => void,
) => void;

/** A pool with every wait bounded. The caller ends it, and listens for its `error` event. */
export function createPool({ databaseUrl, poolMax }: PoolSettings): pg.Pool {
  return new ServicePool({
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
