import { and, arrayContains, eq, ilike, isNull, lt, not, or, sql } from 'drizzle-orm';
import { apiClients } from '../../db/tables/api-clients.ts';
import type { ClientStatus, Environment } from '../../db/tables/api-clients.ts';
import { secrets } from '../../db/tables/secrets.ts';

/** Which API clients a list is to hold; without any, all of them. */
export interface ApiClientFilters {
  environment?: Environment;
  status?: ClientStatus;
  /** The id of one, or `none`. */
  application_id?: string;
  permission?: string;
  /** Part of the name, in any case; or a whole client_id, or the hint of the current secret. */
  q?: string;
  /** RFC 3339: not used since then. */
  unused_since?: string;
  /** RFC 3339: ends before then. */
  expires_before?: string;
  /** Whether an old secret still works beside the new one. */
  has_retiring_secret?: boolean;
}

/** Of the hint of a secret. */
const HINT_LENGTH = 4;

const hasRetiringSecret = sql<boolean>`exists (
  select from secrets where secrets.api_client_id = api_clients.id and secrets.status = 'retiring' and secrets.expires_at > now()
)`;

/** What a client has to fulfil. */
export function matchesFilters(filters: ApiClientFilters) {
  const { environment, status, application_id: applicationId, permission, q } = filters;
  const { unused_since: unusedSince, expires_before: expiresBefore, has_retiring_secret: isRetiring } = filters;
  return and(
    environment && eq(apiClients.environment, environment),
    status && eq(apiClients.status, status),
    applicationId === undefined ? undefined : isOfApplication(applicationId),
    permission === undefined ? undefined : arrayContains(apiClients.permissions, [permission]),
    q === undefined ? undefined : isFoundBy(q),
    unusedSince === undefined
      ? undefined
      : or(isNull(apiClients.lastUsedAt), lt(apiClients.lastUsedAt, new Date(unusedSince))),
    expiresBefore === undefined ? undefined : lt(apiClients.expiresAt, new Date(expiresBefore)),
    isRetiring === undefined ? undefined : isRetiring ? hasRetiringSecret : not(hasRetiringSecret),
  );
}

function isOfApplication(id: string) {
  return id === 'none' ? isNull(apiClients.applicationId) : eq(apiClients.applicationId, id);
}

/**
 * Each part by an index of its own, so that Postgres can look up few and find many in the order of the page. Names have
 * one where there are trigrams (migration index_searches). Without, and for a text that has none, the scan is bounded by
 * the quota of API clients, by the time a list may take, and by how many run at once.
 */
function isFoundBy(q: string) {
  // An expression is not what the index holds: for a text without three letters in a row it would be read from end to end.
  const name = /[\p{L}\p{N}]{3}/u.test(q) ? apiClients.name : sql`(${apiClients.name} || '')`;
  return or(
    ilike(name, `%${q.replaceAll(/[\\%_]/g, '\\$&')}%`),
    eq(apiClients.clientId, q),
    // Only a text of that length can be one. An array is found once for the whole list, and can be looked up by an index.
    q.length === HINT_LENGTH
      ? sql`${apiClients.id} = any (array(select api_client_id from ${secrets} where hint = ${q} and status = 'active'))`
      : undefined,
  );
}
