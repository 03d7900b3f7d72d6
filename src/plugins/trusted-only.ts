import type { FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { AppError } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /**
     * Whether the route takes or makes a password, or what stands for one: closed where people log in elsewhere alone, to
     * everybody or to who is not logged in.
     */
    usesPassword?: true | 'unless logged in';
  }
}

/**
 * Closes every route that says it `usesPassword` where people come in by tokens of a trusted issuer alone. Registered before
 * the routes.
 * @param options.issuer where people log in; undefined where passwords are used
 */
export const trustedOnly = fp<{ issuer: string | undefined }>(
  async (app, { issuer }) => {
    app.addHook('onRoute', (route) => {
      if (route.config?.usesPassword === undefined) return;
      const { usesPassword, problems = [] } = route.config;
      if (problems !== 'described-by-route') {
        route.config.problems = [...problems, 'passwords_disabled' satisfies ErrorCode];
      }
      if (issuer === undefined) return;
      const refuse = async (request: FastifyRequest) => {
        if (usesPassword === 'unless logged in' && request.admin !== null) return;
        throw passwordsDisabled(issuer);
      };
      route.onRequest = [...[route.onRequest ?? []].flat(), refuse];
    });
  },
  { name: 'trusted-only' },
);

function passwordsDisabled(issuer: string): AppError {
  return new AppError('passwords_disabled', { detail: `Log in at ${issuer}: its tokens are admin tokens here.` });
}
