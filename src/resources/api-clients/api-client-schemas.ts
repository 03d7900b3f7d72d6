import { Type } from 'typebox';
import type { Static } from 'typebox';
import { API_PREFIX } from '../../http/api-prefix.ts';
import { clientStatuses, environments } from '../../db/tables/api-clients.ts';
import type { ClientStatus, Environment } from '../../db/tables/api-clients.ts';
import {
  AllowedIps,
  ClientId,
  CreatedBy,
  Description,
  FutureTimestamp,
  Id,
  immutable,
  Name,
  nullable,
  Page,
  PageQuery,
  Permission,
  RedirectUrls,
  SecretHint,
  Timestamp,
} from '../../http/schemas.ts';

const EnvironmentName = Type.Unsafe<Environment>(
  Type.String({ enum: [...environments], description: 'Never changes.' }),
);
const StatusName = Type.Unsafe<ClientStatus>(
  Type.String({
    enum: [...clientStatuses],
    description: 'A paused client’s secrets are refused until it is active again.',
  }),
);
const Permissions = Type.Array(Permission, {
  minItems: 1,
  maxItems: 100,
  uniqueItems: true,
  description: `Names from \`GET ${API_PREFIX}/permissions/\`.`,
});
/** A change may keep what left the catalogue: which that is, only the stored client tells. */
const ChangedPermissions = Type.Array(Type.String({ format: 'line', maxLength: 64 }), {
  minItems: 1,
  maxItems: 100,
  uniqueItems: true,
  description: `Names from \`GET ${API_PREFIX}/permissions/\`. One that is there no more may stay where the client already holds it.`,
});
const ClientEnd = {
  ...FutureTimestamp,
  description: 'RFC 3339, in the future. The client’s secrets are refused from then on.',
};

const record = {
  client_id: ClientId,
  name: Name,
  description: nullable(Description),
  environment: EnvironmentName,
  permissions: Permissions,
  allowed_redirect_urls: RedirectUrls,
  allowed_ips: AllowedIps,
  status: StatusName,
  application_id: nullable(Id),
  expires_at: nullable(Timestamp),
  client_secret_hint: nullable(SecretHint),
  last_used_at: nullable(Timestamp),
  created_by: nullable(CreatedBy),
  created_at: Timestamp,
  updated_at: Timestamp,
};

const example = {
  client_id: 'Vb3nR8yKq0sL5tXw1Zc9Dg',
  name: 'Onboarding backend (staging)',
  description: null,
  environment: 'staging',
  permissions: ['api.read', 'flows.execute'],
  allowed_redirect_urls: ['https://staging.acme.example/callback', 'http://localhost:5173/callback'],
  allowed_ips: ['192.0.2.0/24', '2001:db8::7'],
  status: 'active',
  application_id: null,
  expires_at: null,
  client_secret_hint: 'm4Tz',
  last_used_at: '2026-02-01T08:30:00.000Z',
  created_by: 'ada@acme.example',
  created_at: '2026-01-31T12:00:00.000Z',
  updated_at: '2026-01-31T12:00:00.000Z',
};

export const ApiClientRecord = Type.Object(record, {
  $id: 'ApiClient',
  description: 'An API client.',
  examples: [example],
});
export type ApiClientRecord = Static<typeof ApiClientRecord>;

export const ApiClientWithSecret = Type.Object(
  { ...record, client_secret: Type.String({ description: 'Shown this once.' }) },
  {
    $id: 'ApiClientWithSecret',
    description: 'An API client with its new secret.',
    examples: [{ ...example, last_used_at: null, client_secret: 'lk_staging_9cVd…m4Tz' }],
  },
);
export type ApiClientWithSecret = Static<typeof ApiClientWithSecret>;

export const ApiClientPage = Page(ApiClientRecord, {
  $id: 'ApiClientPage',
  description: 'Newest first, unless asked otherwise.',
});

export const ApiClientCreate = Type.Object(
  {
    name: Name,
    environment: EnvironmentName,
    permissions: Permissions,
    allowed_redirect_urls: Type.Optional(RedirectUrls),
    allowed_ips: Type.Optional(nullable(AllowedIps)),
    application_id: Type.Optional(nullable(Id)),
    description: Type.Optional(nullable(Description)),
    expires_at: Type.Optional(nullable(ClientEnd)),
  },
  {
    $id: 'ApiClientCreate',
    additionalProperties: false,
    examples: [
      {
        name: 'Onboarding backend (staging)',
        environment: 'staging',
        permissions: ['api.read', 'flows.execute'],
        allowed_redirect_urls: ['https://staging.acme.example/callback', 'http://localhost:5173/callback'],
      },
    ],
  },
);
export type ApiClientCreate = Static<typeof ApiClientCreate>;

export const ApiClientUpdate = Type.Object(
  {
    name: Type.Optional(Name),
    description: Type.Optional(nullable(Description)),
    permissions: Type.Optional(ChangedPermissions),
    allowed_redirect_urls: Type.Optional(RedirectUrls),
    allowed_ips: Type.Optional(nullable(AllowedIps)),
    expires_at: Type.Optional(nullable(ClientEnd)),
    status: Type.Optional(StatusName),
    client_id: immutable(),
    environment: immutable(),
    application_id: immutable(),
    client_secret: immutable(),
    client_secret_hint: immutable(),
    last_used_at: immutable(),
    created_by: immutable(),
    created_at: immutable(),
    updated_at: immutable(),
  },
  {
    $id: 'ApiClientUpdate',
    additionalProperties: false,
    examples: [{ permissions: ['api.read'], status: 'paused' }],
  },
);
export type ApiClientUpdate = Static<typeof ApiClientUpdate>;

export const ApiClientQuery = PageQuery({
  environment: Type.Optional(Type.Unsafe<Environment>(Type.String({ enum: [...environments] }))),
  status: Type.Optional(Type.Unsafe<ClientStatus>(Type.String({ enum: [...clientStatuses] }))),
  application_id: Type.Optional(
    Type.String({
      format: 'uuid-or-none',
      maxLength: 36,
      description: 'The `uuid` of an application, or `none` for clients without one.',
    }),
  ),
  permission: Type.Optional(Type.String({ format: 'line', maxLength: 64, description: 'Holds this permission.' })),
  q: Type.Optional(
    Type.String({
      format: 'line',
      maxLength: 200,
      description: 'Part of the name in any case, a whole `client_id`, or a `client_secret_hint`.',
    }),
  ),
  unused_since: Type.Optional(Type.String({ format: 'date-time', maxLength: 35, description: 'Not used since then.' })),
  expires_before: Type.Optional(
    Type.String({ format: 'date-time', maxLength: 35, description: 'Ends before then, or has ended.' }),
  ),
  has_retiring_secret: Type.Optional(
    Type.Boolean({ description: 'Whether an old secret still works beside the new one.' }),
  ),
});
export type ApiClientQuery = Static<typeof ApiClientQuery>;

export const RedirectUrlCheck = Type.Object(
  { redirect_url: Type.String({ maxLength: 4096 }) },
  {
    $id: 'RedirectUrlCheck',
    additionalProperties: false,
    examples: [{ redirect_url: 'https://staging.acme.example/callback/' }],
  },
);

export const RedirectUrlVerdict = Type.Object(
  {
    allowed: Type.Boolean(),
    nearest: nullable(
      Type.String({ description: 'The allowed URL most like it; null when it is allowed or none is.' }),
    ),
    difference: nullable(Type.String({ description: 'What differs from the nearest first, in words.' })),
  },
  {
    $id: 'RedirectUrlVerdict',
    description: 'Whether the URL is allowed, and if not, why.',
    examples: [
      {
        allowed: false,
        nearest: 'https://staging.acme.example/callback',
        difference: 'the trailing slash: sent "…ample/callback/", listed "…ample/callback"',
      },
    ],
  },
);
export type RedirectUrlVerdict = Static<typeof RedirectUrlVerdict>;
