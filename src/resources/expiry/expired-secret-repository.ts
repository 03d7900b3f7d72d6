import { and, asc, eq, gt, isNull, lte, sql } from 'drizzle-orm';
import type { Db } from '../../db/client.ts';
import { apiClients } from '../../db/tables/api-clients.ts';
import { secrets } from '../../db/tables/secrets.ts';

/** A client with a secret that time has ended, which is not written down yet. */
export interface ClientToTidy {
  /** The id of such a secret. */
  secretId: string;
  organizationId: string;
  clientId: string;
}

/** They come by the ids of their secrets, after `afterId`. */
export function listClientsToTidy(
  db: Db,
  { afterId, limit }: { afterId: string; limit: number },
): Promise<ClientToTidy[]> {
  return db
    .select({ secretId: secrets.id, organizationId: apiClients.organizationId, clientId: apiClients.clientId })
    .from(secrets)
    .innerJoin(apiClients, eq(apiClients.id, secrets.apiClientId))
    .where(and(isNull(secrets.endedAt), lte(secrets.expiresAt, sql`now()`), gt(secrets.id, afterId)))
    .orderBy(asc(secrets.id))
    .limit(limit);
}
