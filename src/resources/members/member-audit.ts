import type { AuditChanges } from '../../changes/audit-changes.ts';
import type { AuditEvent } from '../../changes/audit-event.ts';
import type { Caller } from '../../changes/caller.ts';
import type { HeldMember } from './member-repository.ts';

export type MemberAction = 'member.create' | 'member.update' | 'member.delete';

type Audited = Pick<HeldMember, 'id' | 'userId' | 'email' | 'organizationName'> & { organizationId: string };

/**
 * What became of a member, told twice: in the organization's chain, and in that of the person, who may be no member any
 * more to read the other. There it does not show from where somebody else did it.
 */
export function memberEvents(
  action: MemberAction,
  member: Audited,
  { changes, caller }: { changes: AuditChanges; caller: Pick<Caller, 'userId'> },
): AuditEvent[] {
  const { id, userId, email, organizationId, organizationName } = member;
  return [
    {
      action,
      chain: { type: 'organization', id: organizationId },
      target: { type: 'member', id, name: email },
      changes,
    },
    {
      action,
      chain: { type: 'user', id: userId },
      target: { type: 'organization', id: organizationId, name: organizationName },
      changes,
      hidesOrigin: caller.userId !== userId,
    },
  ];
}
