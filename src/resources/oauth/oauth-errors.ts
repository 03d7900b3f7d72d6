import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { AppError, ConnectionGoneError } from '../../errors.ts';
import { leaveUnanswered, logFailure, toAppError } from '../../plugins/error-handler.ts';
import type { Validation } from '../../http/validation.ts';

/** The error codes of RFC 6749 §5.2, RFC 7009 §2.2.1 and RFC 8707 §2 that this service sends, with their statuses. */
const statuses = {
  invalid_request: 400,
  invalid_client: 401,
  invalid_scope: 400,
  invalid_target: 400,
  invalid_grant: 400,
  unsupported_grant_type: 400,
  unsupported_token_type: 400,
  server_error: 500,
  temporarily_unavailable: 503,
} as const;

export type OAuthErrorCode = keyof typeof statuses;
export const oauthErrorCodes = Object.keys(statuses);

/** A refusal of an OAuth route. The description holds only what RFC 6749 §5.2 lets it hold, and never a value sent. */
export class OAuthError extends Error {
  override name = 'OAuthError';
  readonly code: OAuthErrorCode;
  readonly status: number;
  /** Why, for the log only. */
  readonly reason: string | undefined;

  constructor(code: OAuthErrorCode, description: string, reason?: string) {
    super(description);
    this.code = code;
    this.status = statuses[code];
    this.reason = reason;
  }
}

/** One answer for every client that is not authenticated. */
export function invalidClient(reason: string): OAuthError {
  return new OAuthError('invalid_client', 'Client authentication failed', reason);
}

/** RFC 6749 §5.2: a malformed request like any other, so not a 415. */
export function notAForm(): OAuthError {
  return new OAuthError('invalid_request', 'Send the parameters as application/x-www-form-urlencoded');
}

/** The error handler of the OAuth routes. */
export function createOAuthErrorHandler(validation: Validation) {
  return (err: FastifyError | OAuthError, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    if (err instanceof ConnectionGoneError) return leaveUnanswered(request, reply);
    if (err instanceof OAuthError) return send(err, request, reply);
    const known = toAppError(err, validation);
    if (known.code === 'unsupported_media_type') return send(notAForm(), request, reply.code(400));
    const { retryAfterSeconds } = known.options;
    if (typeof retryAfterSeconds === 'number') reply.header('retry-after', String(Math.ceil(retryAfterSeconds)));
    logFailure(known, request);
    return send(toOAuthError(known), request, reply.code(known.status));
  };
}

function toOAuthError(err: AppError): OAuthError {
  if (err.status === 503) return new OAuthError('temporarily_unavailable', 'Try again later');
  if (err.status >= 500) return new OAuthError('server_error', 'Something went wrong on our side');
  const faults = err.options.errors?.map(({ pointer, detail }) => `${pointer.slice(1)} ${detail}`.trim()).join(', ');
  return new OAuthError('invalid_request', faults ?? err.options.detail ?? 'The request could not be read', err.code);
}

function send(err: OAuthError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  request.refusal = err.reason === undefined ? { code: err.code } : { code: err.code, reason: err.reason };
  if (err.status === 401) reply.header('www-authenticate', 'Basic realm="latchkey"');
  if (reply.statusCode < 400) reply.code(err.status);
  return (
    reply
      .type('application/json')
      .serializer((value: unknown) => JSON.stringify(value))
      // RFC 6749 §5.2: the description is printable ASCII without quotes and backslashes.
      .send({ error: err.code, error_description: err.message.replaceAll(/[^\x20-\x21\x23-\x5b\x5d-\x7e]/g, "'") })
  );
}
