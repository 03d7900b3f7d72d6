import type { PasskeyCredential } from './passkey-repository.ts';
import type {
  PasskeyAssertion,
  PasskeyAttestation,
  PasskeyCreationOptions,
  PasskeyRequestOptions,
} from './passkey-schemas.ts';

export const CHALLENGE_TTL_SECONDS = 300;

/** COSE algorithms: EdDSA, ES256, RS256; between them every authenticator has one. */
const ALGORITHMS = [-8, -7, -257];

/** Why an authenticator's answer is not good, for the log. */
export interface WebAuthnFault {
  fault: string;
}

export interface VerifiedAssertion {
  /** As the authenticator has it now. Whether it has counted on is for the database to decide. */
  signCount: number;
}

/** The ceremonies of Web Authentication Level 3 §7. The user is verified by the authenticator in each. */
export interface WebAuthn {
  makeCreationOptions: (
    user: { id: string; email: string },
    existing: readonly PasskeyCredential[],
  ) => Promise<PasskeyCreationOptions>;
  /** Attestation is neither asked for nor looked at. */
  verifyAttestation: (answer: PasskeyAttestation, challenge: string) => Promise<PasskeyCredential | WebAuthnFault>;
  makeRequestOptions: (credentials: readonly PasskeyCredential[]) => Promise<PasskeyRequestOptions>;
  verifyAssertion: (
    answer: PasskeyAssertion,
    expected: { challenge: string; userId: string; stored: PasskeyCredential },
  ) => Promise<VerifiedAssertion | WebAuthnFault>;
}

/**
 * The service as a relying party: its id is the host of `PUBLIC_URL`, and answers come from a page of it or of one of
 * `CORS_ORIGINS`. Browsers let a page use the id only where it is the page's own host or a domain above it.
 */
export function createWebAuthn({
  publicUrl,
  corsOrigins,
}: {
  publicUrl: string;
  corsOrigins: readonly string[];
}): WebAuthn {
  const { hostname, origin } = new URL(publicUrl);
  const party = { expectedOrigin: [origin, ...corsOrigins], expectedRPID: hostname };
  return { ...createRegistration(party), ...createAuthentication(party) };
}

/** What an answer must be from and for. */
interface Party {
  expectedOrigin: string[];
  expectedRPID: string;
}

/** Loaded by whoever comes with a passkey first: it is a fifth of all modules, and a start does not wait for it. */
const loadLibrary = () => import('@simplewebauthn/server');
const loadHelpers = () => import('@simplewebauthn/server/helpers');

const timeout = CHALLENGE_TTL_SECONDS * 1_000;
const authenticatorSelection = {
  residentKey: 'preferred',
  requireResidentKey: false,
  userVerification: 'required',
} as const;

function createRegistration(party: Party): Pick<WebAuthn, 'makeCreationOptions' | 'verifyAttestation'> {
  const { expectedRPID: rpID } = party;
  return {
    async makeCreationOptions({ id, email }, existing) {
      const { generateRegistrationOptions } = await loadLibrary();
      const { user, challenge, pubKeyCredParams } = await generateRegistrationOptions({
        ...{ rpName: rpID, rpID, userID: toUserHandle(id), userName: email, userDisplayName: email },
        supportedAlgorithmIDs: ALGORITHMS,
      });
      return {
        ...{ rp: { id: rpID, name: rpID }, user, challenge, pubKeyCredParams, timeout },
        ...{ excludeCredentials: existing.map(describe), authenticatorSelection, attestation: 'none' },
      };
    },

    verifyAttestation: (answer, challenge) =>
      judge(async () => {
        const { verifyRegistrationResponse } = await loadLibrary();
        const { verified, registrationInfo } = await verifyRegistrationResponse({
          response: await toRegistrationResponse(answer),
          expectedChallenge: challenge,
          supportedAlgorithmIDs: ALGORITHMS,
          requireUserVerification: true,
          ...party,
        });
        if (!verified) return { fault: 'not verified' };
        const { id: credentialId, publicKey, counter: signCount } = registrationInfo.credential;
        const { transports = [] } = answer.response;
        return { credentialId, publicKey: encode(publicKey), signCount, transports };
      }),
  };
}

function createAuthentication(party: Party): Pick<WebAuthn, 'makeRequestOptions' | 'verifyAssertion'> {
  const { expectedRPID: rpID } = party;
  return {
    async makeRequestOptions(credentials) {
      const { generateAuthenticationOptions } = await loadLibrary();
      const { challenge } = await generateAuthenticationOptions({ rpID });
      const allowCredentials = credentials.map(describe);
      return { challenge, timeout, rpId: rpID, allowCredentials, userVerification: 'required' };
    },

    async verifyAssertion(answer, { challenge, userId, stored }) {
      const { userHandle } = answer.response;
      if (typeof userHandle === 'string' && userHandle !== encode(toUserHandle(userId))) {
        return { fault: 'the passkey is of another user' };
      }
      return judge(async () => {
        const { verifyAuthenticationResponse } = await loadLibrary();
        const { isoBase64URL } = await loadHelpers();
        const { verified, authenticationInfo } = await verifyAuthenticationResponse({
          response: toAuthenticationResponse(answer),
          expectedChallenge: challenge,
          // Any count will do here: the database compares it, in one statement with storing it.
          credential: { id: stored.credentialId, publicKey: isoBase64URL.toBuffer(stored.publicKey), counter: 0 },
          requireUserVerification: true,
          ...party,
        });
        return verified ? { signCount: authenticationInfo.newCounter } : { fault: 'the signature is wrong' };
      });
    },
  };
}

/** The library throws for all that is wrong with an answer. Its messages begin in its words and go on in the caller's. */
async function judge<T>(verify: () => Promise<T | WebAuthnFault>): Promise<T | WebAuthnFault> {
  try {
    return await verify();
  } catch (err) {
    const [words] = err instanceof Error ? err.message.split(/["':]/) : [];
    return { fault: words?.trim() ?? 'unknown' };
  }
}

/** Random bytes for whoever reads them (§14.6.1): the user's id says nothing of the user. */
function toUserHandle(userId: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(userId.replaceAll('-', ''), 'hex'));
}

function encode(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}

function describe({ credentialId: id, transports }: PasskeyCredential) {
  return { id, type: 'public-key', transports };
}

/**
 * An answer without its attestation statement. What such a statement says is trusted by nobody here, and to verify one the
 * library would fetch what addresses it names.
 */
async function toRegistrationResponse({ id, rawId, response }: PasskeyAttestation) {
  const { decodeAttestationObject, isoBase64URL, isoCBOR } = await loadHelpers();
  const attestation = decodeAttestationObject(isoBase64URL.toBuffer(response.attestationObject));
  const bare = new Map<string, unknown>([
    ['fmt', 'none'],
    ['attStmt', new Map()],
    ['authData', attestation.get('authData')],
  ]);
  const attestationObject = isoBase64URL.fromBuffer(isoCBOR.encode(bare as never));
  const { clientDataJSON } = response;
  return {
    id,
    rawId,
    type: 'public-key' as const,
    response: { clientDataJSON, attestationObject },
    clientExtensionResults: {},
  };
}

function toAuthenticationResponse({ id, rawId, response }: PasskeyAssertion) {
  const { clientDataJSON, authenticatorData, signature } = response;
  return {
    id,
    rawId,
    type: 'public-key' as const,
    response: { clientDataJSON, authenticatorData, signature },
    clientExtensionResults: {},
  };
}
