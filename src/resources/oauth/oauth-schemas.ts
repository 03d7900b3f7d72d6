import { Type } from 'typebox';
import type { Static } from 'typebox';
import { roles } from '../../db/tables/organizations.ts';
import { signingAlgorithms } from '../../rules/signing-algorithms.ts';
import { ClientId, Id } from '../../http/schemas.ts';
import { oauthErrorCodes } from './oauth-errors.ts';

// RFC 6749 §3.2: unknown parameters are ignored, so these objects are open; repeated ones arrive as arrays and are refused.
// A token with the longest scope a catalogue allows has ten thousand characters.
const required = (description: string) => Type.String({ minLength: 1, maxLength: 16_384, description });
const parameter = (description: string, maxLength = 16_384) => Type.Optional(Type.String({ maxLength, description }));
/** A hundred permissions of 64 characters, and the blanks between them. */
const SCOPE_MAX = 100 * 65;

/** Cut short: a whole one would be worth nothing, and would set off secret scanners. */
const exampleToken = 'eyJhbGciOiJSUzI1NiIsInR5cCI6ImF0K2p3dCJ9…';

const client = {
  client_id: parameter('With `client_secret`, instead of Basic.'),
  client_secret: parameter('With `client_id`, instead of Basic.'),
};

export const TokenRequest = Type.Object(
  {
    grant_type: required('`client_credentials`.'),
    scope: parameter('Permissions separated by spaces; all the client holds when left out.', SCOPE_MAX),
    // RFC 8707 lets it be repeated; a list here would make form clients of generators fail, so the route takes the one meant.
    resource: parameter('RFC 8707: whom the token is for, one of the audiences of this deployment.'),
    ...client,
  },
  { $id: 'TokenRequest', examples: [{ grant_type: 'client_credentials', scope: 'api.read' }] },
);
export type TokenRequest = Static<typeof TokenRequest>;

export const TokenResponse = Type.Object(
  {
    access_token: Type.String({ description: 'An RFC 9068 JWT.' }),
    token_type: Type.String({ enum: ['Bearer'] }),
    expires_in: Type.Integer({ minimum: 1, description: 'Seconds.' }),
    scope: Type.String(),
  },
  {
    $id: 'TokenResponse',
    description: 'An access token (RFC 6749 §5.1).',
    examples: [{ access_token: exampleToken, token_type: 'Bearer', expires_in: 900, scope: 'api.read flows.execute' }],
  },
);
export type TokenResponse = Static<typeof TokenResponse>;

export const TokenHint = Type.Object(
  {
    token: required('An access token, for introspection also a secret or an admin token.'),
    token_type_hint: parameter('`client_secret` to ask about a secret; otherwise not needed.'),
    requested_org: parameter(
      'Of an admin token: the `uuid` of an organization, said again where the user is a member of it.',
    ),
    ...client,
  },
  { $id: 'TokenHint', examples: [{ token: exampleToken }] },
);
export type TokenHint = Static<typeof TokenHint>;

export const Introspection = Type.Object(
  {
    active: Type.Boolean(),
    scope: Type.Optional(Type.String({ description: 'What the client still holds of it, separated by spaces.' })),
    client_id: Type.Optional(ClientId),
    token_type: Type.Optional(Type.String({ enum: ['Bearer', 'client_secret'] })),
    exp: Type.Optional(Type.Integer()),
    iat: Type.Optional(Type.Integer()),
    sub: Type.Optional(Type.String()),
    aud: Type.Optional(Type.String()),
    iss: Type.Optional(Type.String()),
    jti: Type.Optional(Type.String()),
    organization_id: Type.Optional(Id),
    environment: Type.Optional(Type.String()),
    secret_id: Type.Optional(Id),
    email: Type.Optional(Type.String({ description: 'Of an admin token: the user’s.' })),
    organizations: Type.Optional(
      Type.Array(Type.Object({ uuid: Id, name: Type.String(), role: Type.String({ enum: [...roles] }) }), {
        description: 'Of an admin token: every organization of the user, with the role there.',
      }),
    ),
  },
  {
    $id: 'Introspection',
    description: 'RFC 7662 §2.2. `{"active": false}` and no more for anything not good or not yours.',
    examples: [{ active: false }],
  },
);
export type Introspection = Static<typeof Introspection>;

export const OAuthProblem = Type.Object(
  {
    error: Type.String({ enum: oauthErrorCodes }),
    error_description: Type.String({ description: 'What is wrong, for people.' }),
  },
  {
    $id: 'OAuthProblem',
    description: 'What went wrong (RFC 6749 §5.2).',
    examples: [{ error: 'invalid_client', error_description: 'Client authentication failed' }],
  },
);

export const ServerMetadata = Type.Object(
  {
    issuer: Type.String(),
    token_endpoint: Type.String(),
    introspection_endpoint: Type.String(),
    revocation_endpoint: Type.String(),
    jwks_uri: Type.String(),
    scopes_supported: Type.Array(Type.String()),
    response_types_supported: Type.Array(Type.String()),
    grant_types_supported: Type.Array(Type.String()),
    token_endpoint_auth_methods_supported: Type.Array(Type.String()),
    introspection_endpoint_auth_methods_supported: Type.Array(Type.String()),
    revocation_endpoint_auth_methods_supported: Type.Array(Type.String()),
    access_token_signing_alg_values_supported: Type.Array(Type.String({ enum: [...signingAlgorithms] }), {
      description:
        'What access tokens may be signed with now; `RS256` always, and an algorithm that is being replaced.',
    }),
    service_documentation: Type.String(),
  },
  { $id: 'ServerMetadata', description: 'Where an OAuth client finds everything (RFC 8414 §2).' },
);
