import { Type } from 'typebox';
import type { Static } from 'typebox';
import { Id, Name, nullable, Page, PageQuery, ref, Timestamp } from '../../http/schemas.ts';
import { TempToken } from './second-factor-schemas.ts';

const body = { additionalProperties: false } as const;
/** What a browser sends may hold more than is looked at, and new browsers send more than old ones. */
const open = { additionalProperties: true } as const;

const Base64Url = (maxLength: number, description?: string) =>
  Type.String({ pattern: '^[A-Za-z0-9_-]+$', maxLength, ...(description === undefined ? {} : { description }) });
const Transport = Type.String({ format: 'visible-ascii', maxLength: 32 });
const CredentialType = Type.String({ enum: ['public-key'] });
const CREDENTIAL_ID_LENGTH_MAX = 1_400;
const CLIENT_DATA_LENGTH_MAX = 4_096;

const credentialMembers = {
  id: Base64Url(CREDENTIAL_ID_LENGTH_MAX),
  rawId: Base64Url(CREDENTIAL_ID_LENGTH_MAX),
  type: CredentialType,
};

export const PasskeyAttestationResponse = Type.Object(
  {
    clientDataJSON: Base64Url(CLIENT_DATA_LENGTH_MAX),
    attestationObject: Base64Url(12_288),
    transports: Type.Optional(Type.Array(Transport, { maxItems: 10 })),
  },
  { ...open, $id: 'PasskeyAttestationResponse' },
);

export const PasskeyAttestation = Type.Object(
  { ...credentialMembers, response: ref(PasskeyAttestationResponse) },
  {
    ...open,
    $id: 'PasskeyAttestation',
    description:
      'What `navigator.credentials.create()` gave: its `toJSON()` (WebAuthn Level 3, RegistrationResponseJSON).',
  },
);
export type PasskeyAttestation = Static<typeof PasskeyAttestation>;

export const PasskeyAssertionResponse = Type.Object(
  {
    clientDataJSON: Base64Url(CLIENT_DATA_LENGTH_MAX),
    authenticatorData: Base64Url(4_096),
    signature: Base64Url(2_048),
    userHandle: Type.Optional(nullable(Type.String({ maxLength: 128 }))),
  },
  { ...open, $id: 'PasskeyAssertionResponse' },
);

export const PasskeyAssertion = Type.Object(
  { ...credentialMembers, response: ref(PasskeyAssertionResponse) },
  {
    ...open,
    $id: 'PasskeyAssertion',
    description:
      'What `navigator.credentials.get()` gave: its `toJSON()` (WebAuthn Level 3, AuthenticationResponseJSON).',
  },
);
export type PasskeyAssertion = Static<typeof PasskeyAssertion>;

const passkey = {
  uuid: Id,
  name: Name,
  created_at: Timestamp,
  last_used_at: nullable({ ...Timestamp, description: 'RFC 3339, UTC; null for one that was never used.' }),
};
const passkeyExample = {
  uuid: '019a3c5e-9b33-7f10-a2d4-8c7b6a594803',
  name: 'Laptop',
  created_at: '2026-11-25T20:14:07.512Z',
  last_used_at: null,
};
const attestationExample = {
  id: 'q83vEjRWeJCrze8SNFZ4kA',
  rawId: 'q83vEjRWeJCrze8SNFZ4kA',
  type: 'public-key',
  response: {
    clientDataJSON: 'eyJ0eXBlIjoid2ViYXV0aG4uY3JlYXRlIn0',
    attestationObject: 'o2NmbXRkbm9uZWdhdHRTdG10oGhhdXRoRGF0YVik',
    transports: ['internal'],
  },
};

export const PasskeyRecord = Type.Object(passkey, {
  $id: 'Passkey',
  description: 'A passkey of one’s own.',
  examples: [passkeyExample],
});
export type PasskeyRecord = Static<typeof PasskeyRecord>;

export const PasskeyCreate = Type.Object(
  { name: Name, credential: ref(PasskeyAttestation) },
  { ...body, $id: 'PasskeyCreate', examples: [{ name: 'Laptop', credential: attestationExample }] },
);

export const PasskeyCreated = Type.Object(
  {
    ...passkey,
    recovery_codes: Type.Unsafe<string[] | null>({
      type: ['array', 'null'],
      items: { type: 'string' },
      description: 'With the first second factor ten codes for whoever loses it, shown this once; else null.',
    }),
  },
  {
    $id: 'PasskeyCreated',
    description: 'The new passkey.',
    examples: [{ ...passkeyExample, recovery_codes: ['7Q2Z-D4KX-09HV-MJ3T', 'B8NW-1RYG-5E6C-XP2A'] }],
  },
);

export const PasskeyPage = Page(PasskeyRecord, {
  $id: 'PasskeyPage',
  description: 'One’s passkeys: newest first, unless asked otherwise.',
});
export const PasskeyQuery = PageQuery({});
export type PasskeyQuery = Static<typeof PasskeyQuery>;

const Descriptors = Type.Array(
  Type.Object({ id: Type.String(), type: CredentialType, transports: Type.Array(Transport) }),
);
const timeout = Type.Integer({ description: 'Milliseconds.' });
const userVerification = Type.String({ enum: ['required'] });

export const PasskeyCreationOptions = Type.Object(
  {
    rp: Type.Object({ id: Type.String(), name: Type.String() }),
    user: Type.Object({ id: Type.String(), name: Type.String(), displayName: Type.String() }),
    challenge: Type.String(),
    pubKeyCredParams: Type.Array(Type.Object({ type: CredentialType, alg: Type.Integer() })),
    timeout,
    excludeCredentials: Descriptors,
    authenticatorSelection: Type.Object({
      residentKey: Type.String({ enum: ['preferred'] }),
      requireResidentKey: Type.Boolean(),
      userVerification,
    }),
    attestation: Type.String({ enum: ['none'] }),
  },
  {
    $id: 'PasskeyCreationOptions',
    description:
      'For `PublicKeyCredential.parseCreationOptionsFromJSON()` and `navigator.credentials.create()` (WebAuthn Level 3).',
    examples: [
      {
        rp: { id: 'accounts.acme.example', name: 'accounts.acme.example' },
        user: { id: 'AZo8XnUSe1KcDj9qHStMAQ', name: 'ada@acme.example', displayName: 'ada@acme.example' },
        challenge: 'V8b3K0mT5xYq2wLr7Zc9DgH4nJfPsAeUtR6iOyCvBkE',
        pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
        timeout: 300_000,
        excludeCredentials: [],
        authenticatorSelection: { residentKey: 'preferred', requireResidentKey: false, userVerification: 'required' },
        attestation: 'none',
      },
    ],
  },
);
export type PasskeyCreationOptions = Static<typeof PasskeyCreationOptions>;

export const PasskeyRequestOptions = Type.Object(
  { challenge: Type.String(), timeout, rpId: Type.String(), allowCredentials: Descriptors, userVerification },
  {
    $id: 'PasskeyRequestOptions',
    description:
      'For `PublicKeyCredential.parseRequestOptionsFromJSON()` and `navigator.credentials.get()` (WebAuthn Level 3).',
    examples: [
      {
        challenge: 'V8b3K0mT5xYq2wLr7Zc9DgH4nJfPsAeUtR6iOyCvBkE',
        timeout: 300_000,
        rpId: 'accounts.acme.example',
        allowCredentials: [{ id: 'q83vEjRWeJCrze8SNFZ4kA', type: 'public-key', transports: ['internal'] }],
        userVerification: 'required',
      },
    ],
  },
);
export type PasskeyRequestOptions = Static<typeof PasskeyRequestOptions>;

export const PasskeyLoginOptionsRequest = Type.Object(
  { temp_token: TempToken },
  {
    ...body,
    $id: 'PasskeyLoginOptionsRequest',
    examples: [{ temp_token: 'pR7wN2bXkq4T0mVd9sYcJf6HgL1zAe8uQx3Ci5oKtWy' }],
  },
);

export const PasskeyProof = Type.Object(
  { temp_token: TempToken, credential: ref(PasskeyAssertion) },
  {
    ...body,
    $id: 'PasskeyProof',
    examples: [
      {
        temp_token: 'pR7wN2bXkq4T0mVd9sYcJf6HgL1zAe8uQx3Ci5oKtWy',
        credential: {
          id: 'q83vEjRWeJCrze8SNFZ4kA',
          rawId: 'q83vEjRWeJCrze8SNFZ4kA',
          type: 'public-key',
          response: {
            clientDataJSON: 'eyJ0eXBlIjoid2ViYXV0aG4uZ2V0In0',
            authenticatorData: 'SZYN5YgOjGh0NBcPZHZgW4_krrmihjLHmVzzuoMdl2MFAAAAAQ',
            signature: 'MEUCIQDx',
            userHandle: 'AZo8XnUSe1KcDj9qHStMAQ',
          },
        },
      },
    ],
  },
);
