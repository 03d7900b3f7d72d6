import type { MemberCaller } from '../../changes/caller.ts';
import { readBriefly } from '../../db/brief-read.ts';
import type { Db } from '../../db/client.ts';
import { createApiClientRepository } from '../api-clients/api-client-repository.ts';
import type { ApiClient } from '../api-clients/api-client-repository.ts';
import type { ApiClientExport } from './client-transfer-schemas.ts';

/** Few enough that what is read ahead of a slow reader is small. */
const BATCH = 100;

export interface ClientExportService {
  /**
   * Every API client of the organization, the oldest first, one JSON line each. What has not been asked for has not been
   * read, and between two batches no connection is held: what changes meanwhile may be in it as it was or as it is.
   */
  export: (caller: MemberCaller) => Promise<AsyncIterable<string>>;
}

export function createClientExportService({ db }: { db: Db }): ClientExportService {
  const readBatch = (organizationId: string, afterId: string | null) =>
    readBriefly(db, (tx) =>
      createApiClientRepository(tx, organizationId).list({ afterId, limit: BATCH, order: 'oldest' }, {}),
    );

  return {
    async export({ organizationId }) {
      // Before anything is sent, so that what fails here is answered.
      const first = await readBatch(organizationId, null);
      return (async function* () {
        for (let batch = first; ;) {
          for (const client of batch) yield `${JSON.stringify(toExported(client))}\n`;
          const last = batch.at(-1);
          if (last === undefined || batch.length < BATCH) return;
          batch = await readBatch(organizationId, last.id);
        }
      })();
    },
  };
}

function toExported(client: ApiClient): ApiClientExport {
  return {
    client_id: client.clientId,
    name: client.name,
    description: client.description,
    environment: client.environment,
    permissions: client.permissions,
    allowed_redirect_urls: client.allowedRedirectUrls,
    allowed_ips: client.allowedIps,
    status: client.status,
    application_id: client.applicationId,
    expires_at: client.expiresAt,
  };
}
