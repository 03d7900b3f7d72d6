import type { IncomingMessage, ServerResponse } from 'node:http';
import fp from 'fastify-plugin';
import { AppError } from '../errors.ts';
import { CONNECTIONS_MAX } from '../http/connections.ts';
import { headerValues } from '../http/header-values.ts';
import { watchAnswers } from '../http/parse-errors.ts';

/** No client sends as many; Apache takes half of it. */
const HEADERS_MAX = 200;

/**
 * Refuses what Node would refuse by itself with an empty answer: HTTP/1.1 without `Host` (RFC 9112 §3.2; more than one is
 * no better), and an expectation other than `100-continue` (RFC 9110 §10.1.1). The server must not require `Host` itself.
 * And what Node would pass over: headers beyond a number, one of which may be a condition or a second credential.
 */
export const httpRules = fp(
  async (app) => {
    app.server.maxConnections = CONNECTIONS_MAX;
    app.server.maxHeadersCount = 0;
    watchAnswers(app.server);
    const unmet = new WeakSet<IncomingMessage>();
    app.server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
      unmet.add(request);
      app.server.emit('request', request, response);
    });
    app.addHook('onRequest', ({ raw }, _reply, done) => {
      if (raw.rawHeaders.length > 2 * HEADERS_MAX) {
        done(new AppError('headers_too_large', { detail: `There may be at most ${HEADERS_MAX} headers.` }));
      } else if (raw.httpVersion !== '1.0' && headerValues(raw, 'host').length !== 1) {
        done(new AppError('invalid_request', { detail: 'The request must have one Host header.' }));
      } else if (unmet.has(raw)) {
        done(new AppError('invalid_request', { detail: 'The Expect header may only ask for 100-continue.' }));
      } else done();
    });
  },
  { name: 'http-rules', dependencies: ['error-handler'] },
);
