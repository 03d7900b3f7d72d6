import type { AuditEvent } from '../../changes/audit-event.ts';
import type { UsableSecret } from '../../secrets/client-secret-repository.ts';
import { targetOf } from '../api-clients/api-client-audit.ts';
import type { ApiClient } from '../api-clients/api-client.ts';

/** What becomes of a secret is told of its API client. */
type Owner = Pick<ApiClient, 'clientId' | 'name'>;

/** What became of the secrets of a client when it got a new one. */
export interface Rotated {
  /** The one that was the active one, where there was one. */
  previous: UsableSecret | undefined;
  fresh: { id: string; hint: string; expiresAt: string | null };
  overlapSeconds: number;
  isForced: boolean;
}

export function secretRotated(owner: Owner, { previous, fresh, overlapSeconds, isForced }: Rotated): AuditEvent {
  const changes = {
    secret: { from: previous?.id ?? null, to: fresh.id },
    client_secret_hint: { from: previous?.hint ?? null, to: fresh.hint },
    expires_at: { from: previous?.expiresAt?.toISOString() ?? null, to: fresh.expiresAt },
    overlap_seconds: { from: null, to: overlapSeconds },
    force: { from: null, to: isForced },
  };
  return { action: 'secret.rotate', target: targetOf(owner), changes };
}

export function secretUpdated(owner: Owner, { id, expiresAt: from }: UsableSecret, to: string | null): AuditEvent {
  const changes = { secret: { from: id, to: id }, expires_at: { from: from?.toISOString() ?? null, to } };
  return { action: 'secret.update', target: targetOf(owner), changes };
}

/** @param other the one that goes on working */
export function secretRevoked(owner: Owner, { id, status }: UsableSecret, other: UsableSecret): AuditEvent {
  const changes = { secret: { from: id, to: other.id }, status: { from: status, to: 'revoked' } };
  return { action: 'secret.revoke', target: targetOf(owner), changes };
}

/** What time did, whoever made the change in which it was noticed. */
export function secretExpired(owner: Owner, { id, status }: Pick<UsableSecret, 'id' | 'status'>): AuditEvent {
  const changes = { secret: { from: id, to: null }, status: { from: status, to: 'expired' } };
  const actor = { type: 'system', id: null, email: null } as const;
  return { action: 'secret.expire', target: targetOf(owner), changes, actor };
}
