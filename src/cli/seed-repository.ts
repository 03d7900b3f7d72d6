import type { Db } from '../db/client.ts';
import { apiClients, applications } from '../db/tables/api-clients.ts';
import { memberships, organizations } from '../db/tables/organizations.ts';
import { secrets } from '../db/tables/secrets.ts';
import { runTransaction } from '../db/transaction.ts';

/** Rows of many organizations that belong together. */
export interface SeedRows {
  organizations: (typeof organizations.$inferInsert)[];
  memberships: (typeof memberships.$inferInsert)[];
  applications: (typeof applications.$inferInsert)[];
  apiClients: (typeof apiClients.$inferInsert)[];
  secrets: (typeof secrets.$inferInsert)[];
}

/** Inserts in bulk, for any number of tenants. Only for filling a database. */
export function createSeedRepository(db: Db) {
  return {
    async hasOrganizations(): Promise<boolean> {
      const rows = await db.select({ id: organizations.id }).from(organizations).limit(1);
      return rows.length > 0;
    },

    /** All or nothing, one statement for each table. */
    async insert(rows: SeedRows): Promise<void> {
      await runTransaction(db, async (tx) => {
        if (rows.organizations.length > 0) await tx.insert(organizations).values(rows.organizations);
        if (rows.memberships.length > 0) await tx.insert(memberships).values(rows.memberships);
        if (rows.applications.length > 0) await tx.insert(applications).values(rows.applications);
        if (rows.apiClients.length > 0) await tx.insert(apiClients).values(rows.apiClients);
        if (rows.secrets.length > 0) await tx.insert(secrets).values(rows.secrets);
      });
    },
  };
}
