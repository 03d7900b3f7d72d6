import { Type } from 'typebox';
import type { Static } from 'typebox';
import { nullable, Page, PageQuery, SecretHint } from '../../http/schemas.ts';
import { ApiClientRecord } from '../api-clients/api-client-schemas.ts';

const client = ApiClientRecord.properties;

export const ApiKeyRecord = Type.Object(
  {
    client_id: client.client_id,
    name: client.name,
    environment: client.environment,
    permissions: client.permissions,
    status: client.status,
    application_id: client.application_id,
    api_key_hint: nullable(SecretHint),
    expires_at: client.expires_at,
    last_used_at: client.last_used_at,
    created_at: client.created_at,
  },
  {
    $id: 'ApiKey',
    description: 'An API client as the holder of a key: by what its key is recognised, and never the key.',
    examples: [
      {
        client_id: 'u1Zr0wT8mJ3kQ5xYb7Nc2A',
        name: 'Backend',
        environment: 'live',
        permissions: ['api.read'],
        status: 'active',
        application_id: '019a3c5e-8a02-7c6f-8f1b-6d5e4c3b2a02',
        api_key_hint: 'h7Qx',
        expires_at: null,
        last_used_at: null,
        created_at: '2026-01-31T12:00:00.000Z',
      },
    ],
  },
);
export type ApiKeyRecord = Static<typeof ApiKeyRecord>;

export const ApiKeyQuery = PageQuery({});
export type ApiKeyQuery = Static<typeof ApiKeyQuery>;

export const ApiKeyPage = Page(ApiKeyRecord, {
  $id: 'ApiKeyPage',
  description: 'API clients with the hints of their keys, newest first.',
});
