import pg from 'pg';
import { ConnectionError } from './db/client.ts';
import { OperatorError } from './operator-error.ts';

/** The SQLSTATEs of a server that goes away: connection exceptions and operator intervention. */
const wentAway = /^(?:08|57P)/;
/** Invalid authorization and insufficient privilege. */
const notAllowed = /^(?:28|42501)/;

/**
 * Puts what the operator can mend into one sentence that says how, where a stack trace would only hide it. Undefined for
 * all else.
 * @param work what was being done: "the start"
 */
export function describeFailure(err: unknown, work: string): string | undefined {
  if (err instanceof OperatorError) return err.message;
  for (let cause = err; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof ConnectionError) {
      const reason = cause.cause instanceof Error ? cause.cause.message : cause.message;
      return `The database could not be reached during ${work} (${reason}): see that it runs, then try again`;
    }
    if (cause instanceof pg.DatabaseError) {
      const { code = '', message } = cause;
      const [what, remedy] = wentAway.test(code)
        ? [`ended the connection during ${work}`, 'see that it runs, then try again']
        : [
            `refused a step of ${work}`,
            notAllowed.test(code) ? 'check the user in DATABASE_URL and its rights' : 'its log says more',
          ];
      return `The database ${what} (${message}): ${remedy}`;
    }
  }
  return undefined;
}
