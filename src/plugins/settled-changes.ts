import type { FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import fp from 'fastify-plugin';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Whether its success says that something has ended, though the method does not tell. */
    isRevoking?: boolean;
  }
  interface FastifyRequest {
    /** To be called by whoever has waited in the place of the answer; undefined where the answer waits for nothing. */
    onSettled: (() => void) | undefined;
    /** Whether that was done. */
    isSettled: boolean;
  }
}

const changing = new Set(['DELETE', 'PATCH', 'PUT']);

/**
 * A commit is answered when no process that reads from a replica can answer from before it. A request that is sent again
 * finds that there is nothing left to change, while the first, or the process that had it, still waits: so what says that
 * something is so waits as well, until it is so everywhere. A change that was made has looked at that on its way (`onSettled`),
 * after all that it found; whatever else is answered asks by itself. A hook of the routes alone that can say so, for all others would
 * pay for it as well. Registered before the routes.
 */
export const settledChanges = fp(
  async (app) => {
    app.decorateRequest('onSettled', undefined);
    app.decorateRequest('isSettled', false);
    const expect = async (request: FastifyRequest) => {
      if (!isEnding(request)) return;
      request.onSettled = () => {
        request.isSettled = true;
      };
    };
    const settle = async (request: FastifyRequest, reply: FastifyReply) => {
      const wasMade = request.isSettled && reply.statusCode < 300;
      if (!wasMade && tellsOfAnEnd(request, reply)) await app.replicaReaders.settleNewest();
    };
    app.addHook('onRoute', (route) => {
      if (!canTellOfAnEnd(route)) return;
      route.preHandler = [expect, ...[route.preHandler ?? []].flat()];
      route.onSend = [settle, ...[route.onSend ?? []].flat()];
    });
  },
  { name: 'settled-changes', dependencies: ['database'] },
);

function canTellOfAnEnd({ method, config }: RouteOptions): boolean {
  return (
    config?.isRepeatable === true || config?.isRevoking === true || [method].flat().some((each) => changing.has(each))
  );
}

function tellsOfAnEnd(request: FastifyRequest, reply: FastifyReply): boolean {
  if (reply.hasHeader('idempotency-replayed')) return true;
  if (!isEnding(request)) return false;
  return reply.statusCode < 300 || reply.statusCode === 404 || reply.statusCode === 409;
}

function isEnding({ method, routeOptions }: FastifyRequest): boolean {
  return changing.has(method) || routeOptions.config.isRevoking === true;
}
