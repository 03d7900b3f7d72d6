import type { AuditActor, AuditChain, AuditEvent, AuditTarget } from '../../changes/audit-event.ts';

/** A person as audit events name them. */
export interface AuditedUser {
  id: string;
  email: string;
}

/** Who has just proven to be this person. */
export function actorOf({ id, email }: AuditedUser): AuditActor {
  return { type: 'user', id, email };
}

/** Nobody in particular: an attempt to be somebody. */
export const nobody: AuditActor = { type: 'user', id: null, email: null };

/** An event of a person's own chain, about the account itself. */
export function ofAccount(user: AuditedUser): Pick<AuditEvent, 'chain' | 'target'> {
  const chain: AuditChain = { type: 'user', id: user.id };
  const target: AuditTarget = { type: 'user', id: user.id, name: user.email };
  return { chain, target };
}
