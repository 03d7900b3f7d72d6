import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { judgeDatabaseFailure } from '../db/failures.ts';
import { AppError, ConnectionGoneError, errorCatalogue } from '../errors.ts';
import type { ErrorCode, InputError } from '../errors.ts';
import type { Problem } from '../http/problems.ts';
import { FAULTS_MAX } from '../http/fault-finder.ts';
import { serializeExpected } from '../telemetry/logging.ts';
import { areAllImmutable } from '../http/validation.ts';
import type { Validation } from '../http/validation.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Why the request was refused, for its line in the log; null where it was not. */
    refusal: { code: string; reason?: string } | null;
  }
}

const RETRY_AFTER_SECONDS = 2;

/** The only place that turns an error into a reply. */
export const errorHandler = fp<{ validation: Validation }>(
  async (app, { validation }) => {
    app.decorateRequest('refusal', null);
    app.setErrorHandler((err, request, reply) => {
      if (err instanceof ConnectionGoneError) return leaveUnanswered(request, reply);
      const problem = toAppError(err, validation);
      const isBodyFault = err instanceof Error && 'validationContext' in err && err.validationContext === 'body';
      return sendProblem(isBodyFault ? addQueryFaults(problem, request, validation) : problem, request, reply);
    });
    app.setNotFoundHandler((request, reply) => sendProblem(new AppError('not_found'), request, reply));
  },
  { name: 'error-handler' },
);

/** Answers with the problem document of an error (RFC 9457 §3) and leaves the true reason for the log. */
export function sendProblem(err: AppError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { detail, errors, members, headers, reason } = err.options;
  const isPassing = err.status === 429 || err.status === 503;
  const { retryAfterSeconds = isPassing ? RETRY_AFTER_SECONDS : null } = err.options;
  logFailure(err, request);
  request.refusal = reason === undefined ? { code: err.code } : { code: err.code, reason };
  if (retryAfterSeconds !== null) reply.header('retry-after', String(Math.max(1, Math.ceil(retryAfterSeconds))));
  // RFC 9110 §11.6.1: a 401 names a scheme.
  if (err.status === 401) reply.header('www-authenticate', 'Bearer realm="latchkey"');
  if (headers !== undefined) reply.headers(headers);
  // Once more, because a path that cannot be read is refused before any hook has run.
  reply.headers({ 'x-request-id': request.id, 'cache-control': 'no-store' });
  const { title } = errorCatalogue[err.code];
  const problem: Problem = {
    type: `urn:latchkey:problem:${err.code}`,
    title,
    status: err.status,
    detail: detail ?? `${title}.`,
    code: err.code,
    request_id: request.id,
    ...(errors === undefined ? {} : { errors }),
    ...members,
  };
  // Serialised here, so that a problem looks the same on routes with and without a schema for its status.
  return reply.code(err.status).type('application/problem+json').serializer(toJson).send(problem);
}

/** What repeats a caller's text must be text that every reader takes: half a surrogate pair is none. */
function toJson(problem: unknown): string {
  return JSON.stringify(problem, (_name, value: unknown) => (typeof value === 'string' ? value.toWellFormed() : value));
}

/** Ends a request whose connection has closed: there is nobody to answer, and nothing went wrong. */
export function leaveUnanswered(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  request.raw.destroy();
  return reply.hijack();
}

/** A 503 is what the service does on purpose: a stack would only hide why. */
export function logFailure(err: AppError, request: FastifyRequest): void {
  if (err.status < 500) return;
  if (err.status === 503) request.log.warn({ failure: serializeExpected(err), code: err.code }, 'request failed');
  else request.log.error({ err, code: err.code }, 'request failed');
}

/** Gives any thrown thing its place in the catalogue. */
export function toAppError(thrown: unknown, validation: Validation): AppError {
  if (thrown instanceof AppError) return thrown;
  if (!(thrown instanceof Error)) return new AppError('internal_error', { cause: thrown });
  const err = thrown as FastifyError;
  if (err.validation !== undefined) return toInputProblem(err.validation, err.validationContext, validation);
  if (err.code === 'FST_ERR_MAX_PARAM_LENGTH') return new AppError('not_found');
  const problem = toDatabaseProblem(err);
  if (problem !== undefined) return problem;
  const known = statusCodes[err.statusCode ?? 500] ?? (isCallersFault(err) ? 'invalid_request' : undefined);
  if (known === undefined) return new AppError('internal_error', { cause: err, reason: err.name });
  return new AppError(known, { detail: detailOf(err), reason: err.code });
}

function toInputProblem(faults: readonly unknown[], httpPart: string | undefined, validation: Validation): AppError {
  // An id that is none names nothing: the same answer as an id that nobody has.
  if (httpPart === 'params') return new AppError('not_found');
  const errors = validation.explain(faults, httpPart);
  // A pointer leads into the body or to a query parameter.
  if (httpPart === 'headers') return new AppError('invalid_request', { detail: describeHeaders(errors) });
  return inputError(areAllImmutable(faults) ? 'immutable_field' : 'invalid_request', errors);
}

function describeHeaders(errors: InputError[]): string {
  return errors.map(({ pointer, detail }) => `The header ${pointer.slice(1)} ${detail}.`).join(' ');
}

/** Fastify stops at the body when that is not valid; the caller is told what is wrong with the query as well. */
function addQueryFaults(problem: AppError, request: FastifyRequest, validation: Validation): AppError {
  const validate = request.getValidationFunction('querystring');
  if (validate === undefined || validate(request.query)) return problem;
  const queryErrors = validation.explain(validate.errors ?? [], 'querystring');
  return inputError('invalid_request', [...(problem.options.errors ?? []), ...queryErrors].slice(0, FAULTS_MAX));
}

function inputError(code: ErrorCode, errors: InputError[]): AppError {
  const detail = `${errors.length === 1 ? 'One thing is' : 'Several things are'} wrong; see errors.`;
  return new AppError(code, { errors, detail });
}

function toDatabaseProblem(err: Error): AppError | undefined {
  const failure = judgeDatabaseFailure(err);
  if (failure === undefined) return undefined;
  if (failure === 'outcome unknown') {
    const detail =
      'The connection to the database was lost after the change had been sent: it may have been made. Look before you ' +
      'repeat the request.';
    return new AppError('database_unavailable', { cause: err, detail, retryAfterSeconds: null });
  }
  return new AppError(failure === 'busy' ? 'overloaded' : 'database_unavailable', {
    cause: err,
    retryAfterSeconds: RETRY_AFTER_SECONDS,
  });
}

/** What a library blames the caller for is no fault of the service, whatever the library calls it. */
function isCallersFault({ statusCode = 500 }: FastifyError): boolean {
  return statusCode >= 400 && statusCode < 500;
}

const statusCodes: Record<number, ErrorCode> = {
  400: 'invalid_request',
  404: 'not_found',
  408: 'request_timeout',
  413: 'content_too_large',
  414: 'uri_too_long',
  415: 'unsupported_media_type',
  429: 'rate_limited',
  431: 'headers_too_large',
  503: 'overloaded',
};

const fastifyDetails: Record<string, string> = {
  FST_ERR_CTP_INVALID_JSON_BODY: 'The body is not valid JSON.',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'The body must be JSON: send Content-Type: application/json.',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'The body is not as long as Content-Length says.',
  FST_ERR_BAD_URL: 'The path is not a valid URL path.',
};

function detailOf(err: FastifyError): string {
  return fastifyDetails[err.code] ?? 'The request could not be read.';
}
