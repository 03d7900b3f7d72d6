import { and, asc, eq, sql } from 'drizzle-orm';
import type { Db, Tx } from '../../db/client.ts';
import { ownedKeyset } from '../../db/keyset.ts';
import { apiClients, applications } from '../../db/tables/api-clients.ts';
import type { PageRequest } from '../../http/pagination.ts';

export const APPLICATIONS_ORGANIZATION_FKEY = 'applications__organization_id_fkey';

/** What an application says of itself. */
export interface ApplicationProfile {
  name: string;
  websiteUrl: string | null;
  redirectUris: string[];
  termsUrl: string | null;
  privacyUrl: string | null;
  description: string | null;
}

export interface Application extends ApplicationProfile {
  id: string;
  clientId: string;
  /** Of the primary client's active secret; null when there is none. */
  apiKeyHint: string | null;
  version: number;
  createdAt: string;
  updatedAt: string;
}

const columns = {
  id: applications.id,
  name: applications.name,
  websiteUrl: applications.websiteUrl,
  redirectUris: applications.redirectUris,
  termsUrl: applications.termsUrl,
  privacyUrl: applications.privacyUrl,
  description: applications.description,
  clientId: sql<string>`(select client_id from api_clients where api_clients.id = applications.primary_client_id)`,
  apiKeyHint: sql<string | null>`(
    select hint from secrets where secrets.api_client_id = applications.primary_client_id and secrets.status = 'active'
  )`,
  version: applications.version,
  createdAt: applications.createdAt,
  updatedAt: applications.updatedAt,
};

/** What is not named stays. */
export type ApplicationChanges = { [Name in keyof ApplicationProfile]?: ApplicationProfile[Name] | undefined };

export type HeldApplication = ApplicationProfile & Pick<Application, 'id' | 'clientId' | 'version'>;

const heldColumns = {
  id: applications.id,
  clientId: apiClients.clientId,
  version: applications.version,
  name: applications.name,
  websiteUrl: applications.websiteUrl,
  redirectUris: applications.redirectUris,
  termsUrl: applications.termsUrl,
  privacyUrl: applications.privacyUrl,
  description: applications.description,
};

export type ApplicationRepository = ReturnType<typeof createApplicationRepository>;

/** The applications of one organization; those of others do not exist here. */
export function createApplicationRepository(db: Db | Tx, organizationId: string) {
  const owned = eq(applications.organizationId, organizationId);
  const select = () => db.select(columns).from(applications);

  return {
    async list(page: PageRequest): Promise<Application[]> {
      const { isOnPage, inOrder } = ownedKeyset(
        { owner: applications.organizationId, id: applications.id, ownerId: organizationId },
        page,
      );
      const rows = await select().where(isOnPage).orderBy(inOrder).limit(page.limit);
      return rows.map(toApplication);
    },

    async find(id: string): Promise<Application | null> {
      const [row] = await select().where(and(owned, eq(applications.id, id)));
      return row === undefined ? null : toApplication(row);
    },

    /**
     * The application, whose row nobody else changes or deletes until the transaction ends. Held before its clients, as
     * the deletion of an application does.
     */
    async hold(id: string): Promise<HeldApplication | null> {
      const [row] = await db
        .select(heldColumns)
        .from(applications)
        .innerJoin(apiClients, eq(apiClients.id, applications.primaryClientId))
        .where(and(owned, eq(applications.id, id)))
        .for('update', { of: applications });
      return row ?? null;
    },

    /** The application whose primary client this is, held likewise; null for any other client. */
    async holdByClientId(clientId: string): Promise<HeldApplication | null> {
      const [row] = await db
        .select(heldColumns)
        .from(applications)
        .innerJoin(apiClients, eq(apiClients.id, applications.primaryClientId))
        .where(and(owned, eq(apiClients.clientId, clientId)))
        .for('update', { of: applications });
      return row ?? null;
    },

    /** The primary client must be inserted in the same transaction. */
    async insert(application: ApplicationProfile & { id: string; primaryClientId: string }): Promise<void> {
      await db.insert(applications).values({ ...application, organizationId });
    },

    /** The application as this change made it. */
    async update(id: string, changes: ApplicationChanges = {}): Promise<Application | null> {
      const [row] = await db
        .update(applications)
        .set({ ...changes, version: sql`${applications.version} + 1`, updatedAt: sql`now()` })
        .where(and(owned, eq(applications.id, id)))
        .returning(columns);
      return row === undefined ? null : toApplication(row);
    },

    /** The `client_id`s of the API clients that belong to it. */
    async listClientIds(id: string): Promise<string[]> {
      const rows = await db
        .select({ clientId: apiClients.clientId })
        .from(apiClients)
        .where(and(eq(apiClients.organizationId, organizationId), eq(apiClients.applicationId, id)))
        .orderBy(asc(apiClients.id));
      return rows.map(({ clientId }) => clientId);
    },

    /** Takes the application's API clients and their secrets along. */
    async delete(id: string): Promise<void> {
      await db.delete(applications).where(and(owned, eq(applications.id, id)));
    },
  };
}

type Row = Omit<Application, 'createdAt' | 'updatedAt'> & { createdAt: Date; updatedAt: Date };

function toApplication({ createdAt, updatedAt, ...row }: Row): Application {
  return { ...row, createdAt: createdAt.toISOString(), updatedAt: updatedAt.toISOString() };
}
