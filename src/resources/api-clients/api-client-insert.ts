import { sql } from 'drizzle-orm';
import type { Db, Tx } from '../../db/client.ts';
import { nameStatement } from '../../db/named-query.ts';
import { apiClients } from '../../db/tables/api-clients.ts';
import type { ClientStatus } from '../../db/tables/api-clients.ts';
import { secrets } from '../../db/tables/secrets.ts';

/**
 * Inserts an API client and its first secret as one statement: both or neither, in one way to the database.
 */
export const insertWithSecret = nameStatement<[status: ClientStatus, version: number, createdAt: string]>(
  'insert_api_client',
  buildInsert,
);

function buildInsert(db: Db | Tx) {
  const value = sql.placeholder;
  const made = db.$with('made').as(
    db
      .insert(apiClients)
      .values({
        id: value('id'),
        clientId: value('clientId'),
        organizationId: value('organizationId'),
        environment: value('environment'),
        name: value('name'),
        description: value('description'),
        permissions: value('permissions'),
        allowedRedirectUrls: value('allowedRedirectUrls'),
        allowedIps: value('allowedIps'),
        applicationId: value('applicationId'),
        createdBy: sql`${value('createdBy')}::uuid`,
        // Not through the column, whose encoder takes no null.
        expiresAt: sql`${value('expiresAt')}::timestamptz`,
      })
      .returning({ status: apiClients.status, version: apiClients.version, createdAt: apiClients.createdAt }),
  );
  return db
    .with(made)
    .insert(secrets)
    .values({
      id: value('secretId'),
      apiClientId: value('id'),
      lookupId: value('lookupId'),
      hash: value('hash'),
      pepperVersion: value('pepperVersion'),
      hint: value('hint'),
      createdBy: sql`${value('createdBy')}::uuid`,
    })
    .returning({
      status: sql`(select status from ${made})`,
      version: sql`(select version from ${made})`,
      createdAt: sql`(select created_at from ${made})`,
    });
}
