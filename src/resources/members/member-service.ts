import { changesBetween } from '../../changes/audit-changes.ts';
import type { MemberCaller } from '../../changes/caller.ts';
import type { ChangeRunner } from '../../changes/change-runner.ts';
import type { Db } from '../../db/client.ts';
import type { Role } from '../../db/tables/organizations.ts';
import { AppError, requireFound } from '../../errors.ts';
import type { PageRequest } from '../../http/pagination.ts';
import { requireVersion } from '../../http/preconditions.ts';
import { requireRole } from '../../identity/roles.ts';
import { reauthenticationRequired } from '../accounts/reauthentication.ts';
import { memberEvents } from './member-audit.ts';
import { createMemberRepository } from './member-repository.ts';
import type { Member } from './member-repository.ts';
import type { MemberUpdate } from './member-schemas.ts';
import { toRole } from './role-catalogue.ts';

interface Target {
  id: string;
  /** Versions from `If-Match`; undefined when the request set no condition. */
  versions: number[] | undefined;
  /** Whether the caller has just proven again to be who they are, without which nobody changes owners. */
  isProven: boolean;
}

/** Every method rejects with AppError `not_found` for a member that is not the organization's. */
export interface MemberService {
  list: (caller: MemberCaller, page: PageRequest) => Promise<Member[]>;
  get: (caller: MemberCaller, id: string) => Promise<Member>;
  /** @throws AppError `insufficient_role`, `reauthentication_required`, `precondition_failed`, `last_owner` */
  update: (caller: MemberCaller, change: Target & { input: MemberUpdate }) => Promise<Member>;
  /**
   * Removes a member, or lets the caller leave.
   * @throws AppError `insufficient_role`, `reauthentication_required`, `precondition_failed`, `last_owner`
   */
  delete: (caller: MemberCaller, target: Target) => Promise<void>;
}

export interface MemberServiceOptions {
  db: Db;
  changes: ChangeRunner;
}

export function createMemberService({ db, changes }: MemberServiceOptions): MemberService {
  return {
    list: ({ organizationId }, page) => createMemberRepository(db, organizationId).list(page),

    get: async ({ organizationId }, id) => requireFound(await createMemberRepository(db, organizationId).find(id)),

    update: (caller, { id, input, versions, isProven }) =>
      changes.run(caller, {
        lock: 'no key update',
        async apply({ tx, audit, role: callersRole }) {
          const { organizationId } = caller;
          const members = createMemberRepository(tx, organizationId);
          const held = requireFound(await members.hold(id));
          const role = input.role === undefined ? held.role : toRole(input.role);
          if (held.role === 'owner' || role === 'owner')
            requireMayChangeOwners(caller, { role: callersRole, isProven });
          requireVersion(held, versions);
          if (!(await members.updateRole(id, role))) throw lastOwner();
          const changes = changesBetween({ role: held.role }, { role });
          for (const event of memberEvents('member.update', { ...held, organizationId }, { changes, caller })) {
            audit(event);
          }
          return requireFound(await members.find(id));
        },
      }),

    delete: (caller, { id, versions, isProven }) =>
      changes.run(caller, {
        lock: 'no key update',
        async apply({ tx, audit, role }) {
          const { organizationId, userId } = caller;
          const members = createMemberRepository(tx, organizationId);
          const held = requireFound(await members.hold(id));
          if (held.userId !== userId) requireRole(requireFound(role), 'admin');
          if (held.role === 'owner') requireMayChangeOwners(caller, { role, isProven });
          requireVersion(held, versions);
          if (!(await members.delete(id))) throw lastOwner();
          const changes = { role: { from: held.role, to: null } };
          for (const event of memberEvents('member.delete', { ...held, organizationId }, { changes, caller })) {
            audit(event);
          }
        },
      }),
  };
}

/**
 * What every change of owners asks for, an invitation to be one included.
 * @throws AppError `insufficient_role`, `reauthentication_required`
 */
export function requireMayChangeOwners(
  caller: MemberCaller,
  { role, isProven }: { role: Role | null; isProven: boolean },
): void {
  requireRole(requireFound(role), 'owner', 'Changing who is an owner');
  if (!isProven) throw reauthenticationRequired(caller);
}

function lastOwner(): AppError {
  return new AppError('last_owner', { detail: 'Make another member an owner first, or delete the organization.' });
}
