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
import { insertIfAllowed, insertWithSecrets } from './api-client-insert.ts';
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

/** A client that is to be made with its first secret, and the event that tells it. */
export interface ClientToMake {
  client: NewApiClient;
  secret: NewSecret;
  event: ComposedEvent;
  /** The first two, as the statement takes them. */
  json: string;
}

/** What lets clients be made. */
export interface CreationBounds {
  /** How many clients the organization may have; 0 sets no bound. */
  quota: number;
  /** The policy that allows the clients. */
  policy: CreationPolicy;
  /** Who makes them: as a member who passes the access check, or not at all. */
  caller: Pick<MemberCaller, 'userId' | 'sessionId' | 'least'>;
}

/** What became of clients that were to be made. */
export interface Creations {
  /** The first ones, for which there was room; none where their maker may not, or the policy is another one. */
  made: ApiClient[];
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
      const [row] = await insertWithSecrets(db, { organizationId, clients: `[${toJson(client, secret)}]` });
      if (row === undefined) throw new Error('an insert gave no row');
      return toInserted(client, secret, row);
    },

    /**
     * Inserts clients with their first secrets, and appends their events, for a member who passes the access check, where the
     * organization has the policy that is given: the first ones, for which it has room.
     * @throws AppError `not_found` when the organization or the membership is gone
     */
    async insertIfAllowed(clients: readonly ClientToMake[], bounds: CreationBounds): Promise<Creations> {
      const { quota, policy, caller } = bounds;
      const values = {
        clients: `[${clients.map(({ json }) => json).join()}]`,
        ...toEventValues(clients.map(({ event }) => event)),
        ...accessValues({ ...caller, organizationId }),
        quota,
        maxSecretLifetimeDays: policy.maxSecretLifetimeDays,
        expiryRequiredFor: policy.expiryRequiredFor,
        allowedIpsRequiredFor: policy.allowedIpsRequiredFor,
      };
      const [row] = await insertIfAllowed(db, values);
      if (row === undefined) throw new AppError('not_found');
      const [, amount, status, version, createdAt, hasAccess, room, ...policyNow] = row;
      const made =
        status === null
          ? []
          : clients
              .slice(0, amount)
              .map(({ client, secret }) => toInserted(client, secret, [status, version, createdAt]));
      return { made, hasAccess, hasRoom: room > 0, policy: toPolicy(policyNow) };
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

export function toClientToMake(client: NewApiClient, secret: NewSecret, event: ComposedEvent): ClientToMake {
  return { client, secret, event, json: toJson(client, secret) };
}

/** As the statements that insert take it. */
function toJson(client: NewApiClient, secret: NewSecret): string {
  return JSON.stringify({
    id: client.id,
    client_id: client.clientId,
    environment: client.environment,
    name: client.name,
    description: client.description,
    permissions: client.permissions,
    allowed_redirect_urls: client.allowedRedirectUrls,
    allowed_ips: client.allowedIps,
    application_id: client.applicationId,
    created_by: client.createdBy?.userId ?? null,
    expires_at: client.expiresAt,
    secret_id: secret.id,
    lookup_id: secret.lookupId,
    hash: secret.hash,
    pepper_version: secret.pepperVersion,
    hint: secret.hint,
  });
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
