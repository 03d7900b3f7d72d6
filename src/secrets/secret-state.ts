import { and, eq, isNotNull, isNull, sql } from 'drizzle-orm';
import type { SQL } from 'drizzle-orm';
import { BatchedReader } from './batched-reader.ts';
import { CircuitBreaker } from '../db/circuit-breaker.ts';
import { READ_BUDGET_MS } from '../db/client.ts';
import type { Db } from '../db/client.ts';
import type { DatabaseClock } from '../db/database-clock.ts';
import { nameQuery } from '../db/named-query.ts';
import { apiClients } from '../db/tables/api-clients.ts';
import type { ClientStatus, Environment } from '../db/tables/api-clients.ts';
import { revokedAccessTokens } from '../db/tables/revoked-access-tokens.ts';
import { secrets } from '../db/tables/secrets.ts';
import type { ImportedStrength } from '../db/tables/secrets.ts';
import type { AddressRanges } from '../rules/address-ranges.ts';
import { AddressRangesMemo } from './address-ranges-memo.ts';
import type { ImportedKey } from './imported-secrets.ts';

/** Two queries keep Postgres busy while the next batch gathers; more only make the batches smaller. */
const IN_FLIGHT_MAX = 2;
/** Of imported secrets: what is no secret of ours may be one, so whatever is sent costs a read. */
const IMPORTED_IN_FLIGHT_MAX = 1;
/** How many connections the queries of all kinds can use. */
export const STATE_CONNECTIONS = 2 * IN_FLIGHT_MAX + IMPORTED_IN_FLIGHT_MAX;
/** Fewer make more queries, more leave this process idle while it waits for the answer that all are waiting for. */
const BATCH_ENOUGH = 12;
const BATCH_MAX = 500;
const WAITING_MAX = 10_000;

/** Of lists of addresses, about ten bytes each with what is made of them. */
const RANGES_CHARACTERS_MAX = 2_000_000;

/** Of no secret. */
const NO_LOOKUP_ID = '';

/** A stored secret with the current state of the client it belongs to. */
export interface SecretState {
  secretId: string;
  hash: string;
  /** Null for an imported secret that has not been used yet: its hash is another system's. */
  pepperVersion: string | null;
  clientId: string;
  name: string;
  organizationId: string;
  applicationId: string | null;
  environment: Environment;
  permissions: string[];
  /** The permissions as one text, separated by spaces (RFC 6749 §3.3). */
  scope: string;
  status: ClientStatus;
  /** From where the client may be used; null sets no bounds. */
  allowedIps: AddressRanges | null;
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

/** The state of a secret that came with a hash from elsewhere. */
export type ImportedState = SecretState & { importedStrength: ImportedStrength };

/** The state that decides about an access token. */
export type TokenState = SecretState & { jti: string; isRevoked: boolean };

/**
 * Reads current state; reads at the same time share a query, and nothing is kept. A secret that has ended is not found:
 * what is left of it has no lookup id (constraint `secrets__status_check`).
 */
export interface StateReader {
  findByLookupId: (lookupId: string) => Promise<SecretState | undefined>;
  /** Of those that came with a hash from elsewhere. Reads on a connection of its own: it takes no turn of the others. */
  findImported: (key: ImportedKey) => Promise<ImportedState | undefined>;
  findByToken: (token: TokenKey) => Promise<TokenState | undefined>;
  /** Resolves when reads are answered; where they have not been, only after one that is. */
  requireAnswers: () => Promise<void>;
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

/** In the order of {@link StateCells}. */
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
  scope: sql`array_to_string(${apiClients.permissions}, ' ')`,
  status: apiClients.status,
  expiresAt,
  isExpired: sql`coalesce(${expiresAt} <= now(), false)`,
  nowMs: sql`extract(epoch from now())::float8 * 1000`,
  allowedIps: sql`array_to_string(${apiClients.allowedIps}, ' ')`,
};

type StateCells = [
  secretId: string,
  hash: string,
  pepperVersion: string | null,
  clientId: string,
  name: string,
  organizationId: string,
  applicationId: string | null,
  environment: Environment,
  scope: string,
  status: ClientStatus,
  expiresAt: Date | null,
  isExpired: boolean,
  nowMs: number,
  allowedIps: string,
];
type LookupRow = [...StateCells, lookupId: string];
type ImportedRow = [...StateCells, key: ImportedKey, importedStrength: ImportedStrength];
type TokenRow = [...StateCells, jti: string, isRevoked: boolean];
type AnyRow = LookupRow | ImportedRow | TokenRow;

/** To be told how many keys each query asks for. */
export interface BatchFigures {
  onSecretBatch: (size: number) => void;
  onTokenBatch: (size: number) => void;
}

export interface StateReaderOptions {
  figures?: BatchFigures;
  /** Shared with whoever wants to know whether checks can be answered. */
  breaker?: CircuitBreaker;
  /** How long a read may take, in milliseconds. */
  budgetMs?: number | undefined;
  /** Told the database's time with every read that finds something. */
  clock?: DatabaseClock;
}

export function createStateReader(
  db: Db,
  { figures, breaker = new CircuitBreaker(), budgetMs = READ_BUDGET_MS, clock }: StateReaderOptions = {},
): StateReader {
  const { readByLookupId, readImported, readByToken } = prepareReads(db);
  const { toLookupState, toImportedState, toTokenState } = createRowReaders();
  const bounds = {
    inFlightMax: IN_FLIGHT_MAX,
    batchEnough: BATCH_ENOUGH,
    batchMax: BATCH_MAX,
    waitingMax: WAITING_MAX,
    budgetMs,
    breaker,
  };
  const lookups = new BatchedReader<string, SecretState & { lookupId: string }>({
    ...bounds,
    onBatch: figures?.onSecretBatch,
    identify: (lookupId) => lookupId,
    identifyRow: (row) => row.lookupId,
    load: async (lookupIds) => (await timed(clock, () => readByLookupId([lookupIds]))).map(toLookupState),
  });
  const imported = new BatchedReader<ImportedKey, ImportedState & { key: ImportedKey }>({
    ...bounds,
    inFlightMax: IMPORTED_IN_FLIGHT_MAX,
    onBatch: figures?.onSecretBatch,
    identify: (key) => key,
    identifyRow: (row) => row.key,
    load: async (keys) => (await timed(clock, () => readImported(keys))).map(toImportedState),
  });
  const tokens = new BatchedReader<TokenKey, TokenState>({
    ...bounds,
    onBatch: figures?.onTokenBatch,
    identify: ({ jti }) => jti,
    identifyRow: (row) => row.jti,
    load: async (keys) => {
      const values = [keys.map(({ secretId }) => secretId), keys.map(({ jti }) => jti)];
      return (await timed(clock, () => readByToken(values))).map(toTokenState);
    },
  });
  return {
    findByLookupId: (lookupId) => lookups.read(lookupId),
    findImported: (key) => imported.read(key),
    findByToken: (token) => tokens.read(token),
    async requireAnswers() {
      if (breaker.isOpen) await lookups.read(NO_LOOKUP_ID);
    },
  };
}

/** Reads, and lets the clock know what time the database has. */
async function timed<Row extends AnyRow>(clock: DatabaseClock | undefined, read: () => Promise<Row[]>): Promise<Row[]> {
  const askedAt = clock?.ask() ?? 0;
  const rows = await read();
  if (rows[0] !== undefined) clock?.note(rows[0][12], askedAt);
  return rows;
}

function prepareReads(db: Db) {
  const readByLookupId = nameQuery<LookupRow>(
    db,
    'find_states_by_lookup_id',
    db
      .select({ ...columns, lookupId: secrets.lookupId })
      .from(secrets)
      .innerJoin(apiClients, eq(apiClients.id, secrets.apiClientId))
      .where(sql`${secrets.lookupId} = any(${opaqueArray('lookupIds', 'text')})`),
  );

  const imported = (key: SQL, isWanted: SQL) =>
    db
      .select({ ...columns, key, importedStrength: secrets.importedStrength })
      .from(secrets)
      .innerJoin(apiClients, eq(apiClients.id, secrets.apiClientId))
      .where(and(isNotNull(secrets.importedStrength), isNull(secrets.endedAt), isWanted));
  const readImportedByKinds = nameQuery<ImportedRow>(
    db,
    'find_states_of_imported',
    imported(
      sql`'client ' || ${apiClients.clientId}`,
      sql`${apiClients.clientId} = any(${opaqueArray('clientIds', 'text')})`,
    ).unionAll(
      imported(
        sql`'lookup ' || ${secrets.importedLookup}`,
        sql`${secrets.importedLookup} = any(${opaqueArray('lookups', 'text')})`,
      ),
    ),
  );
  const readImported = (keys: ImportedKey[]) => {
    const named = (kind: string) => keys.filter((key) => key.startsWith(kind)).map((key) => key.slice(kind.length));
    return readImportedByKinds([named('client '), named('lookup ')]);
  };

  const isRevoked = sql`exists (select from ${revokedAccessTokens} where ${revokedAccessTokens.jti} = wanted.jti)`;
  const readByToken = nameQuery<TokenRow>(
    db,
    'find_states_by_token',
    db
      .select({ ...columns, jti: sql`wanted.jti`, isRevoked })
      .from(sql`unnest(${opaqueArray('secretIds', 'uuid')}, ${opaqueArray('jtis', 'uuid')}) as wanted (secret_id, jti)`)
      .innerJoin(secrets, sql`${secrets.id} = wanted.secret_id and ${secrets.endedAt} is null`)
      .innerJoin(apiClients, eq(apiClients.id, secrets.apiClientId)),
  );
  return { readByLookupId, readImported, readByToken };
}

function createRowReaders() {
  const ranges = new AddressRangesMemo(RANGES_CHARACTERS_MAX);

  function toState(row: AnyRow): SecretState {
    return {
      secretId: row[0],
      hash: row[1],
      pepperVersion: row[2],
      clientId: row[3],
      name: row[4],
      organizationId: row[5],
      applicationId: row[6],
      environment: row[7],
      permissions: row[8].split(' '),
      scope: row[8],
      status: row[9],
      expiresAt: row[10],
      isExpired: row[11],
      allowedIps: ranges.read(row[13]),
    };
  }

  // Assigned, not spread: on the path of every check a spread takes over a microsecond a row, this a tenth of that.
  return {
    toLookupState: (row: LookupRow): SecretState & { lookupId: string } =>
      Object.assign(toState(row), { lookupId: row[14] }),
    toImportedState: (row: ImportedRow): ImportedState & { key: ImportedKey } =>
      Object.assign(toState(row), { key: row[14], importedStrength: row[15] }),
    toTokenState: (row: TokenRow): TokenState => Object.assign(toState(row), { jti: row[14], isRevoked: row[15] }),
  };
}
