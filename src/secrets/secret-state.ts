import { eq, sql } from 'drizzle-orm';
import { BatchedReader } from '../db/batched-reader.ts';
import type { Db } from '../db/client.ts';
import { apiClients } from '../db/tables/api-clients.ts';
import type { ClientStatus, Environment } from '../db/tables/api-clients.ts';
import { revokedAccessTokens } from '../db/tables/revoked-access-tokens.ts';
import { secrets } from '../db/tables/secrets.ts';

/** Two queries keep Postgres busy while the next batch gathers; more only make the batches smaller. */
const IN_FLIGHT_MAX = 2;
const BATCH_MAX = 500;
const WAITING_MAX = 10_000;

/** A stored secret with the current state of the client it belongs to. */
export interface SecretState {
  secretId: string;
  hash: string;
  pepperVersion: string;
  clientId: string;
  name: string;
  organizationId: string;
  applicationId: string | null;
  environment: Environment;
  permissions: string[];
  status: ClientStatus;
  /** When the secret or its client runs out, whichever comes first. */
  expiresAt: Date | null;
  /** By the clock of the database, which all processes share. */
  isExpired: boolean;
}

/** An access token by what it names: the secret it came from and its own id. */
export interface TokenKey {
  secretId: string;
  jti: string;
}

/** The state that decides about an access token. */
export type TokenState = SecretState & { jti: string; isRevoked: boolean };

/** Reads current state; reads at the same time share a query, and nothing is kept. */
export interface StateReader {
  findByLookupId: (lookupId: string) => Promise<SecretState | undefined>;
  findByToken: (token: TokenKey) => Promise<TokenState | undefined>;
}

/**
 * An array parameter that the planner does not look into. It would plan anew for every batch, because it counts an array
 * it can see as cheaper than one of unknown length, and planning costs Postgres more than the reads themselves.
 */
function opaqueArray(name: string, type: 'text' | 'uuid') {
  const array = sql.raw(`${type}[]`);
  return sql`(select ${sql.placeholder(name)}::${array})::${array}`;
}

const expiresAt = sql`least(${secrets.expiresAt}, ${apiClients.expiresAt})`;

const columns = {
  secretId: secrets.id,
  hash: secrets.hash,
  pepperVersion: secrets.pepperVersion,
  clientId: apiClients.clientId,
  name: apiClients.name,
  organizationId: apiClients.organizationId,
  applicationId: apiClients.applicationId,
  environment: apiClients.environment,
  // Names hold no blanks; one text is cheaper to read than an array.
  permissions: sql<string[]>`array_to_string(${apiClients.permissions}, ' ')`.mapWith((scope: string) =>
    scope.split(' '),
  ),
  status: apiClients.status,
  expiresAt: sql<Date | null>`${expiresAt}`.mapWith(secrets.expiresAt),
  isExpired: sql<boolean>`coalesce(${expiresAt} <= now(), false)`,
};

export function createStateReader(db: Db): StateReader {
  const byLookupId = db
    .select({ ...columns, lookupId: secrets.lookupId })
    .from(secrets)
    .innerJoin(apiClients, eq(apiClients.id, secrets.apiClientId))
    .where(sql`${secrets.lookupId} = any(${opaqueArray('lookupIds', 'text')})`)
    .prepare('find_states_by_lookup_id');

  const byToken = db
    .select({
      ...columns,
      jti: sql<string>`wanted.jti`,
      isRevoked: sql<boolean>`exists (select from ${revokedAccessTokens} where ${revokedAccessTokens.jti} = wanted.jti)`,
    })
    .from(sql`unnest(${opaqueArray('secretIds', 'uuid')}, ${opaqueArray('jtis', 'uuid')}) as wanted (secret_id, jti)`)
    .innerJoin(secrets, sql`${secrets.id} = wanted.secret_id`)
    .innerJoin(apiClients, eq(apiClients.id, secrets.apiClientId))
    .prepare('find_states_by_token');

  const bounds = { inFlightMax: IN_FLIGHT_MAX, batchMax: BATCH_MAX, waitingMax: WAITING_MAX };
  const lookups = new BatchedReader<string, SecretState & { lookupId: string }>({
    ...bounds,
    identify: (lookupId) => lookupId,
    identifyRow: (row) => row.lookupId,
    load: (lookupIds) => byLookupId.execute({ lookupIds }),
  });
  const tokens = new BatchedReader<TokenKey, TokenState>({
    ...bounds,
    identify: ({ jti }) => jti,
    identifyRow: (row) => row.jti,
    load: (keys) =>
      byToken.execute({ secretIds: keys.map(({ secretId }) => secretId), jtis: keys.map(({ jti }) => jti) }),
  });
  return {
    findByLookupId: (lookupId) => lookups.read(lookupId),
    findByToken: (token) => tokens.read(token),
  };
}
