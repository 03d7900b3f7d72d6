import type { FastifyContextConfig, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Registry } from 'prom-client';
import { FastHistogram } from './instruments.ts';
import type { Observer } from './instruments.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Gives what observes the durations of this route's requests with a status. */
    durationsOf?: (status: number) => Observer;
  }
}

const BOUNDS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** In the place of a path that is none of the service's: what a caller puts there must not become a label. */
const UNMATCHED = 'unmatched';
/** In the place of a method that the route does not know. */
const OTHER = 'other';
const knownMethods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE']);

/** Observes a request that is done; `config` is that of its route. */
export type ObserveRequest = (request: FastifyRequest, reply: FastifyReply, config: FastifyContextConfig) => void;

/**
 * Measures how long each request takes, by method, route template and status. A status of a route becomes a line of its
 * own at its first request and is kept with the route: no label is looked at again.
 * @returns what is to be called at the end of each request. No hook: to run one takes longer than all this
 */
export function measureRequests(app: FastifyInstance, registry: Registry): ObserveRequest {
  const durations = new FastHistogram(
    registry,
    {
      name: 'latchkey_http_request_duration_seconds',
      help: 'How long requests took from their head to the end of their answer, by route template.',
    },
    BOUNDS_SECONDS,
  );
  const unmatched = new Map([...knownMethods, OTHER].map((method) => [method, createLines(UNMATCHED, method)]));

  function createLines(route: string, method: string): (status: number) => Observer {
    const byStatus = new Map<number, Observer>();
    return (status) => {
      const known = byStatus.get(status);
      if (known !== undefined) return known;
      const made = durations.bind({ method, route, status: String(status) });
      byStatus.set(status, made);
      return made;
    };
  }

  app.addHook('onRoute', (route) => {
    // A route of several methods is the one that answers 405 to all that its path does not take.
    const durationsOf = createLines(route.url, typeof route.method === 'string' ? route.method : OTHER);
    route.config = { ...route.config, durationsOf };
  });
  return ({ method }, { statusCode, elapsedTime }, config) => {
    const durationsOf = config.durationsOf ?? unmatched.get(knownMethods.has(method) ? method : OTHER);
    durationsOf?.(statusCode).observe(elapsedTime / 1000);
  };
}
