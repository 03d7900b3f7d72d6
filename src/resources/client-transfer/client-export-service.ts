import type { MemberCaller } from '../../changes/caller.ts';
import { readBriefly } from '../../db/brief-read.ts';
import type { Db } from '../../db/client.ts';
import { requireCurrentMember } from '../../identity/current-member.ts';
import { createApiClientRepository } from '../api-clients/api-client-repository.ts';
import type { ApiClient } from '../api-clients/api-client.ts';
import { BatchTurns } from './batch-turns.ts';
import { begin } from './begin.ts';
import type { ApiClientExport } from './client-transfer-schemas.ts';
import { OpenTransfers } from './open-transfers.ts';

const BATCH_MAX = 100;
/** A slow reader has about three times as much in memory: on its way, read ahead and waiting. One client may be larger. */
const TEXT_MAX = 256 * 1024;

export interface ClientExportService {
  /**
   * Every API client of the organization, the oldest first, one JSON line each, some at a time. What has not been asked for
   * has not been read, and between two batches no connection is held: what changes meanwhile may be in it as it was or as
   * it is. The first batch is read before this resolves, so that what fails at once is thrown. Throws the same later, for
   * who may not go on. To be read to its end or given up with `return`.
   * @throws AppError `overloaded`, `not_found`, `second_factor_required`
   */
  export: (caller: MemberCaller) => Promise<AsyncIterable<string>>;
}

export function createClientExportService({ db }: { db: Db }): ClientExportService {
  const open = new OpenTransfers('exports');
  const turns = new BatchTurns();

  const readBatch = (caller: MemberCaller, page: { afterId: string | null; limit: number }) =>
    turns.run(() =>
      readBriefly(db, async (tx) => {
        // Who is removed is not given what is left.
        await requireCurrentMember(tx, caller);
        const clients = createApiClientRepository(tx, caller.organizationId);
        return cut(await clients.list({ ...page, order: 'oldest' }, {}), page.limit);
      }),
    );

  async function* exportBatches(caller: MemberCaller) {
    const leave = open.enter(caller.userId);
    try {
      let batch = await readBatch(caller, { afterId: null, limit: BATCH_MAX });
      yield '';
      for (;;) {
        if (batch.text !== '') yield batch.text;
        if (batch.lastId === null) return;
        // Where clients are large, few of many that are read would be kept.
        const limit = Math.min(BATCH_MAX, 2 * batch.count);
        batch = await readBatch(caller, { afterId: batch.lastId, limit });
      }
    } finally {
      leave();
    }
  }

  return { export: (caller) => begin(exportBatches(caller)) };
}

interface Batch {
  text: string;
  count: number;
  /** After which client the next batch begins; null when this is the last. */
  lastId: string | null;
}

/** As many of the clients as may be in memory until they are taken, and one at least. */
function cut(clients: readonly ApiClient[], limit: number): Batch {
  const lines: string[] = [];
  let length = 0;
  for (const client of clients) {
    const line = `${JSON.stringify(toExported(client))}\n`;
    if (lines.length > 0 && length + line.length > TEXT_MAX) break;
    lines.push(line);
    length += line.length;
  }
  const isLast = lines.length === clients.length && clients.length < limit;
  return { text: lines.join(''), count: lines.length, lastId: isLast ? null : (clients[lines.length - 1]?.id ?? null) };
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
