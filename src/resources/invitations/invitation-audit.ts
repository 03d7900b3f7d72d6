import type { AuditEvent, AuditTarget } from '../../changes/audit-event.ts';
import type { Invitation } from './invitation-repository.ts';

type Audited = Pick<Invitation, 'id' | 'email' | 'role'>;

/** An invitation as audit events name it. */
export function invitationTarget({ id, email }: Audited): AuditTarget {
  return { type: 'invitation', id, name: email };
}

export function invitationCreated(invitation: Audited): AuditEvent {
  const changes = { role: { from: null, to: invitation.role } };
  return { action: 'invitation.create', target: invitationTarget(invitation), changes };
}

export function invitationEnded(action: 'invitation.accept' | 'invitation.delete', invitation: Audited): AuditEvent {
  const changes = { role: { from: invitation.role, to: null } };
  return { action, target: invitationTarget(invitation), changes };
}
