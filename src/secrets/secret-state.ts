import type { ClientStatus, Environment } from '../db/tables/api-clients.ts';
import type { ImportedStrength } from '../db/tables/secrets.ts';
import type { AddressRanges } from '../rules/address-ranges.ts';
import type { ImportedKey } from './imported-secrets.ts';
import type { MatchableHash } from './match-memo.ts';

/**
 * A stored secret with the current state of the client it belongs to. Checks share it: nobody changes one, but that the memo
 * notes a match with its hash.
 */
export interface SecretState extends MatchableHash {
  secretId: string;
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

/** The state of a secret that is found by its lookup id. */
export type LookupState = SecretState & { lookupId: string };

/** The state of a secret that came with a hash from elsewhere. */
export type ImportedState = SecretState & { key: ImportedKey; importedStrength: ImportedStrength };

/** The state that decides about an access token. */
export type TokenState = SecretState & { jti: string; isRevoked: boolean };

/**
 * Gives states as they are after the call. Reads at the same time share a query. What is remembered is used only after
 * the database has said that it has not changed. A secret that has ended is not found: what is left of it has no lookup id
 * (constraint `secrets__status_check`).
 */
export interface StateFinder {
  findByLookupId: (lookupId: string) => Promise<SecretState | undefined>;
  /** Of those that came with a hash from elsewhere. Reads on a connection of its own: it takes no turn of the others. */
  findImported: (key: ImportedKey) => Promise<ImportedState | undefined>;
  findByToken: (token: TokenKey) => Promise<TokenState | undefined>;
}

export interface StateReader extends StateFinder {
  /** Resolves when reads are answered; where they have not been, only after one that is. */
  requireAnswers: () => Promise<void>;
}

/** A state at a moment of the database's clock, in milliseconds since the epoch; it is one that has not run out. */
export function stateAt<State extends SecretState>(state: State, nowMs: number): State {
  const isExpired = state.expiresAt !== null && state.expiresAt.getTime() <= nowMs;
  return isExpired ? { ...state, isExpired } : state;
}
