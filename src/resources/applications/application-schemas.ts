import { Type } from 'typebox';
import type { Static } from 'typebox';
import {
  AllowedIps,
  ClientId,
  Description,
  HttpUrl,
  Id,
  immutable,
  Name,
  nullable,
  Page,
  RedirectUrls,
  SecretHint,
  Timestamp,
} from '../../http/schemas.ts';

const record = {
  uuid: Id,
  name: Name,
  client_id: ClientId,
  website_url: nullable(HttpUrl),
  redirect_uris: RedirectUrls,
  terms_url: nullable(HttpUrl),
  privacy_url: nullable(HttpUrl),
  description: nullable(Description),
  created_at: Timestamp,
  updated_at: Timestamp,
  api_key_hint: nullable(SecretHint),
};

const example = {
  uuid: '019a3c5e-8a02-7c6f-8f1b-6d5e4c3b2a02',
  name: 'Acme Customer App',
  client_id: 'u1Zr0wT8mJ3kQ5xYb7Nc2A',
  website_url: 'https://acme.example',
  redirect_uris: ['https://acme.example/callback'],
  terms_url: 'https://acme.example/terms',
  privacy_url: 'https://acme.example/privacy',
  description: 'Customer onboarding for the web and both mobile apps',
  created_at: '2026-01-31T12:00:00.000Z',
  updated_at: '2026-01-31T12:00:00.000Z',
  api_key_hint: 'h7Qx',
};

export const ApplicationRecord = Type.Object(record, {
  $id: 'Application',
  description: 'An application.',
  examples: [example],
});
export type ApplicationRecord = Static<typeof ApplicationRecord>;

export const ApplicationWithApiKey = Type.Object(
  { ...record, api_key: Type.String({ description: 'Shown this once.' }) },
  {
    $id: 'ApplicationWithApiKey',
    description: 'An application with its new API key.',
    examples: [{ ...example, api_key: 'lk_live_2tRm…h7Qx' }],
  },
);
export type ApplicationWithApiKey = Static<typeof ApplicationWithApiKey>;

export const ApplicationPage = Page(ApplicationRecord, {
  $id: 'ApplicationPage',
  description: 'Newest first, unless asked otherwise.',
});

const changeable = {
  name: Type.Optional(Name),
  website_url: Type.Optional(nullable(HttpUrl)),
  redirect_uris: Type.Optional(RedirectUrls),
  terms_url: Type.Optional(nullable(HttpUrl)),
  privacy_url: Type.Optional(nullable(HttpUrl)),
  description: Type.Optional(nullable(Description)),
};

const ofPrimaryClient = {
  expires_at: Type.Optional(
    nullable(
      Type.String({
        format: 'future-date-time',
        maxLength: 35,
        description: 'RFC 3339: when the primary client ends.',
      }),
    ),
  ),
  allowed_ips: Type.Optional(nullable({ ...AllowedIps, description: 'Of the primary client, as on an API client.' })),
};

export const ApplicationCreate = Type.Object(
  { ...changeable, ...ofPrimaryClient },
  {
    $id: 'ApplicationCreate',
    additionalProperties: false,
    examples: [
      {
        name: 'Acme Customer App',
        website_url: 'https://acme.example',
        redirect_uris: ['https://acme.example/callback'],
        terms_url: 'https://acme.example/terms',
        privacy_url: 'https://acme.example/privacy',
        description: 'Customer onboarding for the web and both mobile apps',
      },
    ],
  },
);
export type ApplicationCreate = Static<typeof ApplicationCreate>;

export const ApplicationUpdate = Type.Object(
  {
    ...changeable,
    uuid: immutable(),
    client_id: immutable(),
    api_key: immutable(),
    api_key_hint: immutable(),
    created_at: immutable(),
    updated_at: immutable(),
  },
  {
    $id: 'ApplicationUpdate',
    additionalProperties: false,
    examples: [{ redirect_uris: ['https://acme.example/callback', 'acmeapp://onboarding/done'] }],
  },
);
export type ApplicationUpdate = Static<typeof ApplicationUpdate>;
