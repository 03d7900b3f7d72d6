import jwt from '@fastify/jwt';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { v7 as uuidv7 } from 'uuid';
import type { KeyRing } from './key-ring.ts';

/** What an admin token says of its bearer. */
export interface AdminClaims {
  /** The user's id. */
  sub: string;
  /** The session the token belongs to: it works as long as the session does (name from OpenID Connect). */
  sid: string;
}

declare module 'fastify' {
  interface FastifyInstance {
    /** Signs an admin token: RS256, `typ: JWT`, with `iss`, `aud`, `sub`, `sid`, `jti`, `iat` and `exp`. */
    signAdminToken: (claims: AdminClaims) => string;
    /** The claims of the request's bearer token; rejects for whatever is not exactly a live admin token of ours. */
    verifyAdminToken: (request: FastifyRequest) => Promise<AdminClaims>;
  }
}

export interface AdminTokenOptions {
  keyRing: KeyRing;
  publicUrl: string;
  ttlSeconds: number;
}

/** RS256 tokens for people, through `@fastify/jwt`. */
export const adminTokens = fp<AdminTokenOptions>(
  async (app: FastifyInstance, { keyRing, publicUrl, ttlSeconds }) => {
    const audience = adminAudience(publicUrl);
    await app.register(jwt, {
      secret: {
        private: async () => keyRing.current.privateKeyPem,
        public: async (_request: FastifyRequest, token: unknown) => findKey(keyRing, token),
      },
      // The key is chosen by the header, so the whole token is decoded for it.
      decode: { complete: true },
      sign: { algorithm: 'RS256', iss: publicUrl, aud: audience, expiresIn: ttlSeconds },
      verify: {
        algorithms: ['RS256'],
        allowedIss: publicUrl,
        allowedAud: audience,
        checkTyp: 'jwt',
        // A claim that is absent is otherwise not checked at all.
        requiredClaims: ['iss', 'aud', 'sub', 'sid', 'jti', 'iat', 'exp'],
      },
    });

    app.decorate('signAdminToken', ({ sub, sid }: AdminClaims) => {
      const { kid, privateKeyPem } = keyRing.current;
      return app.jwt.sign({ sid }, { key: privateKeyPem, kid, sub, jti: uuidv7() });
    });

    app.decorate('verifyAdminToken', async (request: FastifyRequest) => request.jwtVerify<AdminClaims>());
  },
  { name: 'admin-tokens' },
);

/** The `aud` of admin tokens: the management API. Access tokens for machines name the origin or what is configured. */
export function adminAudience(publicUrl: string): string {
  return `${publicUrl}/auth/v2`;
}

async function findKey(keyRing: KeyRing, token: unknown): Promise<string> {
  const header = (token as { header?: { kid?: unknown } }).header;
  const key = typeof header?.kid === 'string' ? await keyRing.findPublicKey(header.kid) : undefined;
  if (key === undefined) throw new Error('unknown kid');
  return key;
}
