import { OperatorError } from '../operator-error.ts';

/**
 * Thrown when the embedded Postgres cannot be started. The message is one sentence for the person who runs the service:
 * what is wrong and what to do.
 */
export class EmbeddedPostgresError extends OperatorError {
  override name = 'EmbeddedPostgresError';
}
