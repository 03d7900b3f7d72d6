import { v7 as uuidv7 } from 'uuid';
import { changesBetween } from '../../changes/audit-changes.ts';
import type { MemberCaller, UserCaller } from '../../changes/caller.ts';
import type { ChangeRunner } from '../../changes/change-runner.ts';
import { readBriefly } from '../../db/brief-read.ts';
import type { Db } from '../../db/client.ts';
import { AppError, requireFound } from '../../errors.ts';
import { requireVersion } from '../../http/preconditions.ts';
import { requireRoom } from './quotas.ts';
import type { Quotas } from '../../rules/quotas.ts';
import { organizationCreated, organizationTarget, shownOf } from './organization-audit.ts';
import { createOrganizationRepository } from './organization-repository.ts';
import type { Organization } from './organization-repository.ts';
import type { OrganizationCreate, OrganizationUpdate } from './organization-schemas.ts';

/** Versions from `If-Match`; undefined when the request set no condition. */
type Versions = number[] | undefined;

export interface OrganizationService {
  /** Those the caller is a member of, the oldest first; no more than a thousand. */
  list: (caller: UserCaller) => Promise<Organization[]>;
  /** @throws AppError `not_found` */
  get: (caller: MemberCaller) => Promise<Organization>;
  /** The caller becomes the owner. @throws AppError `quota_reached` */
  create: (caller: UserCaller, input: OrganizationCreate) => Promise<Organization>;
  /** @throws AppError `not_found`, `precondition_failed` */
  update: (caller: MemberCaller, change: { input: OrganizationUpdate; versions: Versions }) => Promise<Organization>;
  /**
   * Takes everything of the organization along.
   * @throws AppError `confirmation_required` unless `confirm` is its name; `not_found`, `precondition_failed`
   */
  delete: (caller: MemberCaller, target: { confirm: string | undefined; versions: Versions }) => Promise<void>;
}

export interface OrganizationServiceOptions {
  db: Db;
  changes: ChangeRunner;
  quotas: Quotas;
}

export function createOrganizationService({ db, changes, quotas }: OrganizationServiceOptions): OrganizationService {
  return {
    list: ({ userId }) => readBriefly(db, (tx) => createOrganizationRepository(tx, userId).list()),

    get: async ({ userId, organizationId }) =>
      requireFound(await createOrganizationRepository(db, userId).find(organizationId)),

    create: (caller, { name, contact_email: contactEmail = caller.email }) =>
      changes.run(caller, {
        async apply({ tx, audit }) {
          await requireRoom(tx, quotas, ['organizations', caller.userId]);
          const organizations = createOrganizationRepository(tx, caller.userId);
          const id = uuidv7();
          await organizations.insert({ id, name, contactEmail });
          await organizations.insertMembership({ id: uuidv7(), organizationId: id, role: 'owner' });
          audit(organizationCreated({ id, name, contactEmail }));
          return requireFound(await organizations.find(id));
        },
      }),

    update: (caller, { input, versions }) =>
      changes.run(caller, {
        lock: 'update',
        async apply({ tx, audit }) {
          const organizations = createOrganizationRepository(tx, caller.userId);
          const held = requireFound(await organizations.hold(caller.organizationId));
          requireVersion(held, versions);
          const changed = { name: input.name, contactEmail: input.contact_email };
          const organization = requireFound(await organizations.update(held.id, changed));
          const changes = changesBetween(shownOf(held), shownOf(organization));
          audit({ action: 'organization.update', target: organizationTarget(organization), changes });
          return organization;
        },
      }),

    delete: (caller, { confirm, versions }) =>
      changes.run(caller, {
        lock: 'update',
        async apply({ tx, audit }) {
          const organizations = createOrganizationRepository(tx, caller.userId);
          const held = requireFound(await organizations.hold(caller.organizationId));
          requireConfirmation(held.name, confirm);
          requireVersion(held, versions);
          await organizations.delete(held.id);
          audit({ action: 'organization.delete', target: organizationTarget(held) });
        },
      }),
  };
}

function requireConfirmation(name: string, confirm: string | undefined): void {
  if (confirm === name) return;
  throw new AppError('confirmation_required', {
    detail:
      'Deleting takes all applications, API clients and secrets along: send {"confirm": "<name of the organization>"}.',
  });
}
