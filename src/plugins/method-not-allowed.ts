import fp from 'fastify-plugin';
import type { FastifyInstance, HTTPMethods } from 'fastify';
import { AppError } from '../errors.ts';

const methods: readonly HTTPMethods[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE'];

/** Answers 405 with `Allow` where a path exists but not for that method (RFC 9110 §15.5.6). Registered after all routes. */
export const methodNotAllowed = fp(
  async (app) => {
    app.addHook('onRequest', (request, _reply, done) => {
      done(request.is404 ? new AppError('not_found') : undefined);
    });
    const allowedByUrl = new Map<string, Set<HTTPMethods>>();
    for (const { url, method } of app.routeTable) {
      allowedByUrl.set(url, (allowedByUrl.get(url) ?? new Set()).add(method));
    }
    for (const [url, allowed] of allowedByUrl) refuseOtherMethods(app, url, [...allowed]);
  },
  { name: 'method-not-allowed', dependencies: ['access'] },
);

/** Answers 405 at an address for every method but those that it has. */
export function refuseOtherMethods(app: FastifyInstance, url: string, allowed: readonly HTTPMethods[]): void {
  const allow = allowed.toSorted().join(', ');
  const refuse = async () => {
    throw new AppError('method_not_allowed', { detail: `Allowed here: ${allow}.`, headers: { allow } });
  };
  app.route({
    method: methods.filter((method) => !allowed.includes(method)),
    url,
    config: { access: 'public' },
    schema: { hide: true },
    // Before the body is read: nothing about it matters here.
    onRequest: refuse,
    handler: refuse,
  });
}
