import { v7 as uuidv7 } from 'uuid';
import type { Db } from '../../db/client.ts';
import { AppError } from '../../errors.ts';
import type { AdminIdentity } from '../../identity/session-repository.ts';
import { createOrganizationRepository } from './organization-repository.ts';
import type { Organization } from './organization-repository.ts';
import type { OrganizationCreate, OrganizationUpdate } from './organization-schemas.ts';

/** Versions from `If-Match`; undefined when the request set no condition. */
type Versions = number[] | undefined;

export interface OrganizationService {
  list: (admin: AdminIdentity) => Promise<Organization[]>;
  /** @throws AppError `not_found` */
  get: (admin: AdminIdentity, id: string) => Promise<Organization>;
  /** The caller becomes the owner. */
  create: (admin: AdminIdentity, input: OrganizationCreate) => Promise<Organization>;
  /** @throws AppError `not_found`, `precondition_failed` */
  update: (
    admin: AdminIdentity,
    change: { id: string; input: OrganizationUpdate; versions: Versions },
  ) => Promise<Organization>;
  /**
   * Takes everything of the organization along in one statement.
   * @throws AppError `confirmation_required` unless `confirm` is its name; `not_found`, `precondition_failed`
   */
  delete: (
    admin: AdminIdentity,
    target: { id: string; confirm: string | undefined; versions: Versions },
  ) => Promise<void>;
}

export function createOrganizationService({ db }: { db: Db }): OrganizationService {
  async function get({ userId }: AdminIdentity, id: string): Promise<Organization> {
    const organization = await createOrganizationRepository(db, userId).find(id);
    if (organization === null) throw new AppError('not_found');
    return organization;
  }

  return {
    list: ({ userId }) => createOrganizationRepository(db, userId).list(),
    get,

    async create(admin, { name, contact_email: contactEmail = admin.email }) {
      const id = uuidv7();
      await db.transaction(async (tx) => {
        const repository = createOrganizationRepository(tx, admin.userId);
        await repository.insert({ id, name, contactEmail });
        await repository.insertMembership({ id: uuidv7(), organizationId: id, role: 'owner' });
      });
      return get(admin, id);
    },

    async update(admin, { id, input, versions }) {
      const { name, contact_email: contactEmail } = input;
      const changes = {
        ...(name === undefined ? {} : { name }),
        ...(contactEmail === undefined ? {} : { contactEmail }),
      };
      const isUpdated = await createOrganizationRepository(db, admin.userId).update(id, changes, versions);
      if (isUpdated) return get(admin, id);
      await get(admin, id);
      throw new AppError('precondition_failed');
    },

    async delete(admin, { id, confirm, versions }) {
      const isDeleted = await createOrganizationRepository(db, admin.userId).delete(id, confirm ?? '', versions);
      if (isDeleted) return;
      const { name } = await get(admin, id);
      if (name === confirm) throw new AppError('precondition_failed');
      throw new AppError('confirmation_required', {
        detail:
          'Deleting takes all applications, API clients and secrets along: send {"confirm": "<name of the organization>"}.',
      });
    },
  };
}
