import jwt from '@fastify/jwt';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { v7 as uuidv7, validate as isUuid } from 'uuid';
import { API_PREFIX } from '../http/api-prefix.ts';
import { readAuthorization } from '../http/presented.ts';
import { isBase64url } from '../rules/base64url.ts';
import type { DatabaseClock } from '../db/database-clock.ts';
import { signCompact } from '../tokens/compact-jws.ts';
import type { KeyRing } from '../tokens/key-ring.ts';
import { VerifiedTokens } from '../tokens/verified-tokens.ts';

/** More than the longest `ADMIN_TOKEN_TTL_SECONDS` (a week), with a day for clocks that differ. */
const LIFETIME_SECONDS_MAX = 8 * 86_400;

/** Tokens whose signature need not be checked again; the session they belong to is read all the same. */
const VERIFIED_MAX = 5_000;

/** Of access tokens it is another one. */
const TOKEN_TYPE = 'JWT';

/** What an admin token says of its bearer. */
export interface AdminClaims {
  /** The user's id. */
  sub: string;
  /** The session the token belongs to: it works as long as the session does (name from OpenID Connect). */
  sid: string;
}

declare module 'fastify' {
  interface FastifyInstance {
    /**
     * Signs an admin token: RS256, `typ: JWT`, with `iss`, `aud`, `sub`, `sid`, `jti`, `iat` and `exp`. The signature is made
     * beside the event loop, as that of an access token.
     */
    signAdminToken: (claims: AdminClaims, ttlSeconds?: number) => Promise<string>;
    /** The claims of an admin token that was sent in a body; rejects as `verifyAdminToken` does. */
    readAdminToken: (token: string) => Promise<AdminClaims & { exp: number }>;
    /** The claims of the request's bearer token; rejects for whatever is not exactly a live admin token of ours. */
    verifyAdminToken: (request: FastifyRequest) => Promise<AdminClaims & { exp: number }>;
  }
}

export interface AdminTokenOptions {
  keyRing: KeyRing;
  clock: Pick<DatabaseClock, 'now'>;
  publicUrl: string;
  ttlSeconds: number;
}

/** RS256 tokens for people, which `@fastify/jwt` verifies. */
export const adminTokens = fp<AdminTokenOptions>(
  async (app: FastifyInstance, { keyRing, clock, publicUrl, ttlSeconds }) => {
    const audience = adminAudience(publicUrl);
    const verified = new VerifiedTokens<Record<string, unknown>>(keyRing, VERIFIED_MAX);
    await app.register(jwt, {
      secret: {
        public: async (_request: FastifyRequest, token: unknown) => findKey(keyRing, token as DecodedToken),
      },
      // The key is chosen by the header, so the whole token is decoded for it.
      decode: { complete: true },
      verify: {
        algorithms: ['RS256'],
        allowedIss: publicUrl,
        allowedAud: audience,
        checkTyp: TOKEN_TYPE,
        // By the clock of this process; `readClaims` goes by the database's.
        ignoreExpiration: true,
        extractToken: bearerTokenOf,
        // A claim that is absent is otherwise not checked at all.
        requiredClaims: ['iss', 'aud', 'sub', 'sid', 'jti', 'iat', 'exp'],
      },
    });

    app.decorate('signAdminToken', ({ sub, sid }: AdminClaims, expiresIn = ttlSeconds) => {
      const iat = Math.floor(clock.now() / 1000);
      const claims = { iss: publicUrl, aud: audience, sub, sid, jti: uuidv7(), iat, exp: iat + expiresIn };
      return signCompact(keyRing.current, TOKEN_TYPE, claims);
    });

    app.decorate('readAdminToken', async (token: string) => {
      // It throws for what is no JWT.
      const decoded = Object.assign({} as DecodedToken, app.jwt.decode<DecodedToken>(token, { complete: true }));
      const key = await findKey(keyRing, decoded);
      const claims = app.jwt.verify<Record<string, unknown>>(token, { key });
      return readClaims(claims, clock.now() / 1000);
    });

    app.decorate('verifyAdminToken', async (request: FastifyRequest) => {
      const token = bearerTokenOf(request) ?? '';
      const known = await verified.recall(token);
      if (known !== undefined) return readClaims(known, clock.now() / 1000);
      const claims = await request.jwtVerify<Record<string, unknown>>();
      const admin = readClaims(claims, clock.now() / 1000);
      verified.keep(token, kidOf(app, token), claims);
      return admin;
    });
  },
  { name: 'admin-tokens' },
);

/** The `aud` of admin tokens: the management API. Access tokens for machines name the origin or what is configured. */
export function adminAudience(publicUrl: string): string {
  return `${publicUrl}${API_PREFIX}`;
}

/** The bearer token of a request (RFC 6750 §2.1), if it carries exactly one. */
export function bearerTokenOf({ raw }: FastifyRequest): string | undefined {
  const found = readAuthorization(raw);
  return found.kind === 'token' ? found.token : undefined;
}

interface DecodedToken {
  header: { kid?: unknown; crit?: unknown };
  signature: string;
}

async function findKey(keyRing: KeyRing, { header, signature }: DecodedToken): Promise<string> {
  // RFC 7515 §4.1.11: no extension is understood here.
  if (header.crit !== undefined) throw new Error('a critical header');
  if (!isBase64url(signature)) throw new Error('the signature is not base64url');
  const key = typeof header.kid === 'string' ? await keyRing.findPublicKey(header.kid) : undefined;
  if (key === undefined) throw new Error('unknown kid');
  if (key.algorithm !== 'RS256') throw new Error('kid of a key for access tokens');
  return key.publicKeyPem;
}

/** Of a token that was verified by the key it names. */
function kidOf(app: FastifyInstance, token: string): string {
  return String(app.jwt.decode<DecodedToken>(token, { complete: true })?.header.kid);
}

/** What the verifier leaves open: the shape of the claims, the end, and a bound for the lifetime. */
function readClaims(
  { sub, sid, aud, exp }: Record<string, unknown>,
  nowSeconds: number,
): AdminClaims & { exp: number } {
  if (!isUuid(sub) || !isUuid(sid)) throw new Error('sub or sid is not an id');
  if (typeof aud !== 'string') throw new Error('more than one audience');
  if (typeof exp !== 'number' || !(exp > nowSeconds)) throw new Error('the token has expired');
  if (exp > nowSeconds + LIFETIME_SECONDS_MAX) throw new Error('exp is too far away');
  return { sub: String(sub), sid: String(sid), exp };
}
