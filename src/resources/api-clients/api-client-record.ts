import type { Answer } from '../../plugins/safe-retries.ts';
import type { ApiClient } from './api-client.ts';
import type { ApiClientRecord } from './api-client-schemas.ts';
import type { ApiClientSecret } from './api-client-service.ts';

/** An API client as callers see it. */
export function toApiClientRecord(client: ApiClient): ApiClientRecord {
  return {
    client_id: client.clientId,
    name: client.name,
    description: client.description,
    environment: client.environment,
    permissions: client.permissions,
    allowed_redirect_urls: client.allowedRedirectUrls,
    allowed_ips: client.allowedIps,
    status: client.status,
    application_id: client.applicationId,
    expires_at: client.expiresAt,
    client_secret_hint: client.clientSecretHint,
    last_used_at: client.lastUsedAt,
    created_by: client.createdBy,
    created_at: client.createdAt,
    updated_at: client.updatedAt,
  };
}

/** The one answer that shows a secret. */
export function toSecretAnswer(status: number, { client, secret }: ApiClientSecret): Answer {
  return { status, version: client.version, body: { ...toApiClientRecord(client), client_secret: secret } };
}
