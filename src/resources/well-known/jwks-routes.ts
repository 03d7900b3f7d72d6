import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { signingAlgorithms } from '../../rules/signing-algorithms.ts';
import { JWKS_MAX_AGE_SECONDS } from '../../tokens/key-ring.ts';
import type { KeyRing } from '../../tokens/key-ring.ts';

export interface JwksRoutesOptions {
  keyRing: KeyRing;
}

const JwkSet = Type.Object(
  {
    keys: Type.Array(
      Type.Object({
        kty: Type.String({ description: '`RSA`, `EC` or `OKP`.' }),
        n: Type.Optional(Type.String({ description: 'Of an RSA key.' })),
        e: Type.Optional(Type.String({ description: 'Of an RSA key.' })),
        crv: Type.Optional(Type.String({ description: '`P-256` of an EC key, `Ed25519` of an OKP key.' })),
        x: Type.Optional(Type.String({ description: 'Of an EC or OKP key.' })),
        y: Type.Optional(Type.String({ description: 'Of an EC key.' })),
        kid: Type.String({ description: 'RFC 7638 thumbprint.' }),
        use: Type.String(),
        alg: Type.String({
          enum: [...signingAlgorithms],
          description: 'The one algorithm of its signatures. Others than `RS256` sign access tokens alone.',
        }),
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
