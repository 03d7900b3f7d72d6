import { CircuitBreaker } from '../db/circuit-breaker.ts';
import { READ_BUDGET_MS } from '../db/client.ts';
import type { Db } from '../db/client.ts';
import type { DatabaseClock } from '../db/database-clock.ts';
import { authorityOfPrimary } from './authority.ts';
import type { Authority } from './authority.ts';
import type { BatchBounds } from './batched-reader.ts';
import type { ImportedKey } from './imported-secrets.ts';
import { RememberingReader } from './remembering-reader.ts';
import type { AnyState, CredentialKind } from './remembering-reader.ts';
import type { ImportedState, LookupState, StateReader, TokenKey, TokenState } from './secret-state.ts';
import { StateMemory } from './state-memory.ts';
import { createStateQueries } from './state-queries.ts';
import type { StateQueries } from './state-queries.ts';
import type { Change } from './state-memory.ts';
import { createStateQuestion } from './state-question.ts';

/** Two queries keep Postgres busy while the next batch gathers; more only make the batches smaller. */
const IN_FLIGHT_MAX = 2;
/** Of imported secrets: what is no secret of ours may be one, so whatever is sent costs a read. */
const IMPORTED_IN_FLIGHT_MAX = 1;
/**
 * Of the question what has changed, which costs the same however many share it: one at a time is shared by twice as many as one
 * of two. One that is late leaves its place, so that neither a backend that waits for a processor nor a connection that is lost
 * holds up those behind it.
 */
const QUESTIONS_MAX = { inFlightMax: 1, lateMax: 1 };
/** How many connections the queries of all kinds can use: those for secrets, for tokens, and for what has changed. */
export const STATE_CONNECTIONS =
  2 * IN_FLIGHT_MAX + IMPORTED_IN_FLIGHT_MAX + QUESTIONS_MAX.inFlightMax + QUESTIONS_MAX.lateMax;
/** Fewer make more queries, more leave this process idle while it waits for the answer that all are waiting for. */
const BATCH_ENOUGH = 20;
const BATCH_MAX = 500;
const WAITING_MAX = 10_000;

/** As many as secrets are known to match. */
const REMEMBERED_MAX = 50_000;
/** Of states with ordinary names and permissions so many take half of it. */
const REMEMBERED_CHARACTERS_MAX = 100_000_000;

/** Of no secret. */
const NO_LOOKUP_ID = '';

/** To be told of the queries behind checks, and of what was done without. */
export interface StateFigures {
  /** How many checks of secrets share a read. */
  onSecretBatch: (size: number) => void;
  onTokenBatch: (size: number) => void;
  /** How many checks share the question what has changed. */
  onQuestion: (size: number) => void;
  /** A state was remembered, and the database said that it has not changed. */
  onRemembered: () => void;
  onRead: () => void;
  /** Everything that was remembered was forgotten at once. */
  onForgotten: () => void;
}

export interface StateReaderOptions {
  figures?: Partial<StateFigures>;
  /** Shared with whoever wants to know whether checks can be answered. */
  breaker?: CircuitBreaker;
  /** How long a read may take, in milliseconds. */
  budgetMs?: number | undefined;
  /** Told the database's time with every answer that holds it. */
  clock?: DatabaseClock;
  /** Default: that of the primary, to which `db` leads. */
  authority?: Authority;
  /** Told what each answer to the question shows of the log. */
  onChanges?: (changes: readonly Change[]) => void;
}

export function createStateReader(db: Db, options: StateReaderOptions = {}): StateReader {
  const {
    figures = {},
    breaker = new CircuitBreaker(),
    budgetMs = READ_BUDGET_MS,
    clock,
    onChanges = ignore,
  } = options;
  const { authority = authorityOfPrimary(clock) } = options;
  const queries = createStateQueries(db);
  const memory = new StateMemory<AnyState>({
    entriesMax: REMEMBERED_MAX,
    sizeMax: REMEMBERED_CHARACTERS_MAX,
    onForgotten: figures.onForgotten,
  });
  const bounds = {
    inFlightMax: IN_FLIGHT_MAX,
    batchEnough: BATCH_ENOUGH,
    batchMax: BATCH_MAX,
    waitingMax: WAITING_MAX,
    budgetMs,
    breaker,
  };
  const readChanges: StateQueries['readChanges'] = async (since) => {
    const answer = await queries.readChanges(since);
    onChanges(answer.changes);
    return answer;
  };
  const question = createStateQuestion({
    memory,
    readChanges,
    authority,
    bounds: { ...bounds, ...QUESTIONS_MAX, onBatch: figures.onQuestion },
  });
  const { onRemembered = ignore, onRead = ignore, onSecretBatch, onTokenBatch } = figures;
  const shared = { memory, question, authority, onRemembered, onRead };
  const lookups = new RememberingReader(lookupKind(queries, { ...bounds, onBatch: onSecretBatch }), shared);
  const importedBounds = { ...bounds, inFlightMax: IMPORTED_IN_FLIGHT_MAX, onBatch: onSecretBatch };
  const imported = new RememberingReader(importedKind(queries, importedBounds), shared);
  const tokens = new RememberingReader(tokenKind(queries, { ...bounds, onBatch: onTokenBatch }), shared);
  return {
    findByLookupId: (lookupId) => lookups.find(lookupId),
    findImported: (key) => imported.find(key),
    findByToken: (token) => tokens.find(token),
    async requireAnswers() {
      if (breaker.isOpen) await lookups.read(NO_LOOKUP_ID);
    },
  };
}

function lookupKind({ readByLookupId }: StateQueries, bounds: BatchBounds): CredentialKind<string, LookupState> {
  return {
    bounds,
    identify: (lookupId) => lookupId,
    identifyRow: ({ lookupId }) => lookupId,
    query: readByLookupId,
    isToBeKept: () => true,
  };
}

function importedKind({ readImported }: StateQueries, bounds: BatchBounds): CredentialKind<ImportedKey, ImportedState> {
  return {
    bounds,
    identify: (key) => key,
    identifyRow: ({ key }) => key,
    query: readImported,
    // Until its first use it is another system's hash, about to be replaced.
    isToBeKept: ({ pepperVersion }) => pepperVersion !== null,
  };
}

function tokenKind({ readByToken }: StateQueries, bounds: BatchBounds): CredentialKind<TokenKey, TokenState> {
  return {
    bounds,
    identify: ({ jti }) => jti,
    identifyRow: ({ jti }) => jti,
    query: readByToken,
    // That a token is not revoked ends with an entry of the log; that it is, ends without one.
    isToBeKept: ({ isRevoked }) => !isRevoked,
  };
}

function ignore(): void {
  // Nobody counts.
}
