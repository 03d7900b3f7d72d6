import type { Authority } from './authority.ts';
import { BatchedReader } from './batched-reader.ts';
import type { BatchBounds } from './batched-reader.ts';
import { stateAt } from './secret-state.ts';
import type { ImportedState, LookupState, TokenState } from './secret-state.ts';
import type { StateMemory, StateToKeep, Version } from './state-memory.ts';
import type { ReadStates } from './state-rows.ts';
import type { StateQuestion } from './state-question.ts';

/** What is remembered, by the key it is found by; keys of different kinds are never the same. */
export type AnyState = LookupState | ImportedState | TokenState;

/** A kind of credential: what it is found by, how it is read, and what of it may be remembered. */
export interface CredentialKind<Key, State> {
  identify: (key: Key) => string;
  identifyRow: (state: State) => string;
  query: (keys: Key[]) => Promise<ReadStates<State>>;
  isToBeKept: (state: State) => boolean;
  bounds: BatchBounds;
}

/** What all kinds share. */
export interface RememberingOptions {
  memory: StateMemory<AnyState>;
  question: StateQuestion;
  authority: Authority;
  onRemembered: () => void;
  onRead: () => void;
}

/**
 * Answers from memory what the database says it still has, and reads the rest. The question goes out after the call, as a
 * read would, and only where there is something remembered to ask about.
 */
export class RememberingReader<Key, State extends AnyState> {
  readonly #kind: CredentialKind<Key, State>;
  readonly #options: RememberingOptions;
  readonly #reader: BatchedReader<Key, State>;

  constructor(kind: CredentialKind<Key, State>, options: RememberingOptions) {
    this.#kind = kind;
    this.#options = options;
    const { identify, identifyRow, bounds } = kind;
    this.#reader = new BatchedReader({ ...bounds, identify, identifyRow, load: (keys) => this.#load(keys) });
  }

  async find(key: Key): Promise<State | undefined> {
    const { memory, question, onRemembered, onRead } = this.#options;
    const remembered = memory.find(this.#kind.identify(key));
    if (remembered !== undefined) {
      const answer = await question.ask();
      if (answer?.isCurrent === true && remembered.isKept) {
        onRemembered();
        // What this kind of key has been kept by is of its kind of state.
        return stateAt(remembered.state as State, answer.nowMs);
      }
    }
    onRead();
    return this.read(key);
  }

  /** Reads, whatever is remembered. */
  read(key: Key): Promise<State | undefined> {
    return this.#reader.read(key);
  }

  async #load(keys: Key[]): Promise<State[]> {
    const { authority } = this.#options;
    const askedAt = authority.ask();
    const { found, nowMs: databaseMs, readAt } = await this.#kind.query(keys);
    if (databaseMs === undefined) return [];
    if (readAt !== undefined) this.#remember(found, readAt);
    const nowMs = authority.judge({ databaseMs, askedAt, readAt });
    return nowMs === undefined ? [] : found.map(({ state }) => stateAt(state, nowMs));
  }

  #remember(found: StateToKeep<State>[], readAt: Version): void {
    const { memory, question } = this.#options;
    const { identifyRow, isToBeKept } = this.#kind;
    const toKeep = found.filter(({ state }) => isToBeKept(state));
    const areKept = toKeep.map((each) => memory.keep(identifyRow(each.state), each, readAt));
    // Where all that is checked is new nobody asks, and what is known would stay behind for ever.
    if (areKept.includes(false)) question.ask().catch(ignore);
  }
}

function ignore(): void {
  // Nobody waits for it.
}
