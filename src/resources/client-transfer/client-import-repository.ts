import { and, eq, inArray, isNull, ne, or, sql } from 'drizzle-orm';
import type { Db, Tx } from '../../db/client.ts';
import { apiClients, applications } from '../../db/tables/api-clients.ts';
import { secrets } from '../../db/tables/secrets.ts';
import { spentClientIds } from '../../db/tables/spent-client-ids.ts';
import type { ImportedClient } from './import-line.ts';

export const CLIENT_ID_KEY = 'api_clients__client_id_key';
export const LOOKUP_KEY = 'secrets__imported_lookup_key';

/** What an import compares with, of an API client of its organization. */
export interface KnownClient extends Omit<ImportedClient, 'line' | 'id' | 'secret'> {
  /** Of the imported secret, as long as it works; null where there is none. */
  secretDigest: string | null;
}

/**
 * The API clients of one organization, as an import looks at them. Of others it tells nothing but that a client_id or a
 * lookup is taken, which two organizations cannot both have.
 */
export function createClientImportRepository(db: Db | Tx, organizationId: string) {
  return {
    /** Of these, those that the organization has. */
    async listKnown(clientIds: readonly string[]): Promise<KnownClient[]> {
      const rows = await db
        .select({
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
          secretDigest: secrets.importedDigest,
        })
        .from(apiClients)
        .leftJoin(
          secrets,
          and(
            eq(secrets.apiClientId, apiClients.id),
            isNull(secrets.endedAt),
            sql`${secrets.importedStrength} is not null`,
          ),
        )
        .where(and(eq(apiClients.organizationId, organizationId), inArray(apiClients.clientId, [...clientIds])));
      return rows.map((row) => ({ ...row, expiresAt: row.expiresAt?.toISOString() ?? null }));
    },

    /** Of these, those that another organization has or had. */
    async listForeign(clientIds: readonly string[]): Promise<string[]> {
      const taken = db
        .select({ clientId: apiClients.clientId })
        .from(apiClients)
        .where(and(ne(apiClients.organizationId, organizationId), inArray(apiClients.clientId, [...clientIds])));
      const rows = await taken.unionAll(
        db
          .select({ clientId: spentClientIds.clientId })
          .from(spentClientIds)
          .where(
            and(ne(spentClientIds.organizationId, organizationId), inArray(spentClientIds.clientId, [...clientIds])),
          ),
      );
      return rows.map(({ clientId }) => clientId);
    },

    /**
     * Of these, those that some secret has, or one of another organization had: machines that still send that one are not
     * to be answered by somebody else.
     */
    async listTakenLookups(lookups: readonly string[]): Promise<string[]> {
      if (lookups.length === 0) return [];
      const rows = await db
        .select({ lookup: sql<string>`${secrets.importedLookup}` })
        .from(secrets)
        .innerJoin(apiClients, eq(apiClients.id, secrets.apiClientId))
        .where(
          and(
            inArray(secrets.importedLookup, [...lookups]),
            or(isNull(secrets.endedAt), ne(apiClients.organizationId, organizationId)),
          ),
        );
      return rows.map(({ lookup }) => lookup);
    },

    /** Of these, the organization's applications, which nobody deletes until the transaction ends. */
    async holdApplications(ids: readonly string[]): Promise<string[]> {
      if (ids.length === 0) return [];
      const rows = await db
        .select({ id: applications.id })
        .from(applications)
        .where(and(eq(applications.organizationId, organizationId), inArray(applications.id, [...ids])))
        .orderBy(applications.id)
        .for('key share');
      return rows.map(({ id }) => id);
    },

    /** With their secrets. Fails as a whole where a client_id or a lookup was taken meanwhile. */
    async insert(clients: readonly ImportedClient[], createdBy: string): Promise<void> {
      if (clients.length === 0) return;
      await db.insert(apiClients).values(clients.map((client) => ({ ...toRow(client), organizationId, createdBy })));
      const withSecret = clients.flatMap(({ id, secret }) => (secret === null ? [] : [{ apiClientId: id, ...secret }]));
      if (withSecret.length === 0) return;
      await db.insert(secrets).values(
        withSecret.map(({ strength, lookup, digest, expiresAt, ...secret }) => ({
          ...secret,
          createdBy,
          importedStrength: strength,
          importedLookup: lookup,
          importedDigest: digest,
          expiresAt: toDate(expiresAt),
        })),
      );
    },
  };
}

function toRow({ id, clientId, environment, applicationId, ...profile }: ImportedClient) {
  const { name, description, permissions, allowedRedirectUrls, allowedIps, status, expiresAt } = profile;
  const identity = { id, clientId, environment, applicationId };
  const lists = { permissions, allowedRedirectUrls, allowedIps };
  return { ...identity, ...lists, name, description, status, expiresAt: toDate(expiresAt) };
}

function toDate(moment: string | null): Date | null {
  return moment === null ? null : new Date(moment);
}
