import type { MemberCaller } from '../../changes/caller.ts';
import { requireRole } from '../../identity/roles.ts';

/**
 * The primary client's secret is its application's key: secret, status and permissions of it are an admin's, whatever
 * the route they are reached by.
 *
 * @param client as it was read in the transaction that changes it
 * @throws AppError `insufficient_role`
 */
export function requirePrimaryRights({ role }: MemberCaller, client: { isPrimary: boolean }): void {
  if (client.isPrimary) requireRole(role, 'admin', 'On the primary client of an application, this');
}
