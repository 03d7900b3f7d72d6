import fp from 'fastify-plugin';
import type { HTTPMethods } from 'fastify';
import { AppError } from '../errors.ts';

const methods: readonly HTTPMethods[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** Answers 405 with `Allow` where a path exists but not for that method (RFC 9110 §15.5.6). Registered after all routes. */
export const methodNotAllowed = fp(
  async (app) => {
    const allowedByUrl = new Map<string, Set<HTTPMethods>>();
    for (const { url, method } of app.routeTable) {
      allowedByUrl.set(url, (allowedByUrl.get(url) ?? new Set()).add(method));
    }
    for (const [url, allowed] of allowedByUrl) {
      if (url.includes('*')) continue;
      const allow = [...allowed].sort().join(', ');
      app.route({
        method: methods.filter((method) => !allowed.has(method)),
        url,
        config: { access: 'public' },
        schema: { hide: true },
        handler: async () => {
          throw new AppError('method_not_allowed', { detail: `Allowed here: ${allow}.`, headers: { allow } });
        },
      });
    }
  },
  { name: 'method-not-allowed', dependencies: ['access'] },
);
