import { roles } from '../db/tables/organizations.ts';
import type { Role } from '../db/tables/organizations.ts';
import { AppError, requireFound } from '../errors.ts';

export function isRole(value: unknown): value is Role {
  return roles.some((role) => role === value);
}

/** The role, and all that are more powerful. */
export function rolesFrom(least: Role): Role[] {
  return roles.slice(0, roles.indexOf(least) + 1);
}

/** @throws AppError `insufficient_role` when the role is less powerful than `least` */
export function requireRole(role: Role, least: Role, what = 'This'): void {
  if (roles.indexOf(role) <= roles.indexOf(least)) return;
  throw new AppError('insufficient_role', { detail: `${what} needs the role ${least} or a higher one.` });
}

/**
 * Not a member: the organization does not exist for this caller (404). A member without the second factor that it demands,
 * or of too low a role: 403.
 * @throws AppError `not_found`, `second_factor_required`, `insufficient_role`
 */
export function requireMember(
  { role, lacksSecondFactor }: { role: Role | null; lacksSecondFactor: boolean },
  least: Role,
): Role {
  const held = requireFound(role);
  if (lacksSecondFactor) {
    const detail = 'Set up an authenticator app or a passkey for your account, then you are let in.';
    throw new AppError('second_factor_required', { detail });
  }
  requireRole(held, least);
  return held;
}
