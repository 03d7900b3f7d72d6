import { Type } from 'typebox';
import type { Static } from 'typebox';
import { environments } from '../../db/tables/api-clients.ts';
import { ClientId, Id, nullable, Timestamp } from '../../http/schemas.ts';

const WantedPermission = Type.String({ maxLength: 64 });
const WantedEnvironment = Type.String({ enum: [...environments] });

export const VerifyQuery = Type.Object(
  {
    permission: Type.Optional(
      Type.Array(WantedPermission, { maxItems: 100, description: 'May be repeated; all of them must be held.' }),
    ),
    environment: Type.Optional(WantedEnvironment),
  },
  { additionalProperties: false },
);
export type VerifyQuery = Static<typeof VerifyQuery>;

export const VerifyBody = Type.Object(
  {
    permission: Type.Optional(
      Type.Union([WantedPermission, Type.Array(WantedPermission, { maxItems: 100 })], {
        description: 'One or several; all of them must be held.',
        examples: ['api.read'],
      }),
    ),
    environment: Type.Optional(WantedEnvironment),
    redirect_url: Type.Optional(
      Type.String({ maxLength: 4096, description: 'Asks for `redirect_url_allowed` in the answer.' }),
    ),
  },
  { $id: 'VerifyRequest', additionalProperties: false, examples: [{ permission: 'api.read' }] },
);
export type VerifyBody = Static<typeof VerifyBody>;

export const VerifiedClient = Type.Object(
  {
    client_id: ClientId,
    name: Type.String(),
    organization_id: Id,
    application_id: nullable(Id),
    environment: Type.String({ enum: [...environments] }),
    permissions: Type.Array(Type.String()),
    secret_id: Id,
    expires_at: nullable(Timestamp),
    redirect_url_allowed: Type.Optional(
      Type.Boolean({ description: 'Only where a `redirect_url` was asked about; false for anything not listed.' }),
    ),
  },
  {
    $id: 'VerifiedClient',
    description: 'The API client behind a valid credential.',
    examples: [
      {
        client_id: 'Vb3nR8yKq0sL5tXw1Zc9Dg',
        name: 'Onboarding backend (staging)',
        organization_id: '019a3c5e-7d14-7b52-9c0e-3f6a1d2b4c01',
        application_id: null,
        environment: 'staging',
        permissions: ['api.read', 'flows.execute'],
        secret_id: '019a3c5e-9b33-7f10-a2d4-8c7b6a594803',
        expires_at: null,
      },
    ],
  },
);
export type VerifiedClient = Static<typeof VerifiedClient>;

/** The same for a gateway, which need not read the body. */
export const gatewayHeaders = {
  'x-client-id': Type.String({ description: 'The API client.' }),
  'x-organization-id': Type.String({ description: 'Its organization.' }),
  'x-application-id': Type.String({ description: 'Its application; absent where it has none.' }),
  'x-environment': Type.String({ description: 'Its environment.' }),
  'x-permissions': Type.String({ description: 'Its permissions, separated by spaces.' }),
};
