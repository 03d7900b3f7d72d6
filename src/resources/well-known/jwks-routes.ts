import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { JWKS_MAX_AGE_SECONDS } from '../../tokens/key-ring.ts';
import type { KeyRing } from '../../tokens/key-ring.ts';

export interface JwksRoutesOptions {
  keyRing: KeyRing;
}

const JwkSet = Type.Object(
  {
    keys: Type.Array(
      Type.Object({
        kty: Type.String(),
        n: Type.String(),
        e: Type.String(),
        kid: Type.String({ description: 'RFC 7638 thumbprint.' }),
        use: Type.String(),
        alg: Type.String(),
      }),
    ),
  },
  { description: 'The public keys that verify this deployment’s tokens.' },
);

/** The public keys, at the origin (RFC 7517 §5). */
export const jwksRoutes: FastifyPluginAsyncTypebox<JwksRoutesOptions> = async (app, { keyRing }) => {
  app.get(
    '/.well-known/jwks.json',
    {
      config: { access: 'public' },
      schema: {
        operationId: 'getJwks',
        summary: 'Read the public keys',
        tags: ['Service'],
        response: { 200: JwkSet },
      },
    },
    async (_request, reply) => {
      reply.header('cache-control', `public, max-age=${JWKS_MAX_AGE_SECONDS}`);
      return reply.code(200).send(keyRing.jwks);
    },
  );
};
