import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import fp from 'fastify-plugin';

declare module 'fastify' {
  interface FastifyRequest {
    /** The API client whose credential was accepted, for the log; null where none was. */
    apiClient: { clientId: string; organizationId: string } | null;
  }
}

/** A caller's own request id is kept when it is short and harmless to print. */
const acceptableId = /^[A-Za-z0-9._-]{1,64}$/;

/** Fastify's `genReqId`: the caller's `x-request-id`, else a new one. */
export function makeRequestId(request: IncomingMessage): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && acceptableId.test(given) ? given : randomUUID();
}

/**
 * The request id out, and `no-store`: every answer of the API is about credentials or tenants. What may be kept, such as
 * the published keys, says so itself; a rule for all cannot be forgotten on one, or be got round by another spelling of a URL.
 */
export const requestContext = fp(
  async (app) => {
    app.decorateRequest('apiClient', null);
    app.addHook('onRequest', (request, reply, done) => {
      reply.header('x-request-id', request.id).header('cache-control', 'no-store');
      done();
    });
  },
  { name: 'request-context' },
);
