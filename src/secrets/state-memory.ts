import { LRUCache } from 'lru-cache';
import { Turns } from './turns.ts';

/** A number of the log of changes, and what tells it from the same number in another history of the database. */
export interface Version {
  number: number;
  nonce: string;
}

/** What one transaction changed. */
export interface Change extends Version {
  /** Of clients and of revoked access tokens; null for everything. */
  keys: readonly string[] | null;
}

/** What is remembered of one credential. */
export interface Remembered<State> {
  readonly state: State;
  /** False from the moment on in which it was forgotten. */
  readonly isKept: boolean;
}

export interface StateToKeep<State> {
  state: State;
  /** The id of its client, by which changes name it. */
  clientId: string;
  /** About how many characters it holds. */
  size: number;
}

export interface StateMemoryOptions {
  entriesMax: number;
  /** Of the characters of all entries together. */
  sizeMax: number;
  /** Told when everything is forgotten at once. */
  onForgotten?: (() => void) | undefined;
}

class Entry<State> implements Remembered<State> {
  readonly key: string;
  readonly clientId: string;
  readonly state: State;
  isKept = true;
  /** The turn in which it was last made the newest. */
  usedInTurn = -1;
  /** The other entries of its client. */
  previous: Entry<State> | undefined;
  next: Entry<State> | undefined;

  constructor(key: string, clientId: string, state: State) {
    this.key = key;
    this.clientId = clientId;
    this.state = state;
  }
}

/**
 * States of credentials, each as it is at one version of the database: the newest that this memory has learnt of. Whoever
 * uses one first asks the database for the changes since that version and lets the memory {@link learn} them (ADR 23).
 * Beyond its bounds the longest unused go, to within an eighth of what fits.
 */
export class StateMemory<State> {
  readonly #bounds: { max: number; maxSize: number };
  /** Not before there is something to remember: it takes its room at once. */
  #entries: LRUCache<string, Entry<State>> | undefined;
  /** One entry of each client. */
  readonly #byClient = new Map<string, Entry<State>>();
  readonly #onForgotten: (() => void) | undefined;
  #known: Version | undefined;
  readonly #turns = new Turns();

  constructor({ entriesMax, sizeMax, onForgotten }: StateMemoryOptions) {
    this.#onForgotten = onForgotten;
    this.#bounds = { max: entriesMax, maxSize: sizeMax };
  }

  /** The version of all that is remembered; undefined before there was any. */
  get known(): Version | undefined {
    return this.#known;
  }

  get size(): number {
    return this.#entries?.size ?? 0;
  }

  /** To be used after a question that was sent later than this call, and only if it is still kept then. */
  find(key: string): Remembered<State> | undefined {
    const entry = this.#entries?.peek(key);
    if (entry !== undefined && entry.usedInTurn !== this.#turns.current) {
      entry.usedInTurn = this.#turns.current;
      this.#entries?.get(key);
    }
    return entry;
  }

  /**
   * Remembers a state, if nothing has changed since it was read or could have; what is remembered already stays.
   * @param readAt the newest version that the same query saw
   * @returns whether it was read at the version that is known
   */
  keep(key: string, { state, clientId, size }: StateToKeep<State>, readAt: Version): boolean {
    this.#known ??= readAt;
    if (readAt.number !== this.#known.number || readAt.nonce !== this.#known.nonce) return false;
    this.#entries ??= this.#createEntries();
    if (this.#entries.peek(key) !== undefined) return true;
    const entry = new Entry(key, clientId, state);
    this.#entries.set(key, entry, { size });
    // One that is bigger than all may be was not taken.
    if (this.#entries.has(key)) this.#link(entry);
    const { max, maxSize } = this.#bounds;
    this.#turns.take(Math.max(1 / max, size / maxSize));
    return true;
  }

  /**
   * Forgets what has changed, and everything when the database does not know the version that it was asked for.
   * @param asked what was {@link known} when the question was sent
   * @param changes the answer: `asked` itself and all that follows in order; one that is not whole says nothing
   * @returns whether what is left is what the database had when it answered, or newer. False also for an answer that
   * another one has overtaken
   */
  learn(asked: Version, changes: readonly Change[]): boolean {
    const known = this.#known;
    if (known === undefined) return false;
    const newest = changes.at(-1);
    const behind = known.number - asked.number;
    if (newest === undefined || behind < 0 || !areWhole(asked, changes)) return this.#forget();
    const own = changes[behind];
    if (own === undefined) return false;
    if (own.nonce !== known.nonce) return this.#forget();
    if (newest === own) return true;
    for (const { keys } of changes.slice(behind + 1)) this.#drop(keys);
    this.#known = { number: newest.number, nonce: newest.nonce };
    return true;
  }

  #createEntries(): LRUCache<string, Entry<State>> {
    return new LRUCache({
      ...this.#bounds,
      dispose: (entry) => {
        this.#unlink(entry);
      },
    });
  }

  #drop(keys: Change['keys']): void {
    if (keys === null) {
      this.#entries?.clear();
      this.#onForgotten?.();
      return;
    }
    for (const key of keys) {
      this.#entries?.delete(key);
      for (let entry = this.#byClient.get(key); entry !== undefined; entry = this.#byClient.get(key)) {
        this.#entries?.delete(entry.key);
      }
    }
  }

  #forget(): false {
    this.#entries?.clear();
    this.#known = undefined;
    this.#onForgotten?.();
    return false;
  }

  #link(entry: Entry<State>): void {
    const next = this.#byClient.get(entry.clientId);
    entry.next = next;
    if (next !== undefined) next.previous = entry;
    this.#byClient.set(entry.clientId, entry);
  }

  #unlink(entry: Entry<State>): void {
    const { previous, next, clientId } = entry;
    entry.isKept = false;
    if (next !== undefined) next.previous = previous;
    if (previous !== undefined) previous.next = next;
    else if (next !== undefined) this.#byClient.set(clientId, next);
    else this.#byClient.delete(clientId);
    entry.previous = undefined;
    entry.next = undefined;
  }
}

/** Whether no number is missing from the version on. */
function areWhole({ number }: Version, changes: readonly Change[]): boolean {
  return changes.every((change, index) => change.number === number + index);
}
