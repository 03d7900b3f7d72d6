import type { AuditEvent } from '../../changes/audit-event.ts';
import type { AuditedUser } from '../accounts/account-audit.ts';

/** An event of its owner's chain, about a passkey. */
export function ofPasskey(user: AuditedUser, { id, name }: { id: string; name: string }) {
  return {
    chain: { type: 'user', id: user.id },
    target: { type: 'passkey', id, name },
  } satisfies Partial<AuditEvent>;
}
