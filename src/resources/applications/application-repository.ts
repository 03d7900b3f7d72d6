import { and, asc, eq, gt, inArray, isNull, sql } from 'drizzle-orm';
import type { Db, Tx } from '../../db/client.ts';
import { apiClients, applications } from '../../db/tables/api-clients.ts';
import { secrets } from '../../db/tables/secrets.ts';
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
  /** Null when the primary client has no secret without an end. */
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
  clientId: apiClients.clientId,
  apiKeyHint: secrets.hint,
  version: applications.version,
  createdAt: applications.createdAt,
  updatedAt: applications.updatedAt,
};

export type ApplicationRepository = ReturnType<typeof createApplicationRepository>;

/** The applications of one organization; those of others do not exist here. */
export function createApplicationRepository(db: Db | Tx, organizationId: string) {
  const owned = eq(applications.organizationId, organizationId);
  const select = () =>
    db
      .select(columns)
      .from(applications)
      .innerJoin(apiClients, eq(apiClients.id, applications.primaryClientId))
      .leftJoin(secrets, and(eq(secrets.apiClientId, apiClients.id), isNull(secrets.expiresAt)));

  return {
    async list({ afterId, limit }: PageRequest): Promise<Application[]> {
      const rows = await select()
        .where(and(owned, afterId === null ? undefined : gt(applications.id, afterId)))
        .orderBy(asc(applications.id))
        .limit(limit);
      return rows.map(toApplication);
    },

    async find(id: string): Promise<Application | null> {
      const [row] = await select().where(and(owned, eq(applications.id, id)));
      return row === undefined ? null : toApplication(row);
    },

    /** The primary client must be inserted in the same transaction. */
    async insert(application: ApplicationProfile & { id: string; primaryClientId: string }): Promise<void> {
      await db.insert(applications).values({ ...application, organizationId });
    },

    /** Tells whether a row was changed: not when its version is none of those asked for. */
    async update(id: string, changes: Partial<ApplicationProfile>, versions: number[] | undefined): Promise<boolean> {
      const rows = await db
        .update(applications)
        .set({ ...changes, version: sql`${applications.version} + 1`, updatedAt: sql`now()` })
        .where(and(owned, eq(applications.id, id), versions && inArray(applications.version, versions)))
        .returning({ id: applications.id });
      return rows.length > 0;
    },

    /** Takes the application's API clients and their secrets along. */
    async delete(id: string, versions: number[] | undefined): Promise<boolean> {
      const rows = await db
        .delete(applications)
        .where(and(owned, eq(applications.id, id), versions && inArray(applications.version, versions)))
        .returning({ id: applications.id });
      return rows.length > 0;
    },
  };
}

type Row = Omit<Application, 'createdAt' | 'updatedAt'> & { createdAt: Date; updatedAt: Date };

function toApplication({ createdAt, updatedAt, ...row }: Row): Application {
  return { ...row, createdAt: createdAt.toISOString(), updatedAt: updatedAt.toISOString() };
}
