import pg from 'pg';
import { ConnectionError, UnsuitableServerError } from './failures.ts';
import { Hosts } from './hosts.ts';
import { ServiceClient } from './service-client.ts';
import { OperatorError } from '../operator-error.ts';
import type { Purpose } from '../settings/database-url.ts';

const CONNECT_TIMEOUT_MS = 10_000;
/** A migration may take its time. */
const SILENCE_TIMEOUT_MS = 0;
/** What PgBouncer answers when it does not know a parameter of a connection's start. */
const PROTOCOL_VIOLATION = '08P01';

/** Thrown when a database cannot be worked with. The message is one sentence for the operator. */
export class DatabaseStartError extends OperatorError {
  override name = 'DatabaseStartError';
}

/**
 * Opens a connection of its own to the primary, for what is done once at a start, or to a replica. The caller ends it.
 * @throws DatabaseStartError when none of the hosts can be reached and used for the purpose
 */
export async function connectOnce(databaseUrl: string, purpose: Purpose = 'work'): Promise<pg.Client> {
  const hosts = new Hosts(databaseUrl, purpose);
  const reasons: string[] = [];
  let cause: unknown;
  for (let attempt = 0; attempt < hosts.count; attempt += 1) {
    const client = new ServiceClient({
      hosts,
      silenceTimeoutMs: SILENCE_TIMEOUT_MS,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      application_name: 'latchkey start',
    });
    try {
      return await client.connect();
    } catch (err) {
      cause = err;
      reasons.push(explain(err));
    }
  }
  const isUnsuitable = cause instanceof ConnectionError && cause.cause instanceof UnsuitableServerError;
  const [what, setting] = purpose === 'work' ? ['database', 'DATABASE_URL'] : ['replica', 'DATABASE_READ_URL'];
  throw new DatabaseStartError(
    `The ${what} cannot be ${isUnsuitable ? 'used' : 'reached'} (${reasons.join('; ')}): check ${setting} and the server`,
    { cause },
  );
}

function explain(err: unknown): string {
  const cause = err instanceof ConnectionError ? err.cause : err;
  const reason = describe(cause);
  if (!(cause instanceof pg.DatabaseError) || cause.code !== PROTOCOL_VIOLATION) return reason;
  return `${reason}; behind PgBouncer, give it the settings of docs/operations.md`;
}

/** One line about an error of the way to the database. */
export function describe(err: unknown): string {
  if (err instanceof AggregateError) return err.errors.map(describe).join(', ');
  return err instanceof Error ? err.message : String(err);
}
