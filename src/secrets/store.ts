import type { FastifyBaseLogger } from 'fastify';
import { v7 as uuidv7 } from 'uuid';
import type { Environment } from '../db/tables/api-clients.ts';
import { SecretComparer } from './comparer.ts';
import type { StoredSecret } from './comparer.ts';
import type { Hasher } from './hasher.ts';
import type { LastUsedRecorder } from './last-used.ts';
import type { MatchMemo } from './match-memo.ts';
import { generateSecret, parseSecret } from './secret-format.ts';
import type { SecretRecord, SecretRepository } from './secret-repository.ts';
import type { SecretState, StateReader } from './secret-state.ts';

/** A new secret: the plain text for the one answer that shows it, and the record that stays. */
export interface MintedSecret {
  plain: string;
  record: SecretRecord & { id: string };
}

/** Why a presented secret is not good. For the log: every refusal is answered alike. */
export type SecretRefusal =
  | 'malformed secret'
  | 'unknown secret'
  | 'wrong secret'
  | 'revoked while it was checked'
  | 'expired'
  | 'client paused'
  | 'the secret belongs to another client';

export type SecretCheck = { isValid: true; state: SecretState } | { isValid: false; refusal: SecretRefusal };

/** What is to be done for a credential that is good: it is checked once more afterwards, and counts as checked once. */
export type Meanwhile = ((state: SecretState) => Promise<void>) | undefined;

/** The hashed-secret store: the only place that makes, hashes and compares plain secrets. */
export interface SecretStore {
  /** Makes and hashes a secret. The caller stores the record in a transaction of its own. */
  mint: (environment: Environment) => Promise<MintedSecret>;
  /**
   * Decides about a presented secret by what the database says at this moment.
   * @param clientId the client that it is said to be of, if any
   */
  check: (secret: string, clientId?: string, meanwhile?: Meanwhile) => Promise<SecretCheck>;
  /** Notes that a request with this secret was accepted. */
  recordUse: (secretId: string) => void;
}

export interface SecretStoreOptions {
  prefix: string;
  hasher: Hasher;
  memo: MatchMemo;
  states: StateReader;
  repository: SecretRepository;
  lastUsed: LastUsedRecorder;
  log: FastifyBaseLogger;
  /** Told of every check. */
  onCheck?: (check: SecretCheck) => void;
}

/** What makes and hashes secrets, for those who check none. */
export function createMint({ prefix, hasher }: Pick<SecretStoreOptions, 'prefix' | 'hasher'>): SecretStore['mint'] {
  return async (environment) => {
    const { secret, lookupId, hint } = generateSecret(prefix, environment);
    const hashed = await hasher.hashSecret(secret);
    return { plain: secret, record: { id: uuidv7(), lookupId, hint, ...hashed } };
  };
}

export function createSecretStore(options: SecretStoreOptions): SecretStore {
  const { prefix, hasher, memo, states, repository, lastUsed, log, onCheck } = options;

  const comparer = new SecretComparer({ hasher, memo, onStale: (stored, secret) => void rehash(stored, secret) });

  /** Brings a hash to the configured cost and pepper. Nothing is lost when it fails. */
  async function rehash({ secretId, hash }: StoredSecret, secret: string): Promise<void> {
    try {
      await repository.updateHash(secretId, hash, await hasher.hashSecret(secret));
    } catch (err) {
      log.warn({ err, secretId }, 'a secret could not be rehashed; it goes on working as it is');
    }
  }

  /** Compares with argon2id, which takes long enough for the secret to be revoked meanwhile: the state is read again. */
  async function compare(found: SecretState, lookupId: string, secret: string): Promise<SecretCheck> {
    if (!(await comparer.compare(found, secret))) return refuse('wrong secret');
    const state = await states.findByLookupId(lookupId);
    return state === undefined ? refuse('revoked while it was checked') : decide(state);
  }

  async function look(secret: string): Promise<SecretCheck> {
    const parsed = parseSecret(prefix, secret);
    if (parsed === undefined) return refuse('malformed secret');
    const state = await states.findByLookupId(parsed.lookupId);
    if (state === undefined) return refuse('unknown secret');
    const decision = decide(state);
    if (!decision.isValid || comparer.isKnown(secret, state.hash)) return decision;
    return compare(state, parsed.lookupId, secret);
  }

  return {
    mint: createMint({ prefix, hasher }),

    async check(secret, clientId, meanwhile) {
      let check = requireClient(await look(secret), clientId);
      if (meanwhile !== undefined && check.isValid) {
        await meanwhile(check.state);
        check = requireClient(await look(secret), clientId);
      }
      onCheck?.(check);
      return check;
    },

    recordUse(secretId) {
      lastUsed.record(secretId);
    },
  };
}

function requireClient(check: SecretCheck, clientId: string | undefined): SecretCheck {
  const isOfAnother = check.isValid && clientId !== undefined && clientId !== check.state.clientId;
  return isOfAnother ? refuse('the secret belongs to another client') : check;
}

function decide(state: SecretState): SecretCheck {
  const refusal = findFault(state);
  return refusal === undefined ? { isValid: true, state } : refuse(refusal);
}

/** What keeps a stored secret from being used now, and every token that came from it. */
export function findFault({ status, isExpired }: SecretState): 'client paused' | 'expired' | undefined {
  if (status === 'paused') return 'client paused';
  return isExpired ? 'expired' : undefined;
}

function refuse(refusal: SecretRefusal): SecretCheck {
  return { isValid: false, refusal };
}
