import { Socket } from 'node:net';
import { drizzle } from 'drizzle-orm/node-postgres';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import pg from 'pg';

/** The pool behind drizzle, or a connection with a transaction open. Repositories take either. */
export type Db = NodePgDatabase & { $client: pg.Pool };
export type Tx = Parameters<Parameters<Db['transaction']>[0]>[0];

export interface PoolSettings {
  databaseUrl: string;
  poolMax: number;
  /** Default true. False behind a pooler that changes connections between transactions and does not carry them along. */
  hasPreparedStatements?: boolean;
}

const CONNECT_TIMEOUT_MS = 3_000;
const STATEMENT_TIMEOUT_MS = 10_000;
const LOCK_TIMEOUT_MS = 5_000;
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 15_000;
/** Longer than Postgres lets a statement run: a server that says nothing for that long is stuck or gone. */
const SILENCE_TIMEOUT_MS = 12_000;

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
      return super.connect().then(releaseWhenBroken, (cause: unknown) => {
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

/**
 * Gives a connection that breaks back to the pool: drizzle forgets the one whose `begin` fails, and after a few of those
 * the pool would be empty for good. Whoever holds it may still release it.
 */
function releaseWhenBroken(client: pg.PoolClient): pg.PoolClient {
  const release = client.release.bind(client);
  let isReleased = false;
  const releaseOnce = (reason?: Error | boolean) => {
    if (isReleased) return;
    isReleased = true;
    client.off('end', onEnd);
    release(reason);
  };
  const onEnd = () => {
    releaseOnce(true);
  };
  client.once('end', onEnd);
  client.release = releaseOnce;
  return client;
}

/** Bounds how long a connection waits for a word of the server, and lets it break without ending the process. */
function watch(client: pg.PoolClient): void {
  // A connection that breaks also fails the query in progress, which is where that is dealt with.
  client.on('error', () => undefined);
  const { stream } = client.connection;
  if (!(stream instanceof Socket)) return;
  stream.setTimeout(SILENCE_TIMEOUT_MS, () => {
    stream.destroy(new ConnectionError('the database is silent'));
  });
}

/** Sends every query without its name: what a connection has prepared cannot be asked of the next one. */
function dropNames(client: pg.PoolClient): void {
  const query = client.query.bind(client) as (...args: unknown[]) => unknown;
  const queryWithoutName = (asked: unknown, ...rest: unknown[]) =>
    query(typeof asked === 'object' && asked !== null ? { ...asked, name: undefined } : asked, ...rest);
  client.query = queryWithoutName as typeof client.query;
}

/** A pool with every wait bounded. The caller ends it, and listens for its `error` event. */
export function createPool({ databaseUrl, poolMax, hasPreparedStatements = true }: PoolSettings): pg.Pool {
  const pool = new ServicePool({
    connectionString: databaseUrl,
    max: poolMax,
    application_name: 'latchkey',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    lock_timeout: LOCK_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
    keepAlive: true,
  });
  pool.on('connect', watch);
  if (!hasPreparedStatements) pool.on('connect', dropNames);
  return pool;
}

export function createDb(pool: pg.Pool): Db {
  return drizzle({ client: pool });
}
