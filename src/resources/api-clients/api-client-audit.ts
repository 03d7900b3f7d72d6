import { changesBetween } from '../../changes/audit-changes.ts';
import type { AuditEvent, AuditTarget } from '../../changes/audit-event.ts';
import type { ApiClient, ApiClientProfile } from './api-client.ts';

/** An API client as audit events name it. */
export function targetOf({ clientId, name }: Pick<ApiClient, 'clientId' | 'name'>): AuditTarget {
  return { type: 'api_client', id: clientId, name };
}

/** An API client as far as audit events show it. */
type ShownClient = Pick<ApiClient, keyof ApiClientProfile | 'clientId' | 'environment' | 'applicationId'>;

/** What audit events show of an API client. */
export function shownOf(client: ShownClient) {
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
  };
}

/** A client and its first secret. */
export function clientCreated(client: ShownClient & Pick<ApiClient, 'clientSecretHint'>): AuditEvent {
  const changes = changesBetween(null, { ...shownOf(client), client_secret_hint: client.clientSecretHint });
  return { action: 'api_client.create', target: targetOf(client), changes };
}
