import { randomBytes } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import type { Db } from '../../db/client.ts';
import { AppError, isForeignKeyViolation } from '../../errors.ts';
import type { PageRequest } from '../../http/pagination.ts';
import { findNearestRedirectUrl } from '../../rules/redirect-urls.ts';
import { createSecretRepository } from '../../secrets/secret-repository.ts';
import type { SecretSummary } from '../../secrets/secret-repository.ts';
import type { SecretStore } from '../../secrets/store.ts';
import { prepareInsertWithSecret } from './api-client-insert.ts';
import type { InsertWithSecret } from './api-client-insert.ts';
import {
  API_CLIENTS_APPLICATION_FKEY,
  API_CLIENTS_ORGANIZATION_FKEY,
  APPLICATIONS_PRIMARY_CLIENT_FKEY,
  createApiClientRepository,
} from './api-client-repository.ts';
import type { ApiClient, ApiClientFilters, ApiClientProfile } from './api-client-repository.ts';
import type { ApiClientCreate, ApiClientUpdate, RedirectUrlVerdict } from './api-client-schemas.ts';

/** Whose API clients a call is about: the organization of the caller, as the admin check found it. */
export interface Tenant {
  organizationId: string;
}

/** An API client, and its secret in plain for the one answer that shows it. */
export interface ApiClientSecret {
  client: ApiClient;
  secret: string;
}

interface Target {
  clientId: string;
  /** Versions from `If-Match`; undefined when the request set no condition. */
  versions: number[] | undefined;
}

/** Every method rejects with AppError `not_found` for a client that is not the tenant's. */
export interface ApiClientService {
  list: (tenant: Tenant, page: PageRequest, filters: ApiClientFilters) => Promise<ApiClient[]>;
  get: (tenant: Tenant, clientId: string) => Promise<ApiClient>;
  /** @throws AppError `invalid_request` when `application_id` is not one of the tenant's */
  create: (tenant: Tenant, input: ApiClientCreate) => Promise<ApiClientSecret>;
  /** @throws AppError `precondition_failed` */
  update: (tenant: Tenant, change: Target & { input: ApiClientUpdate }) => Promise<ApiClient>;
  /** @throws AppError `primary_client`, `precondition_failed` */
  delete: (tenant: Tenant, target: Target) => Promise<void>;
  /** Of many at the same time, the secret of the last one stays; without an overlap, only that one. */
  regenerateSecret: (tenant: Tenant, change: { clientId: string; overlapSeconds: number }) => Promise<ApiClientSecret>;
  listSecrets: (tenant: Tenant, clientId: string) => Promise<SecretSummary[]>;
  deleteSecret: (tenant: Tenant, target: { clientId: string; secretId: string }) => Promise<void>;
  checkRedirectUrl: (tenant: Tenant, target: { clientId: string; redirectUrl: string }) => Promise<RedirectUrlVerdict>;
}

export interface ApiClientServiceOptions {
  db: Db;
  store: SecretStore;
}

export function createApiClientService({ db, store }: ApiClientServiceOptions): ApiClientService {
  const of = ({ organizationId }: Tenant) => createApiClientRepository(db, organizationId);
  const insertWithSecret = prepareInsertWithSecret(db);

  async function get(tenant: Tenant, clientId: string): Promise<ApiClient> {
    return found(await of(tenant).find(clientId));
  }

  return {
    list: (tenant, page, filters) => of(tenant).list(page, filters),
    get,
    create: (tenant, input) => createClient({ store, insertWithSecret }, tenant, input),

    async update(tenant, { clientId, input, versions }) {
      if (await of(tenant).update(clientId, toChanges(input), versions)) return get(tenant, clientId);
      await get(tenant, clientId);
      throw new AppError('precondition_failed');
    },

    async delete(tenant, { clientId, versions }) {
      const isDeleted = await of(tenant).delete(clientId, versions).catch(refusePrimary);
      if (isDeleted) return;
      await get(tenant, clientId);
      throw new AppError('precondition_failed');
    },

    async regenerateSecret(tenant, { clientId, overlapSeconds }) {
      const { environment } = await get(tenant, clientId);
      const minted = await store.mint(environment);
      const client = await db.transaction(async (tx) => {
        const clients = createApiClientRepository(tx, tenant.organizationId);
        const { id } = found(await clients.lock(clientId));
        const repository = createSecretRepository(tx);
        if (overlapSeconds === 0) await repository.deleteAll(id);
        else await repository.expireCurrent(id, overlapSeconds);
        await repository.insert({ ...minted.record, apiClientId: id });
        // Read before the next regeneration can begin: the answer is about its own secret.
        return found(await clients.find(clientId));
      });
      return { client, secret: minted.plain };
    },

    async listSecrets(tenant, clientId) {
      return createSecretRepository(db).list((await get(tenant, clientId)).id);
    },

    async deleteSecret(tenant, { clientId, secretId }) {
      const { id } = await get(tenant, clientId);
      if (!(await createSecretRepository(db).delete(id, secretId))) throw new AppError('not_found');
    },

    async checkRedirectUrl(tenant, { clientId, redirectUrl }) {
      const urls = found(await of(tenant).findRedirectUrls(clientId));
      if (urls.includes(redirectUrl)) return { allowed: true, nearest: null, difference: null };
      const { nearest = null, difference = null } = findNearestRedirectUrl(redirectUrl, urls) ?? {};
      return { allowed: false, nearest, difference };
    },
  };
}

interface Creation {
  store: SecretStore;
  insertWithSecret: InsertWithSecret;
}

async function createClient({ store, insertWithSecret }: Creation, tenant: Tenant, input: ApiClientCreate) {
  const minted = await store.mint(input.environment);
  try {
    const client = await insertWithSecret({
      organizationId: tenant.organizationId,
      client: {
        id: uuidv7(),
        clientId: makeClientId(),
        environment: input.environment,
        name: input.name,
        permissions: input.permissions,
        allowedRedirectUrls: input.allowed_redirect_urls ?? [],
        applicationId: input.application_id ?? null,
        description: input.description ?? null,
        expiresAt: input.expires_at ?? null,
      },
      secret: minted.record,
    });
    return { client, secret: minted.plain };
  } catch (err) {
    // The organization was deleted while the request was under way.
    if (isForeignKeyViolation(err, API_CLIENTS_ORGANIZATION_FKEY)) throw new AppError('not_found', { cause: err });
    if (!isForeignKeyViolation(err, API_CLIENTS_APPLICATION_FKEY)) throw err;
    const detail = 'is not an application of this organization';
    throw new AppError('invalid_request', {
      errors: [{ pointer: '/application_id', code: 'not_found', detail }],
      cause: err,
    });
  }
}

/** 16 random bytes, base64url. */
export function makeClientId(): string {
  return randomBytes(16).toString('base64url');
}

function found<T>(record: T | null): T {
  if (record === null) throw new AppError('not_found');
  return record;
}

function refusePrimary(err: unknown): never {
  if (!isForeignKeyViolation(err, APPLICATIONS_PRIMARY_CLIENT_FKEY)) throw err;
  throw new AppError('primary_client', { detail: 'Delete the application, or pause this client.', cause: err });
}

function toChanges(input: ApiClientUpdate): Partial<ApiClientProfile> {
  const { name, description, permissions, allowed_redirect_urls, expires_at, status } = input;
  return {
    ...(name === undefined ? {} : { name }),
    ...(description === undefined ? {} : { description }),
    ...(permissions === undefined ? {} : { permissions }),
    ...(allowed_redirect_urls === undefined ? {} : { allowedRedirectUrls: allowed_redirect_urls }),
    ...(expires_at === undefined ? {} : { expiresAt: expires_at }),
    ...(status === undefined ? {} : { status }),
  };
}
