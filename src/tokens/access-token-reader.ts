import { createVerifier } from 'fast-jwt';
import { isBase64url } from '../rules/base64url.ts';
import type { KeyRing, VerificationKey } from './key-ring.ts';
import { VerifiedTokens } from './verified-tokens.ts';

/** Tokens whose signature need not be checked again; their state is read all the same. */
const VERIFIED_MAX = 20_000;

/** The `typ` of an access token (RFC 9068 §2.1). */
export const ACCESS_TOKEN_TYPE = 'at+jwt';

/** What an access token says (RFC 9068 §2.2), with this service's own members after `scope`. */
export interface AccessTokenClaims {
  iss: string;
  sub: string;
  aud: string;
  client_id: string;
  jti: string;
  iat: number;
  exp: number;
  scope: string;
  organization_id: string;
  environment: string;
  secret_id: string;
}

/** The claims of a token that this service signed for one of its audiences, expired or not; undefined for any other. */
export type AccessTokenReader = (token: string) => Promise<AccessTokenClaims | undefined>;

export interface AccessTokenReaderOptions {
  keyRing: Pick<KeyRing, 'findPublicKey'>;
  issuer: string;
  audiences: readonly string[];
  /** How many tokens are remembered. */
  verifiedMax?: number;
}

/** Remembers the tokens that were good. */
export function createAccessTokenReader(options: AccessTokenReaderOptions): AccessTokenReader {
  const { keyRing, verifiedMax = VERIFIED_MAX } = options;
  const verified = new VerifiedTokens<AccessTokenClaims>(keyRing, verifiedMax);
  const verifiers = new Map<string, (token: string) => unknown>();

  async function verifierOf(kid: string): Promise<((token: string) => unknown) | undefined> {
    const key = await keyRing.findPublicKey(kid);
    if (key === undefined) {
      verifiers.delete(kid);
      return undefined;
    }
    const verifier = verifiers.get(kid) ?? createTokenVerifier(key, options);
    verifiers.set(kid, verifier);
    return verifier;
  }

  return async (token) => {
    const known = await verified.recall(token);
    if (known !== undefined) return known;
    const kid = readKid(token);
    const verifier = kid === undefined ? undefined : await verifierOf(kid);
    if (kid === undefined || verifier === undefined) return undefined;
    const claims = verify(verifier, token);
    if (claims !== undefined) verified.keep(token, kid, claims);
    return claims;
  };
}

function verify(verifier: (token: string) => unknown, token: string): AccessTokenClaims | undefined {
  try {
    const claims = verifier(token) as AccessTokenClaims;
    // The verifier was told to leave the end alone, so it has not looked at what it is either.
    return Number.isFinite(claims.exp) ? claims : undefined;
  } catch {
    return undefined;
  }
}

function createTokenVerifier(
  key: VerificationKey,
  { issuer, audiences }: Pick<AccessTokenReaderOptions, 'issuer' | 'audiences'>,
) {
  return createVerifier({
    key: key.publicKeyPem,
    // RFC 8725 §3.1: what the key is for decides, not the header.
    algorithms: [key.algorithm],
    allowedIss: issuer,
    allowedAud: [...audiences],
    checkTyp: ACCESS_TOKEN_TYPE,
    // By the clock of this process; who reads the claims looks at them by the database's.
    ignoreExpiration: true,
    requiredClaims: ['iss', 'sub', 'aud', 'client_id', 'jti', 'iat', 'exp', 'scope', 'secret_id'],
    // Its own would remember refused tokens as well.
    cache: false,
  });
}

/** The `kid` of a token's header, before anything of it is believed; undefined where the signature has another spelling. */
function readKid(token: string): string | undefined {
  if (!isBase64url(token.slice(token.lastIndexOf('.') + 1))) return undefined;
  try {
    const header: unknown = JSON.parse(Buffer.from(token.slice(0, token.indexOf('.')), 'base64url').toString());
    const kid = typeof header === 'object' && header !== null && 'kid' in header ? header.kid : undefined;
    return typeof kid === 'string' ? kid : undefined;
  } catch {
    return undefined;
  }
}
