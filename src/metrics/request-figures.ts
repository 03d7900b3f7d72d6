import type { FastifyInstance } from 'fastify';
import type { Registry } from 'prom-client';
import { FastHistogram } from './instruments.ts';
import type { Observer } from './instruments.ts';

const BOUNDS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** In the place of a path that is none of the service's: what a caller puts there must not become a label. */
const UNMATCHED = 'unmatched';
/** In the place of a method that the route does not know. */
const OTHER = 'other';
const knownMethods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE']);

/** Observes a request that was answered outside every route. */
export type ObserveUnmatched = (method: string, status: number, seconds: number) => void;

/**
 * Observes how long each request took, by method, route template and status. A status of a route becomes a line of its
 * own at its first request and is kept with the route: no label is looked at again.
 */
export function observeRequests(app: FastifyInstance, registry: Registry): ObserveUnmatched {
  const durations = new FastHistogram(
    registry,
    {
      name: 'latchkey_http_request_duration_seconds',
      help: 'How long requests took from their head to the end of their answer, by route template.',
    },
    BOUNDS_SECONDS,
  );
  const unmatched = new Map([...knownMethods, OTHER].map((method) => [method, durationsOf(UNMATCHED, method)]));

  function durationsOf(route: string, method: string): (status: number) => Observer {
    const byStatus = new Map<number, Observer>();
    return (status) => {
      const known = byStatus.get(status);
      if (known !== undefined) return known;
      const made = durations.bind({ method, route, status: String(status) });
      byStatus.set(status, made);
      return made;
    };
  }

  const observeUnmatched: ObserveUnmatched = (method, status, seconds) => {
    unmatched
      .get(knownMethods.has(method) ? method : OTHER)?.(status)
      .observe(seconds);
  };

  app.addHook('onRoute', (route) => {
    // A route of several methods is the one that answers 405 to all that its path does not take.
    const observerOf = durationsOf(route.url, typeof route.method === 'string' ? route.method : OTHER);
    route.onResponse = [
      ...[route.onResponse ?? []].flat(),
      // With a callback, because a promise for each request would cost more than all the rest.
      (_request, reply, done) => {
        observerOf(reply.statusCode).observe(reply.elapsedTime / 1000);
        done();
      },
    ];
  });
  app.addHook('onResponse', (request, reply, done) => {
    if (request.is404) observeUnmatched(request.method, reply.statusCode, reply.elapsedTime / 1000);
    done();
  });
  return observeUnmatched;
}
