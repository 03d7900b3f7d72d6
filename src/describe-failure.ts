import pg from 'pg';
import { ConnectionError, OutcomeUnknownError, SilenceError } from './db/failures.ts';
import { OperatorError } from './operator-error.ts';

/** The SQLSTATEs of a server that goes away: connection exceptions and operator intervention. */
const wentAway = /^(?:08|57P)/;
/** Invalid authorization and insufficient privilege. */
const notAllowed = /^(?:28|42501)/;
/** What a standby answers to a change. */
const READ_ONLY = '25006';

/**
 * Puts what the operator can mend into one sentence that says how, where a stack trace would only hide it. Undefined for
 * all else.
 * @param work what was being done: "the start"
 */
export function describeFailure(err: unknown, work: string): string | undefined {
  if (err instanceof OperatorError) return err.message;
  for (let cause = err; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof OutcomeUnknownError) {
      return (
        `The connection to the database was lost during ${work}, and whether its last change was made is not known: ` +
        'look before you try again'
      );
    }
    if (cause instanceof ConnectionError || cause instanceof SilenceError) {
      const reason = cause.cause instanceof Error ? cause.cause.message : cause.message;
      return `The database could not be reached during ${work} (${reason}): see that it runs, then try again`;
    }
    if (cause instanceof pg.DatabaseError) {
      const { code = '', message } = cause;
      const what = wentAway.test(code) ? `ended the connection during ${work}` : `refused a step of ${work}`;
      return `The database ${what} (${message}): ${remedyFor(code)}`;
    }
  }
  return undefined;
}

function remedyFor(state: string): string {
  if (wentAway.test(state)) return 'see that it runs, then try again';
  if (notAllowed.test(state)) return 'check the user in DATABASE_URL and its rights';
  return state === READ_ONLY ? 'let DATABASE_URL name the primary' : 'its log says more';
}
