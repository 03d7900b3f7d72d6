import { createLocalJWKSet, createRemoteJWKSet, customFetch, decodeJwt, jwtVerify } from 'jose';
import type { JSONWebKeySet } from 'jose';

const FETCH_TIMEOUT_MS = 3_000;
const COOLDOWN_MS = 30_000;

/** Verifies tokens of the external issuer that the deployment trusts. */
export interface TrustedIssuer {
  /** Whether a token claims to be of this issuer; says nothing of whether it is. */
  isClaimedBy: (token: string) => boolean;
  /** The verified email of the token's subject; rejects for every token that does not prove one. */
  verify: (token: string) => Promise<string>;
}

/**
 * An issuer whose keys are found through OpenID Connect Discovery, at the first token of its. A failure to read what it
 * says of itself or its keys is remembered for half a minute, so that tokens cannot make the service knock there without
 * pause. Keys that are known go on verifying meanwhile.
 */
export function createTrustedIssuer({ issuer, audience }: { issuer: string; audience: string }): TrustedIssuer {
  const discover = rememberFailure(() => discoverKeys(issuer));
  let keys: ReturnType<typeof discoverKeys> | undefined;

  function getKeys(): ReturnType<typeof discoverKeys> {
    keys ??= discover().catch((err: unknown) => {
      keys = undefined;
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

/** For a while after a failure that is the answer to every call, and nobody is asked. */
function rememberFailure<Input extends unknown[], Output>(
  ask: (...input: Input) => Promise<Output>,
): (...input: Input) => Promise<Output> {
  let failure: { err: unknown; untilMs: number } | undefined;
  return async (...input) => {
    if (failure !== undefined && performance.now() < failure.untilMs) throw failure.err;
    try {
      return await ask(...input);
    } catch (err) {
      failure = { err, untilMs: performance.now() + COOLDOWN_MS };
      throw err;
    }
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
  return createRemoteJWKSet(new URL(metadata.jwks_uri), {
    timeoutDuration: FETCH_TIMEOUT_MS,
    // jose pauses only after a key set that it could read.
    [customFetch]: rememberFailure(fetchKeySet),
  });
}

/** Fetches a key set as jose asks for it; rejects for all that is none. */
async function fetchKeySet(url: string, options: RequestInit): Promise<Response> {
  const response = await fetch(url, options);
  if (response.status !== 200) throw new Error(`the key set answered ${response.status}`);
  const keySet: unknown = await response.json();
  createLocalJWKSet(keySet as JSONWebKeySet);
  return Response.json(keySet);
}
