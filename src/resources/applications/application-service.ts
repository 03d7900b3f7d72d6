import { v7 as uuidv7 } from 'uuid';
import type { Db, Tx } from '../../db/client.ts';
import { AppError, isForeignKeyViolation } from '../../errors.ts';
import type { CatalogueEntry } from '../../rules/permission-catalogue.ts';
import type { PageRequest } from '../../http/pagination.ts';
import { createSecretRepository } from '../../secrets/secret-repository.ts';
import type { MintedSecret, SecretStore } from '../../secrets/store.ts';
import { createApiClientRepository } from '../api-clients/api-client-repository.ts';
import { makeClientId } from '../api-clients/api-client-service.ts';
import type { ApiClientService } from '../api-clients/api-client-service.ts';
import { createOrganizationRepository } from '../organizations/organization-repository.ts';
import { APPLICATIONS_ORGANIZATION_FKEY, createApplicationRepository } from './application-repository.ts';
import type { Application, ApplicationProfile } from './application-repository.ts';
import type { ApplicationCreate, ApplicationUpdate } from './application-schemas.ts';

const NAME_MAX = 200;

/** A member of an organization, as the admin check found it. */
export interface Member {
  userId: string;
  organizationId: string;
}

/** An application, and its `api_key` in plain for the one answer that shows it. */
export interface ApplicationSecret {
  application: Application;
  apiKey: string;
}

interface Target {
  id: string;
  /** Versions from `If-Match`; undefined when the request set no condition. */
  versions: number[] | undefined;
}

export interface ApplicationService {
  list: (member: Member, page: PageRequest) => Promise<Application[]>;
  /** @throws AppError `not_found` */
  get: (member: Member, id: string) => Promise<Application>;
  /** Makes the application with its primary client and that client's secret, all or nothing. */
  create: (member: Member, input: ApplicationCreate) => Promise<ApplicationSecret>;
  /** @throws AppError `not_found`, `precondition_failed` */
  update: (member: Member, change: Target & { input: ApplicationUpdate }) => Promise<Application>;
  /** Takes the application's API clients and their secrets along. @throws AppError `not_found`, `precondition_failed` */
  delete: (member: Member, target: Target) => Promise<void>;
  /** Replaces the primary client's secret. @throws AppError `not_found` */
  regenerateApiKey: (member: Member, change: { id: string; overlapSeconds: number }) => Promise<ApplicationSecret>;
}

export interface ApplicationServiceOptions {
  db: Db;
  store: SecretStore;
  apiClients: ApiClientService;
  permissions: readonly CatalogueEntry[];
}

export function createApplicationService({
  db,
  store,
  apiClients,
  permissions,
}: ApplicationServiceOptions): ApplicationService {
  async function get({ organizationId }: Member, id: string): Promise<Application> {
    const application = await createApplicationRepository(db, organizationId).find(id);
    if (application === null) throw new AppError('not_found');
    return application;
  }

  return {
    list: ({ organizationId }, page) => createApplicationRepository(db, organizationId).list(page),
    get,

    async create(member, input) {
      const secret = await store.mint('live');
      const organization = await createOrganizationRepository(db, member.userId).find(member.organizationId);
      if (organization === null) throw new AppError('not_found');
      const profile = { ...emptyProfile(organization.name), ...toChanges(input) };
      const id = await db
        .transaction((tx) => insertApplication(tx, { organizationId: organization.id, profile, secret, permissions }))
        .catch(refuseWithoutOrganization);
      return { application: await get(member, id), apiKey: secret.plain };
    },

    async update(member, { id, input, versions }) {
      const repository = createApplicationRepository(db, member.organizationId);
      if (await repository.update(id, toChanges(input), versions)) return get(member, id);
      await get(member, id);
      throw new AppError('precondition_failed');
    },

    async delete(member, { id, versions }) {
      if (await createApplicationRepository(db, member.organizationId).delete(id, versions)) return;
      await get(member, id);
      throw new AppError('precondition_failed');
    },

    async regenerateApiKey(member, { id, overlapSeconds }) {
      const { clientId } = await get(member, id);
      const { secret, client } = await apiClients.regenerateSecret(member, { clientId, overlapSeconds });
      // The hint of this very key: by now there may be a newer one.
      return { application: { ...(await get(member, id)), apiKeyHint: client.clientSecretHint }, apiKey: secret };
    },
  };
}

export interface NewApplication {
  organizationId: string;
  profile: ApplicationProfile;
  secret: MintedSecret;
  permissions: readonly CatalogueEntry[];
}

/**
 * Stores an application, its primary client and the client's secret; the caller's transaction makes them one. The
 * primary client holds every permission of the catalogue: it is the application's own key, to be narrowed at will.
 */
export async function insertApplication(tx: Tx, application: NewApplication): Promise<string> {
  const { organizationId, profile, secret, permissions } = application;
  const id = uuidv7();
  const primaryClientId = uuidv7();
  await createApplicationRepository(tx, organizationId).insert({ ...profile, id, primaryClientId });
  await createApiClientRepository(tx, organizationId).insert({
    id: primaryClientId,
    clientId: makeClientId(),
    applicationId: id,
    environment: 'live',
    name: profile.name,
    description: null,
    permissions: permissions.map(({ name }) => name),
    allowedRedirectUrls: [],
    expiresAt: null,
  });
  await createSecretRepository(tx).insert({ ...secret.record, apiClientId: primaryClientId });
  return id;
}

/** An application of which nothing was said. */
export function emptyProfile(organizationName: string): ApplicationProfile {
  return {
    // An organization's name may take all the room that a name has.
    name: `${Array.from(organizationName)
      .slice(0, NAME_MAX - 4)
      .join('')} App`,
    websiteUrl: null,
    redirectUris: [],
    termsUrl: null,
    privacyUrl: null,
    description: null,
  };
}

/** The organization was deleted while the request was under way. */
function refuseWithoutOrganization(err: unknown): never {
  if (!isForeignKeyViolation(err, APPLICATIONS_ORGANIZATION_FKEY)) throw err;
  throw new AppError('not_found', { cause: err });
}

function toChanges(input: ApplicationCreate): Partial<ApplicationProfile> {
  const { name, website_url, redirect_uris, terms_url, privacy_url, description } = input;
  return {
    ...(name === undefined ? {} : { name }),
    ...(website_url === undefined ? {} : { websiteUrl: website_url }),
    ...(redirect_uris === undefined ? {} : { redirectUris: redirect_uris }),
    ...(terms_url === undefined ? {} : { termsUrl: terms_url }),
    ...(privacy_url === undefined ? {} : { privacyUrl: privacy_url }),
    ...(description === undefined ? {} : { description }),
  };
}
