import type pg from 'pg';
import { isUnanswered, OutcomeUnknownError } from './failures.ts';
import { StatementGroup } from './statement-group.ts';
import type { Asked, Statement } from './statement-group.ts';

const COMMIT: Statement = { name: 'commit', text: 'commit' };
const ROLLBACK = { text: 'rollback' };

/** What a commit came to. */
export interface Committed {
  /** What it was told, for `heardWith`. */
  heard: object;
  /** Of the statement that went out behind it; undefined where there was none, or it failed. */
  rows: unknown[] | undefined;
}

/**
 * A connection as drizzle takes it, for one transaction after another. What is asked before anything is waited for travels
 * together, in the order in which it was asked: the beginning with the first statements, the commit with the last ones.
 * Where one fails, those behind it fail with it, whether they were sent or not.
 */
export class TransactionClient {
  readonly #client: pg.PoolClient;
  #asked: Asked[] = [];
  /** The commit and what follows it; goes out behind all that is asked. */
  #closing: Asked[] = [];
  #isOpen = false;
  #wasSent = false;
  #failure: Error | undefined;
  #isScheduled = false;
  #isUnderWay = false;

  constructor(client: pg.PoolClient) {
    this.#client = client;
  }

  /** Does not wait: where it fails, whatever is asked next fails with it. */
  begin(statement: Statement): void {
    this.#isOpen = true;
    this.#wasSent = false;
    this.#failure = undefined;
    this.query(statement).catch(ignore);
  }

  query(statement: Statement, values = statement.values): Promise<pg.QueryResult> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) reject(this.#failure);
      else if (this.#isOpen) this.#asked.push({ statement: { ...statement, values }, resolve, reject });
      else reject(new Error('the transaction is over'));
      this.#schedule();
    });
  }

  /**
   * Commits, together with all that is asked until then and not sent.
   * @param after is sent along, and run when the commit is made
   * @throws OutcomeUnknownError when nobody knows whether it was committed
   */
  async commit(after?: Statement): Promise<Committed> {
    let rows: unknown[] | undefined;
    const heard = await new Promise<object>((resolve, reject) => {
      if (this.#failure !== undefined) {
        reject(this.#failure);
        return;
      }
      this.#closing = [{ statement: COMMIT, resolve, reject }];
      // The answer to the commit is taken up when all answers are there.
      if (after !== undefined) {
        this.#closing.push({ statement: after, resolve: (result) => void (rows = result.rows), reject: ignore });
      }
      this.#schedule();
    });
    return { heard, rows };
  }

  /** Lets nothing be sent any more: not the commit either, unless it is under way. */
  fail(err: unknown): void {
    this.#failure ??= err instanceof Error ? err : new Error('a transaction failed', { cause: err });
    for (const { reject } of this.#asked.splice(0)) reject(err);
    for (const { reject } of this.#closing.splice(0)) reject(err);
  }

  /** Rejects where that could not be said; then the connection is of no more use. */
  async rollback(): Promise<void> {
    this.#isOpen = false;
    this.fail(new Error('the transaction was rolled back'));
    if (this.#wasSent) await this.#client.query(ROLLBACK);
  }

  #schedule(): void {
    if (this.#isScheduled || this.#isUnderWay) return;
    this.#isScheduled = true;
    // Then whoever can go on without waiting has asked.
    process.nextTick(() => {
      this.#isScheduled = false;
      void this.#send();
    });
  }

  async #send(): Promise<void> {
    const asked = this.#takeNext();
    if (asked.length === 0) return;
    this.#isUnderWay = true;
    this.#wasSent = true;
    await (isGroupable(asked[0]) ? this.#sendGroup(asked) : this.#sendAlone(asked));
    this.#isUnderWay = false;
    this.#schedule();
  }

  #takeNext(): Asked[] {
    const end = this.#asked.findIndex((each) => !isGroupable(each));
    if (end === 0) return this.#asked.splice(0, 1);
    const taken = this.#asked.splice(0, end === -1 ? this.#asked.length : end);
    if (this.#closing.length === 0 || this.#asked.length > 0) return taken;
    this.#isOpen = false;
    return [...taken, ...this.#closing.splice(0)];
  }

  #sendGroup(asked: readonly Asked[]): Promise<void> {
    const holdsCommit = asked.some(({ statement }) => statement === COMMIT);
    return new Promise((done) => {
      const group: StatementGroup = new StatementGroup(
        asked.map(({ statement, resolve, reject }) => ({
          statement,
          // What is heard with a commit is heard of the whole group.
          resolve: (result) => {
            if (statement === COMMIT) (resolve as (heard: object) => void)(group);
            else resolve(result);
          },
          reject: (err) => {
            const isUnknown = holdsCommit && group.isWhole && isUnanswered(err);
            const failure = isUnknown ? new OutcomeUnknownError(err) : err;
            this.fail(failure);
            reject(failure);
          },
        })),
      );
      group.callback = () => {
        done();
      };
      this.#client.query(group);
    });
  }

  async #sendAlone(asked: readonly Asked[]): Promise<void> {
    for (const { statement, resolve, reject } of asked) {
      try {
        resolve(await this.#client.query(statement as pg.QueryConfig));
      } catch (err) {
        this.fail(err);
        reject(err);
      }
    }
  }
}

/** A text without a name and values may hold several statements, which only the simple protocol takes. */
function isGroupable(asked: Asked | undefined): boolean {
  const { name, values } = asked?.statement ?? {};
  return name !== undefined || (values !== undefined && values.length > 0) || asked === undefined;
}

function ignore(): void {
  // Told to whoever asks next.
}
