import { LRUCache } from 'lru-cache';
import type { ClientStatus, Environment } from '../db/tables/api-clients.ts';
import type { ImportedStrength } from '../db/tables/secrets.ts';
import { AddressRangesMemo } from './address-ranges-memo.ts';
import type { ImportedKey } from './imported-secrets.ts';
import type { ImportedState, LookupState, SecretState, TokenState } from './secret-state.ts';
import type { StateToKeep, Version } from './state-memory.ts';

/** Of lists of addresses, about ten bytes each with what is made of them. */
const RANGES_CHARACTERS_MAX = 2_000_000;
/** Sets of permissions and the like. */
const COMMON_TEXTS_MAX = 1_000;
/** Of a state without its texts of any length: ids, a hash, objects. */
const FIXED_SIZE = 600;

/** What a query found, all of it at one moment. */
export interface ReadStates<State> {
  found: StateToKeep<State>[];
  /** The database's time, in milliseconds since the epoch; undefined when nothing was found. */
  nowMs: number | undefined;
  /** The newest version that the query saw; undefined when nothing was found, or the log is empty. */
  readAt: Version | undefined;
}

/** What every query for states gives of each. */
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
  allowedIps: string,
  apiClientId: string,
  nowMs: number,
  readAt: string | null,
];
export type LookupRow = [...StateCells, lookupId: string];
export type ImportedRow = [...StateCells, key: ImportedKey, importedStrength: ImportedStrength];
export type TokenRow = [...StateCells, jti: string, isRevoked: boolean];
type AnyRow = LookupRow | ImportedRow | TokenRow;

export function toReadStates<Row extends AnyRow, State>(rows: Row[], toState: (row: Row) => State): ReadStates<State> {
  const found = rows.map((row) => ({
    state: toState(row),
    clientId: row[12],
    size: FIXED_SIZE + row[4].length + 2 * row[8].length + 2 * row[11].length,
  }));
  const [first] = rows;
  return { found, nowMs: first?.[13], readAt: toVersion(first?.[14]) };
}

function toVersion(text: string | null | undefined): Version | undefined {
  const [number, ...nonce] = text?.split(' ') ?? [];
  return number === undefined ? undefined : { number: Number(number), nonce: nonce.join(' ') };
}

export function createRowReaders() {
  const ranges = new AddressRangesMemo(RANGES_CHARACTERS_MAX);
  const common = createCommonTexts();

  function toState(row: AnyRow): SecretState {
    const { text: scope, words: permissions } = common(row[8]);
    return {
      secretId: row[0],
      hash: row[1],
      pepperVersion: row[2] === null ? null : common(row[2]).text,
      clientId: row[3],
      name: row[4],
      organizationId: row[5],
      applicationId: row[6],
      environment: row[7],
      permissions,
      scope,
      status: row[9],
      expiresAt: row[10],
      isExpired: false,
      allowedIps: ranges.read(row[11]),
      match: undefined,
    };
  }

  // Assigned, not spread: on the path of every read a spread takes over a microsecond a row, this a tenth of that.
  return {
    toLookupState: (row: LookupRow): LookupState => Object.assign(toState(row), { lookupId: row[15] }),
    toImportedState: (row: ImportedRow): ImportedState =>
      Object.assign(toState(row), { key: row[15], importedStrength: row[16] }),
    toTokenState: (row: TokenRow): TokenState => Object.assign(toState(row), { jti: row[15], isRevoked: row[16] }),
  };
}

interface CommonText {
  text: string;
  words: string[];
}

/** Texts that many states have, and their words: what is remembered shares them, which takes a fifth off each state. */
function createCommonTexts(): (text: string) => CommonText {
  const known = new LRUCache<string, CommonText>({ max: COMMON_TEXTS_MAX });
  return (text) => {
    const found = known.get(text);
    if (found !== undefined) return found;
    const made = { text, words: text.split(' ') };
    known.set(text, made);
    return made;
  };
}
