import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { Type } from 'typebox';
import { AnsweredBefore } from '../changes/retry.ts';
import type { KeptAnswer, Retry } from '../changes/retry.ts';
import { judgeDatabaseFailure } from '../db/failures.ts';
import { AppError } from '../errors.ts';
import { entityTag } from '../http/preconditions.ts';
import { toCanonicalJson } from '../rules/canonical-json.ts';
import type { Json } from '../rules/canonical-json.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Whether the route takes an `Idempotency-Key`; its handler answers through {@link answerOnce}. */
    isRepeatable?: boolean;
  }
}

const HEADER = 'idempotency-key';
const RETRY_AFTER_SECONDS = 2;

/** One value: what Node joins of several holds a space. */
const keyHeader = Type.Optional(
  Type.String({
    format: 'visible-ascii',
    minLength: 16,
    maxLength: 255,
    description:
      'A new random text for each request that is meant once, such as a UUID: 16 to 255 visible ASCII characters. The ' +
      'same request with the same key is answered the same for 24 hours, with `idempotency-replayed: true`, and made once.',
  }),
);

const replayedHeader = Type.String({
  description: '`true` where the request was made before, under the same `Idempotency-Key`; else absent.',
});

/** Describes and checks the `Idempotency-Key` of the routes that take one. Registered before the routes. */
export const safeRetries = fp(
  async (app) => {
    app.addHook('onRoute', (route) => {
      if (route.config?.isRepeatable !== true || route.schema === undefined) return;
      const { headers, response } = route.schema as { headers?: HeadersSchema; response?: Responses };
      const properties = { ...headers?.properties, [HEADER]: keyHeader };
      route.schema = { ...route.schema, headers: Type.Object(properties), response: addReplayed(response) };
    });
  },
  { name: 'safe-retries' },
);

type HeadersSchema = ReturnType<typeof Type.Object>;
type Responses = Record<string, { headers?: object }>;

function addReplayed(responses: Responses = {}): Responses {
  const described = Object.entries(responses).map(([status, response]) => {
    const headers = { ...response.headers, 'idempotency-replayed': replayedHeader };
    return [status, status.startsWith('2') ? { ...response, headers } : response];
  });
  return Object.fromEntries(described) as Responses;
}

/** An answer of success, before it is text. */
export interface Answer {
  status: number;
  /** Of the record, for its `ETag`; null where the answer is not one record. */
  version: number | null;
  body: unknown;
}

export interface AnswerOnce<Made> {
  /** Makes the change through the change runner, for a caller with this `retry`, and gives what its plan made. */
  make: (retry: Retry | undefined) => Promise<Made>;
  toAnswer: (made: Made) => Answer;
}

/**
 * Answers a request that makes something: with an `Idempotency-Key` once, however often the request is sent.
 * @throws AppError `database_unavailable` where nobody knows whether the change was made, and that the same key is safe
 */
export async function answerOnce<Made>(
  request: FastifyRequest,
  reply: FastifyReply,
  { make, toAnswer }: AnswerOnce<Made>,
): Promise<FastifyReply> {
  const render = (made: Made): KeptAnswer => {
    const { status, version, body } = toAnswer(made);
    const etag = version === null ? null : entityTag(version);
    return { status, etag, body: reply.code(status).serialize(body) as string };
  };
  // The runner hands over what the plan made, and the service what the runner made.
  const retry = readRetry(request, render as Retry['toAnswer']);
  const answer = await make(retry).then(render, (err: unknown) => {
    if (err instanceof AnsweredBefore) return takeOver(reply, err);
    if (retry !== undefined && judgeDatabaseFailure(err) === 'outcome unknown') throw unknownOutcome(err);
    throw err;
  });
  return send(reply, answer);
}

function takeOver(reply: FastifyReply, { answer }: AnsweredBefore): KeptAnswer {
  reply.header('idempotency-replayed', 'true');
  return answer;
}

function send(reply: FastifyReply, { status, etag, body }: KeptAnswer): FastifyReply {
  if (etag !== null) reply.header('etag', etag);
  return reply.code(status).type('application/json; charset=utf-8').send(body);
}

function readRetry(request: FastifyRequest, toAnswer: Retry['toAnswer']): Retry | undefined {
  const key = request.headers[HEADER];
  if (typeof key !== 'string') return undefined;
  return { key, requestDigest: digestRequest(request), role: request.admin?.role ?? null, toAnswer };
}

/** What makes two requests the same: neither the order of members nor a slash at the end of the path is part of it. */
function digestRequest({ method, routeOptions, params, query, body, headers }: FastifyRequest): string {
  const parts = [method, routeOptions.url, params, query, withoutPassword(body), headers['if-match'] ?? null];
  // All of it has been read from text or JSON.
  return createHash('sha256')
    .update(canonize(parts as Json))
    .digest('base64url');
}

/** Some bodies may hold members that nobody looks at, and those may be nested as deep as there are bytes. */
function canonize(parts: Json): string {
  try {
    return toCanonicalJson(parts);
  } catch (err) {
    throw new AppError('invalid_request', {
      cause: err,
      detail: 'The body is nested too deeply for an Idempotency-Key.',
    });
  }
}

/** The digest is stored, and would be one by which a password can be guessed. */
function withoutPassword(body: unknown): unknown {
  if (typeof body !== 'object' || body === null) return body ?? null;
  return Object.fromEntries(Object.entries(body).filter(([name]) => name !== 'password'));
}

function unknownOutcome(cause: unknown): AppError {
  return new AppError('database_unavailable', {
    cause,
    detail:
      'The connection to the database was lost after the change had been sent: it may have been made. Send the same ' +
      'request again with the same Idempotency-Key: it is made once.',
    retryAfterSeconds: RETRY_AFTER_SECONDS,
  });
}
