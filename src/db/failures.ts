import { DrizzleQueryError } from 'drizzle-orm';
import pg from 'pg';

/** Thrown where a query could not even begin, because no connection was to be had. */
export class ConnectionError extends Error {
  override name = 'ConnectionError';

  constructor(cause: unknown) {
    super('no connection to the database', { cause });
  }
}

/** Thrown where a query could not even begin, because all connections of this process are at work. */
export class PoolFullError extends Error {
  override name = 'PoolFullError';

  constructor() {
    super('all connections to the database are at work');
  }
}

/** What a connection is ended with when the server has said nothing for too long. */
export class SilenceError extends Error {
  override name = 'SilenceError';

  constructor() {
    super('the database is silent');
  }
}

/**
 * What a connection is ended with when a commit was made on its server alone: Postgres answers one whose wait for the
 * synchronous standbys was cancelled as if it had ended well.
 */
export class StandbyWaitCancelledError extends Error {
  override name = 'StandbyWaitCancelledError';

  constructor() {
    super('the wait of a commit for the synchronous standbys was cancelled');
  }
}

/** Thrown where a server cannot be worked with as it is. The message is one sentence without names of the tables or values. */
export class UnsuitableServerError extends Error {
  override name = 'UnsuitableServerError';
}

/** Thrown where the connection was lost, or given up, after a change had been sent and before it was surely kept. */
export class OutcomeUnknownError extends Error {
  override name = 'OutcomeUnknownError';

  constructor(cause: unknown) {
    super('the connection was lost before a change was answered', { cause });
  }
}

/** What a failure of the database means to whoever waits for an answer. */
export type DatabaseFailure = 'unavailable' | 'busy' | 'outcome unknown';

/** SQLSTATEs that mean "not now": cancelled by a time limit, no lock in time, lost against another transaction. */
const busyStates = new Set(['57014', '55P03', '40001', '40P01']);
/**
 * SQLSTATEs of a server that goes away, comes up, has become a standby or has run out of something: connection
 * exceptions, operator intervention, insufficient resources, read-only transactions, errors of its system.
 */
const awayStates = /^(?:08|53|57P|58)|^25006$/;

/** Whether a server that answers with this SQLSTATE is not to be asked again on the same connection. */
export function isAwayState(state: string | undefined): boolean {
  return state !== undefined && awayStates.test(state);
}

/** Undefined for what is no failure of the database, or a fault in what was asked of it. */
export function judgeDatabaseFailure(err: unknown): DatabaseFailure | undefined {
  let isConnecting = false;
  let isQuery = false;
  for (let current = err; current instanceof Error; current = current.cause) {
    if (current instanceof OutcomeUnknownError) return 'outcome unknown';
    if (current instanceof PoolFullError) return 'busy';
    if (current instanceof SilenceError || current instanceof UnsuitableServerError) return 'unavailable';
    if (current instanceof pg.DatabaseError) {
      if (isAwayState(current.code)) return 'unavailable';
      if (busyStates.has(current.code ?? '')) return 'busy';
      return isConnecting ? 'unavailable' : undefined;
    }
    isConnecting ||= current instanceof ConnectionError;
    isQuery ||= current instanceof DrizzleQueryError;
  }
  // A query that failed without a word from Postgres failed on the way there.
  return isConnecting || isQuery ? 'unavailable' : undefined;
}

/** Whether it failed because the server said nothing. */
export function isSilence(err: unknown): boolean {
  return err instanceof SilenceError || (err instanceof Error && isSilence(err.cause));
}

/** Whether a query that failed like this may have been carried out: it was sent, and no answer to it came. */
export function isUnanswered(err: unknown): boolean {
  if (err instanceof ConnectionError || err instanceof PoolFullError) return false;
  // A pooler reports the loss of its own connection as a connection exception.
  return !(err instanceof pg.DatabaseError) || err.code?.startsWith('08') === true;
}
