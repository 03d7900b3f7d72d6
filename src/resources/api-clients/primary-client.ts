import type { Role } from '../../db/tables/organizations.ts';
import { requireFound } from '../../errors.ts';
import { requireRole } from '../../identity/roles.ts';

/**
 * The primary client's secret is its application's key: secret, status and permissions of it are an admin's, whatever
 * the route they are reached by.
 *
 * @param role of the caller, and the client, as they were read in the transaction that changes it
 * @throws AppError `insufficient_role`
 */
export function requirePrimaryRights(role: Role | null, client: { isPrimary: boolean }): void {
  if (client.isPrimary) requireRole(requireFound(role), 'admin', 'On the primary client of an application, this');
}
