import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose';

const FETCH_TIMEOUT_MS = 3_000;
const DISCOVERY_COOLDOWN_MS = 30_000;

/** Verifies tokens of the external issuer that the deployment trusts. */
export interface TrustedIssuer {
  /** Whether a token claims to be of this issuer; says nothing of whether it is. */
  isClaimedBy: (token: string) => boolean;
  /** The verified email of the token's subject; rejects for every token that does not prove one. */
  verify: (token: string) => Promise<string>;
}

/**
 * An issuer whose keys are found through OpenID Connect Discovery, at the first token of its. A failure to reach it is
 * remembered for half a minute, so that tokens cannot make the service knock there without pause.
 */
export function createTrustedIssuer({ issuer, audience }: { issuer: string; audience: string }): TrustedIssuer {
  let keys: ReturnType<typeof discoverKeys> | undefined;

  function getKeys(): ReturnType<typeof discoverKeys> {
    keys ??= discoverKeys(issuer).catch((err: unknown) => {
      setTimeout(() => (keys = undefined), DISCOVERY_COOLDOWN_MS).unref();
      throw err;
    });
    return keys;
  }

  return {
    isClaimedBy(token) {
      try {
        return decodeJwt(token).iss === issuer;
      } catch {
        return false;
      }
    },

    async verify(token) {
      const { payload } = await jwtVerify(token, await getKeys(), {
        issuer,
        audience,
        algorithms: ['RS256'],
        requiredClaims: ['exp', 'sub'],
      });
      if (payload.email_verified !== true || typeof payload.email !== 'string') {
        throw new Error('the token proves no verified email');
      }
      return payload.email;
    },
  };
}

async function discoverKeys(issuer: string): Promise<ReturnType<typeof createRemoteJWKSet>> {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const response = await fetch(url, { signal: AbortSignal.timeout(FETCH_TIMEOUT_MS), redirect: 'error' });
  if (!response.ok) throw new Error(`discovery answered ${response.status}`);
  const metadata = (await response.json()) as { issuer?: unknown; jwks_uri?: unknown };
  // OpenID Connect Discovery 1.0 §4.3: the metadata must be of the very issuer that was asked.
  if (metadata.issuer !== issuer || typeof metadata.jwks_uri !== 'string') {
    throw new Error('discovery answered for another issuer');
  }
  return createRemoteJWKSet(new URL(metadata.jwks_uri), { timeoutDuration: FETCH_TIMEOUT_MS });
}
