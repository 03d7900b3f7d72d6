import { createLocalJWKSet, createRemoteJWKSet, customFetch, decodeJwt, jwtVerify } from 'jose';
import type { JSONWebKeySet, JWTPayload } from 'jose';
import { Email } from '../http/schemas.ts';
import { createValueCheck } from '../http/validation.ts';

const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA'];
/** For clocks that differ. */
const CLOCK_TOLERANCE_SECONDS = 60;
const FETCH_TIMEOUT_MS = 3_000;
/** Many times what any issuer says of itself or its keys. */
const DOCUMENT_BYTES_MAX = 256 * 1024;
const COOLDOWN_MS = 30_000;

/** Verifies tokens of the external issuer that the deployment trusts. */
export interface TrustedIssuer {
  /** Whether a token claims to be of this issuer; says nothing of whether it is. */
  isClaimedBy: (token: string) => boolean;
  /** Rejects for every token that does not prove an email. */
  verify: (token: string) => Promise<TrustedPerson>;
}

/** Whom a token of the issuer speaks of. */
export interface TrustedPerson {
  /** Verified, in lower case. */
  email: string;
  /** Seconds since the epoch: when the person logged in there, as far as the token says. */
  provenAt: number;
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
      const { payload, protectedHeader } = await jwtVerify(token, await getKeys(), {
        issuer,
        audience,
        algorithms: ALGORITHMS,
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        requiredClaims: ['exp', 'sub'],
      });
      requireKind(protectedHeader.typ, payload);
      requireParty(payload, audience);
      return { email: readEmail(payload), provenAt: readProvenAt(payload) };
    },
  };
}

/**
 * Of the kinds of tokens an issuer signs with the same keys, only one that speaks of a person who has logged in. The kind
 * stands in the header (RFC 8725 §3.11), with Keycloak also among the claims; `events` makes a logout token or another
 * security event (RFC 8417 §2.2).
 */
function requireKind(type: string | undefined, { typ, events }: JWTPayload): void {
  const isJwt = type === undefined || /^(?:application\/)?jwt$/i.test(type);
  const isOfPerson = typ === undefined || typ === 'ID' || typ === 'Bearer' || typ === 'JWT';
  if (!isJwt || !isOfPerson || events !== undefined) throw new Error('a token of another kind');
}

/** OpenID Connect Core §3.1.3.7: a token with several audiences was issued to one of them, and says to which. */
function requireParty({ aud, azp }: JWTPayload, audience: string): void {
  if (Array.isArray(aud) && aud.length > 1 && azp !== audience) throw new Error('a token that another party was given');
}

/** `auth_time` (OpenID Connect Core §2), else when the token was made; the beginning of time where neither is said. */
function readProvenAt({ auth_time: authTime, iat }: JWTPayload): number {
  return Number([authTime, iat, 0].find((time) => typeof time === 'number'));
}

const isEmail = createValueCheck(Email);

/** What the service would take as an email itself is ASCII, so that lower case means the same everywhere. */
function readEmail({ email, email_verified: isVerified }: JWTPayload): string {
  // Cognito and Apple write it as text.
  const isProven = isVerified === true || isVerified === 'true';
  if (!isProven || typeof email !== 'string' || !isEmail(email)) throw new Error('the token proves no verified email');
  return email.toLowerCase();
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
  const metadata = (await readJson(response)) as { issuer?: unknown; jwks_uri?: unknown };
  // OpenID Connect Discovery 1.0 §4.3: the metadata must be of the very issuer that was asked.
  if (metadata.issuer !== issuer || typeof metadata.jwks_uri !== 'string') {
    throw new Error('discovery answered for another issuer');
  }
  const keysUrl = new URL(metadata.jwks_uri);
  if (keysUrl.protocol !== 'https:' && keysUrl.protocol !== new URL(issuer).protocol) {
    throw new Error('discovery names keys that anybody on the way could replace');
  }
  return createRemoteJWKSet(keysUrl, {
    timeoutDuration: FETCH_TIMEOUT_MS,
    // jose pauses only after a key set that it could read.
    [customFetch]: rememberFailure(fetchKeySet),
  });
}

/** Fetches a key set as jose asks for it; rejects for all that is none. */
async function fetchKeySet(url: string, options: RequestInit): Promise<Response> {
  const response = await fetch(url, options);
  if (response.status !== 200) throw new Error(`the key set answered ${response.status}`);
  const keySet = await readJson(response);
  createLocalJWKSet(keySet as JSONWebKeySet);
  return Response.json(keySet);
}

/** Reads no more of an answer than a document of this kind can have; what it was compressed from counts. */
async function readJson({ body }: Response): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > DOCUMENT_BYTES_MAX) throw new Error('the issuer answered with too much');
    chunks.push(chunk);
  }
  return JSON.parse(Buffer.concat(chunks).toString());
}
