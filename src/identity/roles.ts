import { roles } from '../db/tables/organizations.ts';
import type { Role } from '../db/tables/organizations.ts';
import { AppError } from '../errors.ts';

/** @throws AppError `insufficient_role` when the role is less powerful than `least` */
export function requireRole(role: Role, least: Role, what = 'This'): void {
  if (roles.indexOf(role) <= roles.indexOf(least)) return;
  throw new AppError('insufficient_role', { detail: `${what} needs the role ${least} or a higher one.` });
}
