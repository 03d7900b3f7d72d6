import pg from 'pg';
import { AbandonedBackends } from './abandoned-backends.ts';
import type { FindRunning } from './abandoned-backends.ts';
import {
  ConnectionError,
  isAwayState,
  isUnanswered,
  OutcomeUnknownError,
  PoolFullError,
  SilenceError,
} from './failures.ts';
import { heardWith } from './heard-change.ts';
import { ReaderPromises } from './reader-promises.ts';
import { ServiceClient } from './service-client.ts';
import type { ServiceClientConfig } from './service-client.ts';
import { StatementGroup } from './statement-group.ts';
import { TextQuery } from './text-query.ts';
import type { SessionKind } from '../settings/database-url.ts';

/** Beyond that a query is refused instead of waiting for a connection. */
const WAITING_MAX = 2_000;
/** How many backends may be given up, as a multiple of the connections. */
const ABANDONED_SHARE_MAX = 2;

export interface ServicePoolConfig extends ServiceClientConfig, pg.PoolConfig {
  hasPreparedStatements: boolean;
}

type ConnectCallback = (
  err: Error | undefined,
  client: pg.PoolClient | undefined,
  done: (release?: unknown) => void,
) => void;

/** A pool that tells why there is no connection, goes on to the next host, and keeps no connection that is of no use. */
export class ServicePool extends pg.Pool {
  readonly sessionKind: SessionKind;
  /** Those that what this pool commits has to wait for. */
  readonly readers = new ReaderPromises((statement) => this.query(statement));
  readonly #hostCount: number;
  readonly #max: number;
  #abandoned: AbandonedBackends | undefined;

  constructor(config: ServicePoolConfig) {
    const onSilence = (pid: number) => this.#abandoned?.add(pid);
    super({ ...config, onSilence, Client: ServiceClient } as unknown as pg.PoolConfig);
    this.sessionKind = config.hosts.sessionKind;
    this.#hostCount = config.hosts.count;
    this.#max = this.options.max;
    noteChanges(this);
    this.on('connect', dropWhenAway);
    this.on('connect', (client) => {
      noteCommits(client, this.readers);
    });
    if (!config.hasPreparedStatements) this.on('connect', dropNames);
  }

  /** Fails with a ConnectionError or a PoolFullError, and nothing else. */
  override connect(): Promise<pg.PoolClient>;
  override connect(callback: ConnectCallback): void;
  override connect(callback?: ConnectCallback): Promise<pg.PoolClient> | undefined {
    if (callback === undefined) {
      return new Promise((resolve, reject) => {
        this.#tryHosts(this.#hostCount, (err, client) => {
          if (client === undefined) reject(err ?? new PoolFullError());
          else resolve(releaseWhenBroken(client));
        });
      });
    }
    this.#tryHosts(this.#hostCount, callback);
    return undefined;
  }

  /**
   * Counts the backends that were given up and still run as connections of this pool: it opens fewer new ones, at the end
   * one at a time, and none when they are twice as many as the pool may have.
   */
  limitAbandoned(findRunning: FindRunning): void {
    this.#abandoned = new AbandonedBackends(findRunning, (count) => {
      this.options.max = Math.max(1, this.#max - count);
    });
  }

  get abandonedCount(): number {
    return this.#abandoned?.count ?? 0;
  }

  override async end(): Promise<void> {
    this.#abandoned?.stop();
    await super.end();
  }

  #findObstacle(): Error | undefined {
    if (this.waitingCount >= WAITING_MAX) return new PoolFullError();
    const isExhausted = this.totalCount === 0 && this.abandonedCount >= ABANDONED_SHARE_MAX * this.#max;
    return isExhausted ? new ConnectionError(new SilenceError()) : undefined;
  }

  /** A client that has failed has gone on to the next host by itself. */
  #tryHosts(attempts: number, callback: ConnectCallback): void {
    const obstacle = this.#findObstacle();
    if (obstacle !== undefined) {
      process.nextTick(callback, obstacle, undefined, () => undefined);
      return;
    }
    super.connect((err, client, done) => {
      if (client instanceof ServiceClient && client.isOutdated) {
        client.connection.stream.destroy();
        done(true);
        this.#tryHosts(attempts, callback);
        return;
      }
      const failure = err && this.#explain(err);
      if (failure instanceof ConnectionError && attempts > 1 && !this.ending) this.#tryHosts(attempts - 1, callback);
      else callback(failure, client, done);
    });
  }

  #explain(err: Error): ConnectionError | PoolFullError {
    if (err instanceof ConnectionError) return err;
    // `pg` says so when it has ended a connection that took too long to open.
    return err.cause instanceof ConnectionError || this.ending ? new ConnectionError(err) : new PoolFullError();
  }
}

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
    release(reason ?? away.has(client));
  };
  const onEnd = () => {
    releaseOnce(true);
  };
  client.once('end', onEnd);
  client.release = releaseOnce;
  return client;
}

/** Connections whose server has said that it is of no use any more. */
const away = new WeakSet<pg.PoolClient>();

function dropWhenAway(client: pg.PoolClient): void {
  client.connection.on('errorMessage', ({ code }: pg.DatabaseError) => {
    if (isAwayState(code)) away.add(client);
  });
}

/**
 * Tells a commit of drizzle's that was sent and never answered from one that failed. drizzle rolls back after either, so what
 * it throws is how that went. One that succeeded is answered when readers cannot answer from before it any more.
 */
function noteCommits(client: pg.PoolClient, readers: ReaderPromises): void {
  const query = client.query.bind(client) as (...args: unknown[]) => unknown;
  let isOutcomeUnknown = false;
  const queryAndNote = (...args: unknown[]) => {
    const asked = query(...args);
    if (!(asked instanceof Promise)) return asked;
    const settled = asked.then((result: object) => settle(readers, result));
    return settled.catch((err: unknown) => {
      isOutcomeUnknown ||= textOf(args[0]) === 'commit' && isUnanswered(err);
      throw isOutcomeUnknown ? new OutcomeUnknownError(err) : err;
    });
  };
  client.query = queryAndNote as typeof client.query;
}

/** The same for what a pool sends outside of transactions, where every statement commits itself. */
function noteChanges(pool: ServicePool): void {
  const query = pool.query.bind(pool) as (...args: unknown[]) => unknown;
  const queryAndNote = (...args: unknown[]) => {
    const asked = query(...args);
    if (!(asked instanceof Promise) || isRead(textOf(args[0]))) return asked;
    const settled = asked.then((result: object) => settle(pool.readers, result));
    return settled.catch((err: unknown) => {
      throw isUnanswered(err) ? new OutcomeUnknownError(err) : err;
    });
  };
  pool.query = queryAndNote as typeof pool.query;
}

/** Waits, where it was heard that there are readers to wait for. */
async function settle(readers: ReaderPromises, result: object): Promise<object> {
  const change = heardWith(result);
  if (change !== undefined) await readers.settle(change);
  return result;
}

function isRead(text: unknown): boolean {
  return typeof text === 'string' && /^\s*select\b/i.test(text);
}

function textOf(asked: unknown): unknown {
  return typeof asked === 'object' && asked !== null && 'text' in asked ? asked.text : asked;
}

/** Sends every query without its name: what a connection has prepared cannot be asked of the next one. */
function dropNames(client: pg.PoolClient): void {
  const query = client.query.bind(client) as (...args: unknown[]) => unknown;
  const queryWithoutName = (asked: unknown, ...rest: unknown[]) => {
    if (asked instanceof TextQuery) asked.name = '';
    if (asked instanceof StatementGroup) asked.dropNames();
    const isConfig = typeof asked === 'object' && asked !== null && !('submit' in asked);
    return query(isConfig ? { ...asked, name: undefined } : asked, ...rest);
  };
  client.query = queryWithoutName as typeof client.query;
}
