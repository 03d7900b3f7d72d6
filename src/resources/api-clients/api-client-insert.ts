import { sql } from 'drizzle-orm';
import type { Db } from '../../db/client.ts';
import { apiClients } from '../../db/tables/api-clients.ts';
import { secrets } from '../../db/tables/secrets.ts';
import type { SecretRecord } from '../../secrets/secret-repository.ts';
import type { ApiClient, NewApiClient } from './api-client-repository.ts';

export interface NewClientWithSecret {
  organizationId: string;
  client: NewApiClient;
  secret: SecretRecord & { id: string };
}

export type InsertWithSecret = (values: NewClientWithSecret) => Promise<ApiClient>;

/**
 * Prepares the making of a client and its first secret as one statement: one way to the database instead of five, and
 * both or neither by themselves.
 */
export function prepareInsertWithSecret(db: Db): InsertWithSecret {
  const statement = buildStatement(db).prepare('insert_api_client');

  return async ({ organizationId, client, secret: { id: secretId, ...secret } }) => {
    const expiresAt = client.expiresAt === null ? null : new Date(client.expiresAt).toISOString();
    const [row] = await statement.execute({ ...client, organizationId, expiresAt, secretId, ...secret });
    if (row === undefined) throw new Error('an insert gave no row');
    const createdAt = row.createdAt.toISOString();
    return {
      ...client,
      expiresAt,
      status: row.status,
      version: row.version,
      clientSecretHint: secret.hint,
      lastUsedAt: null,
      createdAt,
      updatedAt: createdAt,
    };
  };
}

function buildStatement(db: Db) {
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
        applicationId: value('applicationId'),
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
    })
    .returning({
      status: sql`(select status from ${made})`.mapWith(apiClients.status),
      version: sql`(select version from ${made})`.mapWith(apiClients.version),
      createdAt: sql`(select created_at from ${made})`.mapWith(apiClients.createdAt),
    });
}
