/** What is known of one API client from the answers the service gave. */
export interface Entry {
  name: string;
  clientId: string;
  /** The secret that was answered last. */
  secret: string;
  /** `adrift`: a regenerate whose answer was lost has ended the known secret. */
  state: 'live' | 'deleted' | 'adrift';
  /** The write whose outcome nobody was told; it is found out after the fault. */
  doubt: 'regenerate' | 'delete' | undefined;
  /** Whether a write is under way: what is valid meanwhile cannot be said. */
  isBusy: boolean;
  /** How many writes there have been. */
  writes: number;
}

const PICKS = 8;

/** Every write that was answered, and every one whose outcome is not known. */
export class Ledger {
  readonly entries: Entry[] = [];
  /** Secrets that an answer has ended. */
  readonly spent: string[] = [];
  /** Names of creates that were answered with a failure that says nothing was made. */
  readonly denied = new Set<string>();
  /** Names of creates since the last audit whose outcome nobody was told. */
  readonly doubtful = new Set<string>();
  /** Admin tokens of answered logins. */
  readonly logins: string[] = [];
  readonly #touched = new Set<Entry>();
  #spentBefore = 0;
  #loginsBefore = 0;

  add(made: Pick<Entry, 'name' | 'clientId' | 'secret'>): void {
    const entry: Entry = { ...made, state: 'live', doubt: undefined, isBusy: false, writes: 0 };
    this.entries.push(entry);
    this.#touched.add(entry);
  }

  /** A client of which everything is known, at random; undefined where a few tries find none. */
  pick(): Entry | undefined {
    for (let i = 0; i < PICKS; i++) {
      const entry = pickOne(this.entries);
      if (entry?.state === 'live' && !entry.isBusy && entry.doubt === undefined) return entry;
    }
    return undefined;
  }

  begin(entry: Entry): void {
    entry.isBusy = true;
    entry.writes += 1;
    this.#touched.add(entry);
  }

  /** What has been written to since the last call. */
  takeTouched(): { entries: Entry[]; spent: string[]; logins: string[] } {
    const taken = {
      entries: [...this.#touched],
      spent: this.spent.slice(this.#spentBefore),
      logins: this.logins.slice(this.#loginsBefore),
    };
    this.#touched.clear();
    this.#spentBefore = this.spent.length;
    this.#loginsBefore = this.logins.length;
    return taken;
  }
}

export function pickOne<T>(from: readonly T[]): T | undefined {
  return from[Math.floor(Math.random() * from.length)];
}
