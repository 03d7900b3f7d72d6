import { and, asc, eq, isNotNull, isNull, sql } from 'drizzle-orm';
import type { SQL } from 'drizzle-orm';
import type { Db } from '../db/client.ts';
import type { Leftovers } from '../db/leftovers.ts';
import { nameQuery, nameTextQuery } from '../db/named-query.ts';
import type { TextRow } from '../db/text-query.ts';
import { apiClients } from '../db/tables/api-clients.ts';
import { revokedAccessTokens } from '../db/tables/revoked-access-tokens.ts';
import { secrets } from '../db/tables/secrets.ts';
import { stateChanges } from '../db/tables/state-changes.ts';
import type { ImportedKey } from './imported-secrets.ts';
import type { ImportedState, LookupState, TokenKey, TokenState } from './secret-state.ts';
import type { Change, Version } from './state-memory.ts';
import { createRowReaders, toReadStates } from './state-rows.ts';
import type { ImportedRow, LookupRow, ReadStates, TokenRow } from './state-rows.ts';

/** Processes that check anything ask every moment; the newest number stays, for the next one follows from it. */
export const stateChangeLeftovers: Leftovers = {
  table: stateChanges,
  areOver: sql`at < now() - interval '1 hour' and number < (select max(number) from state_changes)`,
};

/** Whoever is further behind has to read everything anew. */
const CHANGES_MAX = 500;

export interface ReadChanges {
  /** The version asked for and all that follow it; none when there are too many. */
  changes: Change[];
  /** Undefined when there is no such version. */
  nowMs: number | undefined;
}

/** The queries behind checks of credentials. All of them may run on another server than the rest, as long as it is one. */
export interface StateQueries {
  readByLookupId: (lookupIds: string[]) => Promise<ReadStates<LookupState>>;
  readImported: (keys: ImportedKey[]) => Promise<ReadStates<ImportedState>>;
  readByToken: (tokens: TokenKey[]) => Promise<ReadStates<TokenState>>;
  readChanges: (since: Version) => Promise<ReadChanges>;
}

/**
 * An array parameter that the planner does not look into. It would plan anew for every batch, because it counts an array
 * it can see as cheaper than one of unknown length, and planning costs Postgres more than the reads themselves.
 */
function opaqueArray(name: string, type: 'text' | 'uuid') {
  const array = sql.raw(`${type}[]`);
  return sql`(select ${sql.placeholder(name)}::${array})::${array}`;
}

/**
 * A nonce with the start of the server and the file of the log, which are others after a failover, a restart or a restore:
 * those may have lost a creation, of which the log has no row.
 */
const nonce = sql`concat(${stateChanges.nonce}, ' ', extract(epoch from pg_postmaster_start_time()), ' ',
  pg_relation_filepath(${stateChanges}.tableoid))`;

const nowMs = sql`extract(epoch from now())::float8 * 1000`;

/** In the order of `StateCells`. */
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
  expiresAt: sql`least(${secrets.expiresAt}, ${apiClients.expiresAt})`,
  allowedIps: sql`array_to_string(${apiClients.allowedIps}, ' ')`,
  apiClientId: apiClients.id,
  nowMs,
  readAt: sql`(select concat(${stateChanges.number}, ' ', ${nonce}) from ${stateChanges}
    order by ${stateChanges.number} desc limit 1)`,
};

export function createStateQueries(db: Db): StateQueries {
  const { readByLookupId, readImported, readByToken } = prepareReads(db);
  const { toLookupState, toImportedState, toTokenState } = createRowReaders();
  const readChanges = prepareReadChanges(db);
  return {
    readByLookupId: async (lookupIds) => toReadStates(await readByLookupId([lookupIds]), toLookupState),
    async readImported(keys) {
      const named = (kind: string) => keys.filter((key) => key.startsWith(kind)).map((key) => key.slice(kind.length));
      return toReadStates(await readImported([named('client '), named('lookup ')]), toImportedState);
    },
    async readByToken(tokens) {
      const values = [tokens.map(({ secretId }) => secretId), tokens.map(({ jti }) => jti)];
      return toReadStates(await readByToken(values), toTokenState);
    },
    async readChanges({ number }) {
      const rows = await readChanges([String(number), String(CHANGES_MAX + 1)]);
      const changes = rows.length > CHANGES_MAX ? [] : rows.map(toChange);
      const [first] = rows;
      return { changes, nowMs: first && Number(first[3]) };
    },
  };
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
  const readImported = nameQuery<ImportedRow>(
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

/** The number is opaque as the arrays are: of one that is nearly the newest the planner would make a plan each time. */
function prepareReadChanges(db: Db) {
  const { number, keys } = stateChanges;
  return nameTextQuery(
    db,
    'find_state_changes',
    db
      .select({ number, nonce, keys: sql`array_to_string(${keys}, ' ')`, nowMs })
      .from(stateChanges)
      .where(sql`${number} >= (select ${sql.placeholder('since')}::bigint)`)
      .orderBy(asc(number))
      .limit(sql.placeholder('limit')),
  );
}

function toChange([number, nonce, keys]: TextRow): Change {
  return { number: Number(number), nonce: String(nonce), keys: keys === '' ? [] : (keys?.split(' ') ?? null) };
}
