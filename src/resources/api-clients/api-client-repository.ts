import { and, eq, sql } from 'drizzle-orm';
import type { AnyPgColumn } from 'drizzle-orm/pg-core';
import { toEventValues } from '../../changes/audit-append.ts';
import type { ComposedEvent } from '../../changes/audit-event.ts';
import type { Db, Tx } from '../../db/client.ts';
import { ownedKeyset } from '../../db/keyset.ts';
import { apiClients, applications } from '../../db/tables/api-clients.ts';
import type { ClientStatus, Environment } from '../../db/tables/api-clients.ts';
import { emailOf } from '../../db/tables/users.ts';
import { AppError } from '../../errors.ts';
import type { PageRequest } from '../../http/pagination.ts';
import { toPolicy } from '../credential-policy/held-policy.ts';
import type { HeldPolicy } from '../credential-policy/held-policy.ts';
import type { SecretRecord } from '../../secrets/secret-repository.ts';
import { matchesFilters } from './api-client-filters.ts';
import type { ApiClientFilters } from './api-client-filters.ts';
import { insertIfAllowed, insertWithSecret } from './api-client-insert.ts';
import type { InsertedCells } from './api-client-insert.ts';

export const API_CLIENTS_APPLICATION_FKEY = 'api_clients__application_id_organization_id_fkey';
export const API_CLIENTS_ORGANIZATION_FKEY = 'api_clients__organization_id_fkey';

/** What of an API client can change. */
export interface ApiClientProfile {
  name: string;
  description: string | null;
  permissions: string[];
  allowedRedirectUrls: string[];
  /** From where its credentials are accepted; none sets no bounds. */
  allowedIps: string[];
  status: ClientStatus;
  /** RFC 3339. */
  expiresAt: string | null;
}

export interface ApiClient extends ApiClientProfile {
  id: string;
  clientId: string;
  environment: Environment;
  applicationId: string | null;
  /** Of the active secret; null when there is none. */
  clientSecretHint: string | null;
  lastUsedAt: string | null;
  /** The email of a user; null where that is not known any more. */
  createdBy: string | null;
  version: number;
  createdAt: string;
  updatedAt: string;
}

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

/** What is not named stays. */
export type ApiClientChanges = { [Name in keyof ApiClientProfile]?: ApiClientProfile[Name] | undefined };

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
}

/** What became of a client that was to be made. */
export interface Creation {
  /** Null where it was not made: there was no room, or the policy is another one. */
  client: ApiClient | null;
  hasRoom: boolean;
  /** The organization's policy now. */
  policy: HeldPolicy;
}

const isPrimary = sql<boolean>`exists (
  select from applications where applications.primary_client_id = api_clients.id
)`;

const columns = {
  id: apiClients.id,
  clientId: apiClients.clientId,
  name: apiClients.name,
  description: apiClients.description,
  environment: apiClients.environment,
  permissions: apiClients.permissions,
  allowedRedirectUrls: apiClients.allowedRedirectUrls,
  allowedIps: apiClients.allowedIps,
  status: apiClients.status,
  applicationId: apiClients.applicationId,
  expiresAt: apiClients.expiresAt,
  clientSecretHint: sql<string | null>`(
    select hint from secrets where secrets.api_client_id = api_clients.id and secrets.status = 'active'
  )`,
  lastUsedAt: apiClients.lastUsedAt,
  createdBy: emailOf(apiClients.createdBy),
  version: apiClients.version,
  createdAt: apiClients.createdAt,
  updatedAt: apiClients.updatedAt,
};

export type ApiClientRepository = ReturnType<typeof createApiClientRepository>;

/** The API clients of one organization; those of others do not exist here. */
export function createApiClientRepository(db: Db | Tx, organizationId: string) {
  const owned = eq(apiClients.organizationId, organizationId);
  const named = (clientId: string) => and(owned, eq(apiClients.clientId, clientId));
  const select = () => db.select(columns).from(apiClients);

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
      const held = { ...columns, isPrimary };
      const [row] = await db.select(held).from(apiClients).where(named(clientId)).for('update');
      return row === undefined ? null : { ...toApiClient(row), isPrimary: row.isPrimary };
    },

    /** Inserts the client with its first secret. */
    async insert(client: NewApiClient, secret: NewSecret): Promise<ApiClient> {
      const [row] = await insertWithSecret(db, toInsertValues(organizationId, client, secret));
      if (row === undefined) throw new Error('an insert gave no row');
      return toInserted(client, secret, row);
    },

    /**
     * Inserts the client with its first secret, and appends the events, where the organization has room for it and the
     * policy that is given.
     * @throws AppError `not_found` when the organization is gone
     */
    async insertIfAllowed(client: NewApiClient, secret: NewSecret, bounds: CreationBounds): Promise<Creation> {
      const { quota, policy, events } = bounds;
      const values = {
        ...toInsertValues(organizationId, client, secret),
        ...toEventValues(events),
        quota,
        maxSecretLifetimeDays: policy.maxSecretLifetimeDays,
        expiryRequiredFor: policy.expiryRequiredFor,
        allowedIpsRequiredFor: policy.allowedIpsRequiredFor,
      };
      const [row] = await insertIfAllowed(db, values);
      if (row === undefined) throw new AppError('not_found');
      const [, status, version, createdAt, hasRoom, ...policyNow] = row;
      const inserted = status === null ? null : toInserted(client, secret, [status, version, createdAt]);
      return { client: inserted, hasRoom, policy: toPolicy(policyNow) };
    },

    /** The client as this change made it. */
    async update(id: string, { expiresAt, ...changes }: ApiClientChanges = {}): Promise<ApiClient | null> {
      const [row] = await db
        .update(apiClients)
        .set({
          ...changes,
          expiresAt: expiresAt === undefined ? undefined : toDate(expiresAt),
          // Who pauses or resumes it has decided anew.
          unusedPauseAt: changes.status === undefined ? undefined : null,
          version: sql`${apiClients.version} + 1`,
          updatedAt: sql`now()`,
        })
        .where(and(owned, eq(apiClients.id, id)))
        .returning(columns);
      return row === undefined ? null : toApiClient(row);
    },

    /** Takes the client's secrets along. */
    async delete(id: string): Promise<void> {
      await db.delete(apiClients).where(and(owned, eq(apiClients.id, id)));
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

function toDate(moment: string | null): Date | null {
  return moment === null ? null : new Date(moment);
}

type Moment = 'expiresAt' | 'lastUsedAt' | 'createdAt' | 'updatedAt';
type Row = Omit<ApiClient, Moment> & {
  expiresAt: Date | null;
  lastUsedAt: Date | null;
  createdAt: Date;
  updatedAt: Date;
};

function toApiClient({ expiresAt, lastUsedAt, createdAt, updatedAt, ...row }: Row): ApiClient {
  return {
    ...row,
    expiresAt: expiresAt?.toISOString() ?? null,
    lastUsedAt: lastUsedAt?.toISOString() ?? null,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  };
}
