import type { IncomingMessage, ServerResponse } from 'node:http';
import fp from 'fastify-plugin';
import { AppError } from '../errors.ts';
import { headerValues } from '../http/header-values.ts';

/**
 * Refuses what Node would refuse by itself with an empty answer: HTTP/1.1 without `Host` (RFC 9112 §3.2; more than one is
 * no better), and an expectation other than `100-continue` (RFC 9110 §10.1.1). The server must not require `Host` itself.
 */
export const httpRules = fp(
  async (app) => {
    const unmet = new WeakSet<IncomingMessage>();
    app.server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
      unmet.add(request);
      app.server.emit('request', request, response);
    });
    app.addHook('onRequest', ({ raw }, _reply, done) => {
      if (raw.httpVersion !== '1.0' && headerValues(raw, 'host').length !== 1) {
        done(new AppError('invalid_request', { detail: 'The request must have one Host header.' }));
      } else if (unmet.has(raw)) {
        done(new AppError('invalid_request', { detail: 'The Expect header may only ask for 100-continue.' }));
      } else done();
    });
  },
  { name: 'http-rules', dependencies: ['error-handler'] },
);
