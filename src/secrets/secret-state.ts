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
  apiClientId: string;
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
export type TokenState = SecretState & { isRevoked: boolean };

/** Reads current state; reads at the same time share a query, and nothing is kept. */
export interface StateReader {
  findByLookupId: (lookupId: string) => Promise<SecretState | undefined>;
  findByToken: (token: TokenKey) => Promise<TokenState | undefined>;
}

const expiresAt = sql`least(${secrets.expiresAt}, ${apiClients.expiresAt})`;

const columns = {
  secretId: secrets.id,
  hash: secrets.hash,
  pepperVersion: secrets.pepperVersion,
  apiClientId: apiClients.id,
  clientId: apiClients.clientId,
  name: apiClients.name,
  organizationId: apiClients.organizationId,
  applicationId: apiClients.applicationId,
  environment: apiClients.environment,
  // Names hold no blanks; one text is cheaper to read than an array.
  scope: sql<string>`array_to_string(${apiClients.permissions}, ' ')`,
  status: apiClients.status,
  expiresAt: sql<Date | null>`${expiresAt}`.mapWith(secrets.expiresAt),
  isExpired: sql<boolean>`coalesce(${expiresAt} <= now(), false)`,
};

export function createStateReader(db: Db): StateReader {
  const byLookupId = db
    .select({ ...columns, lookupId: secrets.lookupId })
    .from(secrets)
    .innerJoin(apiClients, eq(apiClients.id, secrets.apiClientId))
    .where(sql`${secrets.lookupId} = any(${sql.placeholder('lookupIds')}::text[])`)
    .prepare('find_states_by_lookup_id');

  const byToken = db
    .select({
      ...columns,
      jti: sql<string>`wanted.jti`,
      isRevoked: sql<boolean>`exists (select from ${revokedAccessTokens} where ${revokedAccessTokens.jti} = wanted.jti)`,
    })
    .from(
      sql`unnest(${sql.placeholder('secretIds')}::uuid[], ${sql.placeholder('jtis')}::uuid[]) as wanted (secret_id, jti)`,
    )
    .innerJoin(secrets, sql`${secrets.id} = wanted.secret_id`)
    .innerJoin(apiClients, eq(apiClients.id, secrets.apiClientId))
    .prepare('find_states_by_token');

  const bounds = { inFlightMax: IN_FLIGHT_MAX, batchMax: BATCH_MAX, waitingMax: WAITING_MAX };
  const lookups = new BatchedReader<string, SecretState>({
    ...bounds,
    identify: (lookupId) => lookupId,
    async load(lookupIds) {
      const rows = await byLookupId.execute({ lookupIds });
      return rows.map(({ lookupId, ...row }) => ({ key: lookupId, row: toState(row) }));
    },
  });
  const tokens = new BatchedReader<TokenKey, TokenState>({
    ...bounds,
    identify: ({ jti }) => jti,
    async load(keys) {
      const secretIds = keys.map(({ secretId }) => secretId);
      const rows = await byToken.execute({ secretIds, jtis: keys.map(({ jti }) => jti) });
      return rows.map(({ jti, isRevoked, ...row }) => ({ key: jti, row: { ...toState(row), isRevoked } }));
    },
  });
  return {
    findByLookupId: (lookupId) => lookups.read(lookupId),
    findByToken: (token) => tokens.read(token),
  };
}

type Row = Omit<SecretState, 'permissions'> & { scope: string };

function toState({ scope, ...row }: Row): SecretState {
  return { ...row, permissions: scope.split(' ') };
}
