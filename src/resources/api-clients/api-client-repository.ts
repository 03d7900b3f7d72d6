import { and, eq, sql } from 'drizzle-orm';
import type { AnyPgColumn } from 'drizzle-orm/pg-core';
import { toEventValues } from '../../changes/audit-append.ts';
import type { ComposedEvent } from '../../changes/audit-event.ts';
import type { MemberCaller } from '../../changes/caller.ts';
import type { Db, Tx } from '../../db/client.ts';
import { ownedKeyset } from '../../db/keyset.ts';
import { apiClients, applications } from '../../db/tables/api-clients.ts';
import type { Environment } from '../../db/tables/api-clients.ts';
import { AppError } from '../../errors.ts';
import { accessValues } from '../../identity/current-member.ts';
import type { PageRequest } from '../../http/pagination.ts';
import { toPolicy } from '../credential-policy/held-policy.ts';
import type { HeldPolicy } from '../credential-policy/held-policy.ts';
import type { SecretRecord } from '../../secrets/secret-repository.ts';
import type { ApiClient, ApiClientChanges, ApiClientProfile } from './api-client.ts';
import { matchesFilters } from './api-client-filters.ts';
import type { ApiClientFilters } from './api-client-filters.ts';
import { insertIfAllowed, insertWithSecret } from './api-client-insert.ts';
import type { InsertedCells } from './api-client-insert.ts';
import { apiClientColumns, deleteApiClient, holdApiClient, updateApiClient } from './api-client-statements.ts';
import type { ApiClientRow } from './api-client-statements.ts';

export const API_CLIENTS_APPLICATION_FKEY = 'api_clients__application_id_organization_id_fkey';
export const API_CLIENTS_ORGANIZATION_FKEY = 'api_clients__organization_id_fkey';

export interface NewApiClient extends Omit<ApiClientProfile, 'status'> {
  id: string;
  clientId: string;
  environment: Environment;
  applicationId: string | null;
  createdBy: Creator | null;
}

/** The user who makes something. */
export interface Creator {
  userId: string;
  email: string;
}

/** An API client whose row nobody else changes until the transaction ends. */
export interface HeldApiClient extends ApiClient {
  /** Made with an application, as it is for all its life. */
  isPrimary: boolean;
}

type NewSecret = SecretRecord & { id: string };

/** What of a policy is about new clients. */
export type CreationPolicy = Pick<HeldPolicy, 'maxSecretLifetimeDays' | 'expiryRequiredFor' | 'allowedIpsRequiredFor'>;

/** What lets a client be made, and is done with it. */
export interface CreationBounds {
  /** How many clients the organization may have; 0 sets no bound. */
  quota: number;
  /** The policy that allows the client. */
  policy: CreationPolicy;
  events: readonly ComposedEvent[];
  /** Who makes it: as a member who passes the access check, or not at all. */
  caller: Pick<MemberCaller, 'userId' | 'sessionId' | 'least'>;
}

/** What became of a client that was to be made. */
export interface Creation {
  /** Null where it was not made: its maker may not, there was no room, or the policy is another one. */
  client: ApiClient | null;
  hasAccess: boolean;
  hasRoom: boolean;
  /** The organization's policy now. */
  policy: HeldPolicy;
}

export type ApiClientRepository = ReturnType<typeof createApiClientRepository>;

/** The API clients of one organization; those of others do not exist here. */
export function createApiClientRepository(db: Db | Tx, organizationId: string) {
  const owned = eq(apiClients.organizationId, organizationId);
  const named = (clientId: string) => and(owned, eq(apiClients.clientId, clientId));
  const select = () => db.select(apiClientColumns).from(apiClients);

  return {
    async list(page: PageRequest, filters: ApiClientFilters): Promise<ApiClient[]> {
      const { isOnPage, inOrder } = ownedKeyset(
        { owner: apiClients.organizationId, id: apiClients.id, ownerId: organizationId },
        page,
      );
      const rows = await select()
        .where(and(isOnPage, matchesFilters(filters)))
        .orderBy(inOrder)
        .limit(page.limit);
      return rows.map(toApiClient);
    },

    async find(clientId: string): Promise<ApiClient | null> {
      const [row] = await select().where(named(clientId));
      return row === undefined ? null : toApiClient(row);
    },

    /**
     * Waits for whoever changes the client or its secrets. Who also changes its application holds that first, as the
     * deletion of an application does.
     */
    async hold(clientId: string): Promise<HeldApiClient | null> {
      const row = await holdApiClient(db, { organizationId, clientId });
      return row === null ? null : { ...toApiClient(row), isPrimary: row.isPrimary };
    },

    /** Inserts the client with its first secret. */
    async insert(client: NewApiClient, secret: NewSecret): Promise<ApiClient> {
      const [row] = await insertWithSecret(db, toInsertValues(organizationId, client, secret));
      if (row === undefined) throw new Error('an insert gave no row');
      return toInserted(client, secret, row);
    },

    /**
     * Inserts the client with its first secret, and appends the events, for a member who passes the access check, where the
     * organization has room for it and the policy that is given.
     * @throws AppError `not_found` when the organization or the membership is gone
     */
    async insertIfAllowed(client: NewApiClient, secret: NewSecret, bounds: CreationBounds): Promise<Creation> {
      const { quota, policy, events, caller } = bounds;
      const values = {
        ...toInsertValues(organizationId, client, secret),
        ...toEventValues(events),
        ...accessValues({ ...caller, organizationId }),
        quota,
        maxSecretLifetimeDays: policy.maxSecretLifetimeDays,
        expiryRequiredFor: policy.expiryRequiredFor,
        allowedIpsRequiredFor: policy.allowedIpsRequiredFor,
      };
      const [row] = await insertIfAllowed(db, values);
      if (row === undefined) throw new AppError('not_found');
      const [, status, version, createdAt, hasAccess, hasRoom, ...policyNow] = row;
      const inserted = status === null ? null : toInserted(client, secret, [status, version, createdAt]);
      return { client: inserted, hasAccess, hasRoom, policy: toPolicy(policyNow) };
    },

    /** The client as this change made it. */
    async update(id: string, changes: ApiClientChanges = {}): Promise<ApiClient | null> {
      const row = await updateApiClient(db, { organizationId, id }, changes);
      return row === null ? null : toApiClient(row);
    },

    /** Takes the client's secrets along. */
    async delete(id: string): Promise<void> {
      await deleteApiClient(db, { organizationId, id });
    },

    /** Every redirect URL the client may use: its own and its application's. */
    async findRedirectUrls(clientId: string): Promise<string[] | null> {
      const [row] = await db
        .select({ own: apiClients.allowedRedirectUrls, inherited: applications.redirectUris })
        .from(apiClients)
        .leftJoin(applications, eq(applications.id, apiClients.applicationId))
        .where(named(clientId));
      return row === undefined ? null : [...row.own, ...(row.inherited ?? [])];
    },

    /**
     * Whether a redirect URL is one of those. Compared where they are: lists may be so long that a check which reads them
     * makes all others wait.
     */
    async allowsRedirectUrl(clientId: string, url: string): Promise<boolean> {
      // No text of Postgres holds it.
      if (url.includes('\0')) return false;
      const isOf = (list: AnyPgColumn) => sql`coalesce(${url} = any (${list}), false)`;
      const [row] = await db
        .select({ allows: sql<boolean>`${isOf(apiClients.allowedRedirectUrls)} or ${isOf(applications.redirectUris)}` })
        .from(apiClients)
        .leftJoin(applications, eq(applications.id, apiClients.applicationId))
        .where(named(clientId));
      return row?.allows ?? false;
    },
  };
}

function toInsertValues(organizationId: string, client: NewApiClient, { id: secretId, ...secret }: NewSecret) {
  const expiresAt = toDate(client.expiresAt)?.toISOString() ?? null;
  return { ...client, organizationId, expiresAt, createdBy: client.createdBy?.userId ?? null, secretId, ...secret };
}

function toInserted(client: NewApiClient, { hint }: NewSecret, [status, version, created]: InsertedCells): ApiClient {
  const createdAt = new Date(created).toISOString();
  return {
    ...client,
    expiresAt: toDate(client.expiresAt)?.toISOString() ?? null,
    status,
    version,
    clientSecretHint: hint,
    lastUsedAt: null,
    createdBy: client.createdBy?.email ?? null,
    createdAt,
    updatedAt: createdAt,
  };
}

function toDate(moment: string | Date | null): Date | null {
  return moment === null ? null : new Date(moment);
}

function toApiClient({ expiresAt, lastUsedAt, createdAt, updatedAt, ...row }: ApiClientRow): ApiClient {
  return {
    ...row,
    expiresAt: toDate(expiresAt)?.toISOString() ?? null,
    lastUsedAt: toDate(lastUsedAt)?.toISOString() ?? null,
    createdAt: new Date(createdAt).toISOString(),
    updatedAt: new Date(updatedAt).toISOString(),
  };
}
