import { v7 as uuidv7 } from 'uuid';
import { changesBetween } from '../../changes/audit-changes.ts';
import type { AuditActor } from '../../changes/audit-event.ts';
import type { MemberCaller } from '../../changes/caller.ts';
import type { Change, ChangeRunner } from '../../changes/change-runner.ts';
import type { Db } from '../../db/client.ts';
import type { Environment } from '../../db/tables/api-clients.ts';
import { AppError, isForeignKeyViolation, requireFound } from '../../errors.ts';
import type { CatalogueEntry } from '../../rules/permission-catalogue.ts';
import type { PageRequest } from '../../http/pagination.ts';
import { requireVersion } from '../../http/preconditions.ts';
import type { MintedSecret, SecretStore } from '../../secrets/store.ts';
import { createApiClientRepository } from '../api-clients/api-client-repository.ts';
import type { Creator, NewApiClient } from '../api-clients/api-client-repository.ts';
import { toAllowedIps } from '../api-clients/allowed-ips.ts';
import { makeClientId } from '../api-clients/client-id.ts';
import { holdPolicy } from '../credential-policy/held-policy.ts';
import { requireAllowedClient } from '../credential-policy/policy-checks.ts';
import { requireRoom } from '../organizations/quotas.ts';
import type { Quotas } from '../../rules/quotas.ts';
import { createOrganizationRepository } from '../organizations/organization-repository.ts';
import { changeSecrets, rotateSecret } from '../secrets/secret-rotation.ts';
import type { HeldSecrets, Rotation } from '../secrets/secret-rotation.ts';
import { shownOf, targetOf } from './application-audit.ts';
import { APPLICATIONS_ORGANIZATION_FKEY, createApplicationRepository } from './application-repository.ts';
import type { Application, ApplicationChanges, ApplicationProfile } from './application-repository.ts';
import type { ApplicationCreate, ApplicationUpdate } from './application-schemas.ts';

const NAME_MAX = 200;
const PRIMARY_CLIENT_ENVIRONMENT: Environment = 'live';

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

/** Every method rejects with AppError `not_found` for an application that is not the organization's. */
export interface ApplicationService {
  list: (caller: MemberCaller, page: PageRequest) => Promise<Application[]>;
  get: (caller: MemberCaller, id: string) => Promise<Application>;
  /**
   * Makes the application with its primary client and that client's secret.
   * @throws AppError `quota_reached`, `policy_violation`
   */
  create: (caller: MemberCaller, input: ApplicationCreate) => Promise<ApplicationSecret>;
  /** @throws AppError `precondition_failed` */
  update: (caller: MemberCaller, change: Target & { input: ApplicationUpdate }) => Promise<Application>;
  /** Takes the application's API clients and their secrets along. @throws AppError `precondition_failed` */
  delete: (caller: MemberCaller, target: Target) => Promise<void>;
  /** Rotates the primary client's secret. @throws AppError `precondition_failed`, `rotation_in_progress` */
  regenerateApiKey: (caller: MemberCaller, change: Target & { rotation: Rotation }) => Promise<ApplicationSecret>;
}

export interface ApplicationServiceOptions {
  db: Db;
  changes: ChangeRunner;
  store: SecretStore;
  permissions: readonly CatalogueEntry[];
  quotas: Quotas;
}

export function createApplicationService(options: ApplicationServiceOptions): ApplicationService {
  const { db, changes, store, permissions, quotas } = options;

  async function get({ organizationId }: MemberCaller, id: string): Promise<Application> {
    return requireFound(await createApplicationRepository(db, organizationId).find(id));
  }

  return {
    list: ({ organizationId }, page) => createApplicationRepository(db, organizationId).list(page),

    get,

    create: (caller, input) =>
      changes
        .run(caller, {
          lock: 'no key update',
          prepare: () => store.mint(PRIMARY_CLIENT_ENVIRONMENT),
          async apply(change, secret: MintedSecret) {
            const { tx } = change;
            const { userId, email, organizationId } = caller;
            const policy = await holdPolicy(tx, organizationId);
            await requireRoom(tx, quotas, ['applications', organizationId]);
            const bounds = toBounds(input);
            requireAllowedClient(policy, { environment: PRIMARY_CLIENT_ENVIRONMENT, ...bounds });
            const { name } = requireFound(await createOrganizationRepository(tx, userId).find(organizationId));
            const profile = toProfile(name, input);
            const creator = { userId, email };
            const made = { organizationId, profile, bounds, secret, permissions, creator };
            const id = await insertApplication(change, made);
            const application = requireFound(await createApplicationRepository(tx, organizationId).find(id));
            return { application, apiKey: secret.plain };
          },
        })
        .catch(explainForeignKey),

    update: (caller, { id, input, versions }) =>
      changes.run(caller, {
        hold: (tx) => createApplicationRepository(tx, caller.organizationId).hold(id),
        async apply({ tx, audit, held: found }) {
          const applications = createApplicationRepository(tx, caller.organizationId);
          const held = requireFound(found);
          requireVersion(held, versions);
          const application = requireFound(await applications.update(id, toChanges(input)));
          const changes = changesBetween(shownOf(held), shownOf(application));
          audit({ action: 'application.update', target: targetOf(application), changes });
          return application;
        },
      }),

    delete: (caller, { id, versions }) =>
      changes.run(caller, {
        hold: (tx) => createApplicationRepository(tx, caller.organizationId).hold(id),
        async apply({ tx, audit, held: found }) {
          const applications = createApplicationRepository(tx, caller.organizationId);
          const held = requireFound(found);
          requireVersion(held, versions);
          const clientIds = await applications.listClientIds(id);
          await applications.delete(id);
          const changes = { api_clients: { from: clientIds, to: [] } };
          audit({ action: 'application.delete', target: targetOf(held), changes });
        },
      }),

    regenerateApiKey: (caller, { id, rotation, versions: applicationVersions }) =>
      changes.run(caller, {
        // Neither the client nor its environment ever changes.
        async prepare() {
          const { clientId } = await get(caller, id);
          return { clientId, minted: await store.mint(PRIMARY_CLIENT_ENVIRONMENT) };
        },
        async apply(change, { clientId, minted }: { clientId: string; minted: MintedSecret }) {
          const { userId } = caller;
          const work = (held: HeldSecrets) => rotateSecret(change, held, { userId, minted, rotation });
          const { application } = await changeSecrets(change, caller, { clientId, applicationVersions, work });
          return { application: requireFound(application), apiKey: minted.plain };
        },
      }),
  };
}

export interface NewApplication {
  organizationId: string;
  profile: ApplicationProfile;
  /** Of the primary client. */
  bounds?: Pick<NewApiClient, 'expiresAt' | 'allowedIps'>;
  secret: MintedSecret;
  permissions: readonly CatalogueEntry[];
  /** Whose doing it is; default: the caller's. */
  actor?: AuditActor | undefined;
  creator: Creator;
}

/**
 * Stores an application, its primary client and the client's secret; the caller's transaction makes them one. The
 * primary client holds every permission of the catalogue: it is the application's own key, to be narrowed at will.
 */
export async function insertApplication({ tx, audit }: Change, application: NewApplication): Promise<string> {
  const { organizationId, profile, bounds = noBounds, secret, permissions, actor, creator } = application;
  const id = uuidv7();
  const primaryClientId = uuidv7();
  await createApplicationRepository(tx, organizationId).insert({ ...profile, id, primaryClientId });
  const client = {
    id: primaryClientId,
    clientId: makeClientId(),
    applicationId: id,
    environment: PRIMARY_CLIENT_ENVIRONMENT,
    name: profile.name,
    description: null,
    permissions: permissions.map((permission) => permission.name),
    allowedRedirectUrls: [],
    ...bounds,
    createdBy: creator,
  };
  const { clientId, clientSecretHint } = await createApiClientRepository(tx, organizationId).insert(
    client,
    secret.record,
  );
  audit({
    action: 'application.create',
    chain: { type: 'organization', id: organizationId },
    ...(actor && { actor }),
    target: targetOf({ id, name: profile.name }),
    changes: changesBetween(null, { ...shownOf(profile), client_id: clientId, api_key_hint: clientSecretHint }),
  });
  return id;
}

const noBounds = { expiresAt: null, allowedIps: [] };

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
function explainForeignKey(err: unknown): never {
  if (!isForeignKeyViolation(err, APPLICATIONS_ORGANIZATION_FKEY)) throw err;
  throw new AppError('not_found', { cause: err });
}

function toProfile(organizationName: string, input: ApplicationCreate): ApplicationProfile {
  const empty = emptyProfile(organizationName);
  return {
    name: input.name ?? empty.name,
    websiteUrl: input.website_url ?? null,
    redirectUris: input.redirect_uris ?? [],
    termsUrl: input.terms_url ?? null,
    privacyUrl: input.privacy_url ?? null,
    description: input.description ?? null,
  };
}

function toBounds({ expires_at: expiresAt = null, allowed_ips }: ApplicationCreate) {
  return { expiresAt, allowedIps: toAllowedIps(allowed_ips ?? []) };
}

function toChanges(input: ApplicationUpdate): ApplicationChanges {
  return {
    name: input.name,
    websiteUrl: input.website_url,
    redirectUris: input.redirect_uris,
    termsUrl: input.terms_url,
    privacyUrl: input.privacy_url,
    description: input.description,
  };
}
