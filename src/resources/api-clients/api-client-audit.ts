import type { AuditTarget } from '../../changes/audit-event.ts';
import type { ApiClient, HeldApiClient } from './api-client-repository.ts';

/** An API client as audit events name it. */
export function targetOf({ clientId, name }: Pick<ApiClient, 'clientId' | 'name'>): AuditTarget {
  return { type: 'api_client', id: clientId, name };
}

/** What audit events show of an API client. */
export function shownOf(client: Omit<HeldApiClient, 'isPrimary'>) {
  return {
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
  };
}
