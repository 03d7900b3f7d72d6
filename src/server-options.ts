import { SerializerSelector } from '@fastify/fast-json-stringify-compiler';
import type { FastifyHttpOptions, RawServerDefault } from 'fastify';
import { pino } from 'pino';
import type { DestinationStream } from 'pino';
import { API_PREFIX } from './http/api-prefix.ts';
import { usualTimes } from './http/connections.ts';
import type { ConnectionTimes } from './http/connections.ts';
import { answerParseError } from './http/parse-errors.ts';
import type { Validation } from './http/validation.ts';
import { AnswerClass } from './http/whole-response.ts';
import { sendProblem, toAppError } from './plugins/error-handler.ts';
import { makeRequestId } from './plugins/request-context.ts';
import type { Config } from './settings/config.ts';
import { loggerOptions, RequestLog } from './telemetry/logging.ts';

/** Of a route that says nothing else. */
const BODY_LIMIT_BYTES = 16 * 1024;

/**
 * `organizations/me/{org}/…` is `organizations/{org}/…`. What has no second part or another `me`, however spelled, stays
 * as it is: `organizations/me/` is a list of its own.
 */
const OF_MINE = `${API_PREFIX}/organizations/me/`;
const ALIAS = new RegExp(`^(${API_PREFIX}/organizations/)me/(?=[^/?#])(?!(?:m|%6[Dd])(?:e|%65)(?:[/?#]|$))`);

export interface ServerParts {
  config: Config;
  validation: Validation;
  /** Where the log goes; standard output when left out. */
  logStream: DestinationStream | undefined;
  /** Others than the usual ones. */
  times?: Partial<ConnectionTimes> | undefined;
}

/** How the Fastify instance is made: what it takes, how long it waits, what it logs, how it checks and serialises. */
export function serverOptions(parts: ServerParts): FastifyHttpOptions<RawServerDefault> {
  const { config, validation, logStream } = parts;
  const { headersMs, requestMs, stallMs, checkMs } = { ...usualTimes, ...parts.times };
  const options = loggerOptions(config.logLevel);
  const requestLog = new RequestLog({
    acceptedChecksShare: config.logAcceptedChecks,
    onCompleted: (request, reply, routeConfig) => {
      request.server.metrics.observeRequest(request, reply, routeConfig);
    },
  });
  return {
    // `httpRules` does.
    http: {
      ServerResponse: AnswerClass,
      requireHostHeader: false,
      headersTimeout: headersMs,
      connectionsCheckingInterval: checkMs,
    },
    loggerInstance: logStream === undefined ? pino(options) : pino(options, logStream),
    logController: requestLog,
    genReqId: makeRequestId,
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: requestMs,
    connectionTimeout: stallMs,
    keepAliveTimeout: config.keepAliveTimeoutSeconds * 1000,
    // What still arrives on an open connection is answered like any other request, `/readyz` with its own 503.
    return503OnClosing: false,
    routerOptions: { ignoreTrailingSlash: true },
    rewriteUrl: ({ url = '/' }) => (url.startsWith(OF_MINE) ? url.replace(ALIAS, '$1') : url),
    schemaController: { compilersFactory: { buildValidator: validation.buildValidator, buildSerializer } },
    frameworkErrors: (err, request, reply) => {
      // Without a route, nobody else says when it is done.
      reply.raw.once('finish', () => {
        requestLog.requestCompleted(null, request, reply);
      });
      void sendProblem(toAppError(err, validation), request, reply);
    },
    clientErrorHandler: answerParseError,
  };
}

/**
 * Problems are serialised where they are sent. Everything else is compiled for its first answer: all of it at once would
 * delay the start by a fifth.
 */
const buildSerializer: ReturnType<typeof SerializerSelector> = (shared, options) => {
  const compile = SerializerSelector()(shared, options);
  return (route) => {
    if (Number(route.httpStatus) >= 400) return JSON.stringify;
    let serialize: ReturnType<typeof compile> | undefined;
    return (answer) => (serialize ??= compile(route))(answer);
  };
};
