import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import fp from 'fastify-plugin';

/** A caller's own request id is kept when it is short and harmless to print. */
const acceptableId = /^[A-Za-z0-9._-]{1,64}$/;

/** Fastify's `genReqId`: the caller's `x-request-id`, else a new one. */
export function makeRequestId(request: IncomingMessage): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && acceptableId.test(given) ? given : randomUUID();
}

/** The request id out, and `no-store` on everything under the API. */
export const requestContext = fp<{ apiPrefix: string }>(
  async (app, { apiPrefix }) => {
    app.addHook('onRequest', (request, reply, done) => {
      reply.header('x-request-id', request.id);
      // Every answer of the API is about credentials or tenants; one that fits all routes cannot be forgotten on one.
      // The route's own path first: a caller can spell a URL in more ways than one.
      if ((request.routeOptions.url ?? request.url).startsWith(apiPrefix)) reply.header('cache-control', 'no-store');
      done();
    });
  },
  { name: 'request-context' },
);
