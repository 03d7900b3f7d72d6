import { DrizzleQueryError } from 'drizzle-orm';
import { LogController } from 'fastify';
import type { FastifyContextConfig, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger, LoggerOptions } from 'pino';
import type { LogLevel } from '../settings/settings.ts';
import { AppError, databaseErrorOf } from '../errors.ts';
import type { PlainLog } from '../plain-log.ts';
import { releaseDir } from '../version.ts';
import { toSourcePlaces } from './source-places.ts';

/**
 * What the service logs and what it never does. Headers, bodies and query strings are not logged at all; the paths
 * below are a second line for code that would log an object holding one.
 */
export function loggerOptions(level: LogLevel): LoggerOptions {
  return {
    level,
    redact: { paths: redactedPaths, censor: '[redacted]' },
    serializers: { err: serializeError, req: () => undefined, res: () => undefined },
    timestamp: createIsoTime(Date.now),
    formatters: { level: (label) => ({ level: label }) },
  };
}

/** pino's `isoTime`, which makes the text of each millisecond once: under load many lines share one. */
export function createIsoTime(now: () => number): () => string {
  let shownMs = NaN;
  let member = '';
  return () => {
    const nowMs = now();
    if (nowMs !== shownMs) {
      shownMs = nowMs;
      member = `,"time":"${new Date(nowMs).toISOString()}"`;
    }
    return member;
  };
}

/** The log as what runs before the app takes it: lines without fields. */
export function plainLog(log: Logger): PlainLog {
  return {
    info: (message) => {
      log.info(message);
    },
    error: (message) => {
      log.error(message);
    },
  };
}

const secretMembers = [
  'authorization',
  'x-api-key',
  'cookie',
  'password',
  'code',
  'api_key',
  'client_secret',
  'access_token',
  'refresh_token',
];
/** Where code that logs more than it should would put them. Wildcards would make every line of the log cost a search. */
const containers = ['body', 'headers', 'query', 'data'];
// `code` alone is the stable code of an error; in a body it may be one that was mailed.
const redactedPaths = secretMembers.flatMap((name) => [
  ...(name === 'code' ? [] : [`["${name}"]`]),
  ...containers.map((container) => `${container}["${name}"]`),
]);

export interface SerializedError {
  type: string;
  message?: string;
  code?: unknown;
  constraint?: unknown;
  stack?: string;
  cause?: SerializedError;
}

/** An error for the log. Errors of the database keep only their code and constraint: their texts hold values. */
export function serializeError(err: unknown): SerializedError {
  return serialize(err, stackOf);
}

/** The same for what is expected to happen: where it was thrown says nothing then, and costs most to say. */
export function serializeExpected(err: unknown): SerializedError {
  return serialize(err, () => ({}));
}

function serialize(err: unknown, placeOf: (err: Error) => Pick<SerializedError, 'stack'>): SerializedError {
  if (!(err instanceof Error)) return { type: typeof err };
  const stack = placeOf(err);
  if (err instanceof DrizzleQueryError || 'severity' in err) {
    const { code, constraint } = databaseErrorOf(err) ?? {};
    return { type: err.constructor.name, code, constraint, ...stack };
  }
  const cause = err.cause === undefined ? {} : { cause: serialize(err.cause, placeOf) };
  const code = err instanceof AppError || 'code' in err ? { code: err.code } : {};
  return { type: err.name, message: err.message, ...code, ...stack, ...cause };
}

function stackOf({ stack }: Error): Pick<SerializedError, 'stack'> {
  const frames = stack?.split('\n    at ').slice(1).join('\n    at ');
  return frames === undefined ? {} : { stack: toSourcePlaces(frames, releaseDir) };
}

export interface RequestLogOptions {
  /** How many of the accepted credential checks get their line, from 0 to 1. */
  acceptedChecksShare: number;
  /** Told of every request when it is done, whether it gets a line or not. */
  onCompleted: (request: FastifyRequest, reply: FastifyReply, config: FastifyContextConfig) => void;
}

/** One line for each request, when it is done. */
export class RequestLog extends LogController {
  readonly #options: RequestLogOptions;

  constructor(options: RequestLogOptions) {
    super();
    this.#options = options;
  }

  override incomingRequest(): void {
    // The line at the end says all of it.
  }

  override routeNotFound(): void {
    // A 404 is a request like any other, and its path may hold anything.
  }

  override requestCompleted(_err: Error | null | undefined, request: FastifyRequest, reply: FastifyReply): void {
    const { method, routeOptions, admin, apiClient, refusal } = request;
    const { acceptedChecksShare, onCompleted } = this.#options;
    onCompleted(request, reply, routeOptions.config);
    const isAcceptedCheck = routeOptions.config.access === 'machine' && reply.statusCode < 400 && !refusal;
    if (isAcceptedCheck && acceptedChecksShare < 1 && Math.random() >= acceptedChecksShare) return;
    request.log.info(
      {
        method,
        // The template, never the URL: what a caller puts into a path or query may be a secret.
        route: routeOptions.url ?? null,
        status: reply.statusCode,
        durationMs: Math.round(reply.elapsedTime * 10) / 10,
        actor: admin?.userId,
        client: apiClient?.clientId,
        organization: admin?.organizationId ?? apiClient?.organizationId,
        code: refusal?.code,
        reason: refusal?.reason,
        // For finding who guesses; of requests that were served it would only be a record of people's whereabouts.
        source: refusal === null ? undefined : request.sourceIfKnown,
      },
      'request',
    );
  }
}
