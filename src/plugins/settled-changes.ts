import type { FastifyReply, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Whether its success says that something has ended, though the method does not tell. */
    isRevoking?: boolean;
  }
}

const changing = new Set(['DELETE', 'PATCH', 'PUT']);

/**
 * A commit is answered when no process that reads from a replica can answer from before it. A request that is sent again
 * finds that there is nothing left to change, while the first, or the process that had it, still waits: so what says that
 * something is so waits as well, until it is so everywhere.
 */
export const settledChanges = fp(
  async (app) => {
    app.addHook('onSend', async (request, reply) => {
      if (tellsOfAnEnd(request, reply)) await app.replicaReaders.settleNewest();
    });
  },
  { name: 'settled-changes', dependencies: ['database'] },
);

function tellsOfAnEnd({ method, routeOptions }: FastifyRequest, reply: FastifyReply): boolean {
  if (reply.hasHeader('idempotency-replayed')) return true;
  if (!changing.has(method) && routeOptions.config.isRevoking !== true) return false;
  return reply.statusCode < 300 || reply.statusCode === 404 || reply.statusCode === 409;
}
