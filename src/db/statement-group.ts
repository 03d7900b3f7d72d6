import pg from 'pg';

/** A statement as drizzle asks `pg` for it. */
export interface Statement {
  text: string;
  name?: string | undefined;
  values?: unknown[] | undefined;
  rowMode?: 'array';
  types?: pg.CustomTypesConfig;
}

/** A statement and who waits for it. */
export interface Asked {
  statement: Statement;
  resolve: (result: pg.QueryResult) => void;
  reject: (err: unknown) => void;
}

/** What of a connection of `pg` a group speaks by. Its types are those of an older release. */
interface Wire {
  stream: { writable: boolean; write: (bytes: Buffer) => unknown; cork?: () => void; uncork?: () => void };
  /** The texts by their names: as the server has acknowledged them, and as they were sent. */
  parsedStatements: Record<string, string>;
  submittedNamedStatements: Record<string, string>;
  describe: (portal: object) => void;
  sync: () => void;
}

/** As the server describes the columns of a statement. */
type Columns = object;

/** What of a query of `pg` a group needs. */
interface Member {
  name: string | undefined;
  text: string;
  callback: (err: unknown, result?: pg.QueryResult) => void;
  submit: (wire: Wire) => Error | null;
  handleRowDescription: (columns: Columns) => void;
  handleDataRow: (row: object) => void;
  handleCommandComplete: (message: object, wire: Wire) => void;
  handleReadyForQuery: (wire: Wire) => void;
}

/**
 * Statements that travel together: one write, one answer. The server runs them one after the other; behind one that fails it
 * runs none, so that a commit at the end commits all of them or nothing. One that was not run fails with what failed before
 * it. Their texts hold one statement each.
 */
export class StatementGroup implements pg.Submittable {
  /** Set and called as that of a query of `pg`: once, when the server is ready for the next one. */
  callback: ((err: unknown, result?: object) => void) | undefined;
  readonly #asked: readonly Asked[];
  readonly #members: readonly Member[];
  /** How many have been answered, and so which one is. */
  #answered = 0;
  /** Where a value could not be written: that statement and those behind it were not sent. */
  #unwritten: { err: unknown } | undefined;
  #columns: Columns | null = null;
  #hasColumns = false;
  /** Whether all that was sent has been answered, or will not be. */
  #isReady = false;
  #outgoing: Outgoing | undefined;

  constructor(asked: readonly Asked[]) {
    this.#asked = asked;
    this.#members = asked.map(({ statement, resolve, reject }) => {
      const member = new pg.Query({ ...statement, queryMode: 'extended' } as pg.QueryConfig) as unknown as Member;
      member.callback = (err, result) => {
        if (result !== undefined) resolve(result);
        // It was carried out, and cannot be read.
        else if (this.#isReady) reject(err);
        else this.#unwritten ??= { err };
      };
      return member;
    });
  }

  /** Read by `pg`, as is the text, when the server has prepared a statement: the next one that is answered. */
  get name(): string | undefined {
    return this.#members[this.#answered]?.name;
  }

  get text(): string | undefined {
    return this.#members[this.#answered]?.text;
  }

  /** In the order in which they are sent. */
  get texts(): string[] {
    return this.#asked.map(({ statement }) => statement.text);
  }

  /** Whether all of it was sent. */
  get isWhole(): boolean {
    return this.#outgoing !== undefined && this.#unwritten === undefined;
  }

  /** For a connection on which nothing stays prepared. */
  dropNames(): void {
    for (const member of this.#members) member.name = undefined;
  }

  submit(connection: object): void {
    const outgoing = outgoingOf(connection as Wire);
    this.#outgoing = outgoing;
    for (const member of this.#members) {
      const err = outgoing.write(member);
      if (err !== null) this.#unwritten = { err };
      if (this.#unwritten !== undefined) break;
    }
    outgoing.send();
  }

  handleRowDescription(columns: Columns): void {
    this.#columns = columns;
  }

  handleDataRow(row: object): void {
    this.#describe()?.handleDataRow(row);
  }

  handleCommandComplete(message: object, connection: object): void {
    this.#describe()?.handleCommandComplete(message, connection as Wire);
    this.#answered += 1;
    this.#columns = null;
    this.#hasColumns = false;
  }

  handleReadyForQuery(connection: object): void {
    if (this.#unwritten !== undefined) {
      // `pg` has had the server forget the statement.
      const { name } = this;
      if (name !== undefined) Reflect.deleteProperty((connection as Wire).parsedStatements, name);
      this.handleError(this.#unwritten.err, connection);
      return;
    }
    this.#isReady = true;
    for (const member of this.#members) member.handleReadyForQuery(connection as Wire);
    this.callback?.(null, this);
  }

  handleError(err: unknown, connection: object): void {
    const { parsedStatements, submittedNamedStatements } = connection as Wire;
    this.#isReady = true;
    for (const [index, member] of this.#members.entries()) {
      if (index < this.#answered) {
        member.handleReadyForQuery(connection as Wire);
        continue;
      }
      const { name } = member;
      // It may not have been prepared any more.
      if (name !== undefined && parsedStatements[name] === undefined) {
        Reflect.deleteProperty(submittedNamedStatements, name);
      }
      this.#asked[index]?.reject(err);
    }
    this.callback?.(err);
  }

  /** The one that is answered, once it knows its columns: from this answer, or from an earlier one. */
  #describe(): Member | undefined {
    const member = this.#members[this.#answered];
    if (this.#hasColumns || member === undefined) return member;
    this.#hasColumns = true;
    const columns = this.#outgoing?.learn(member.name, this.#columns) ?? this.#columns;
    if (columns !== null) member.handleRowDescription(columns);
    return member;
  }
}

/** Gathers what the queries of a group write, and leaves out what the connection knows already. */
class Outgoing {
  readonly #wire: Wire;
  /** In the place of the connection, to the queries. */
  readonly #inner: Wire;
  /** The columns of each statement with a name; null where it has none. A name has the same ones for ever. */
  readonly #columns = new Map<string, Columns | null>();
  #parts: Buffer[] = [];
  #name: string | undefined;

  constructor(wire: Wire) {
    this.#wire = wire;
    this.#inner = Object.create(wire) as Wire;
    this.#inner.stream = { writable: true, write: (bytes) => this.#parts.push(bytes) };
    this.#inner.sync = () => undefined;
    this.#inner.describe = (portal) => {
      if (this.#name === undefined || !this.#columns.has(this.#name)) wire.describe.call(this.#inner, portal);
    };
  }

  write(member: Member): Error | null {
    this.#name = member.name;
    return member.submit(this.#inner);
  }

  send(): void {
    this.#wire.sync.call(this.#inner);
    const bytes = Buffer.concat(this.#parts);
    this.#parts = [];
    if (this.#wire.stream.writable) this.#wire.stream.write(bytes);
  }

  /** The columns of a statement, for which this answer has them or an earlier one had. */
  learn(name: string | undefined, columns: Columns | null): Columns | null {
    if (name === undefined) return columns;
    const known = this.#columns.get(name);
    if (known !== undefined) return known;
    this.#columns.set(name, columns);
    return columns;
  }
}

const outgoings = new WeakMap<Wire, Outgoing>();

function outgoingOf(wire: Wire): Outgoing {
  const known = outgoings.get(wire);
  if (known !== undefined) return known;
  const made = new Outgoing(wire);
  outgoings.set(wire, made);
  return made;
}
