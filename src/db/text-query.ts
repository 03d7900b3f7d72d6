import type pg from 'pg';

/** A row with each cell as Postgres writes it. */
export type TextRow = (string | null)[];

type Done = (err: Error | null, result?: { rows: TextRow[] }) => void;

/** What of a connection of `pg` a query speaks by. Its types are those of an older release. */
interface Wire {
  stream: { cork: () => void; uncork: () => void };
  /** The texts by their names, as the server has acknowledged them. */
  parsedStatements: Readonly<Record<string, string>>;
  parse: (statement: { name: string; text: string }) => void;
  bind: (portal: { statement: string; values: readonly string[] }) => void;
  execute: () => void;
  sync: () => void;
}

/**
 * A statement with a name, run by `pg`, that takes texts and gives texts. `pg` itself has the server describe the columns at
 * each run and builds parsers, a result and an emitter for them: of a query of one row that is half of the cost.
 */
export class TextQuery implements pg.Submittable {
  /** Read by `pg`, as is the text, to know what a connection has prepared. */
  name: string;
  readonly text: string;
  /** Set by `pg`. */
  callback: Done | undefined;
  readonly #values: readonly string[];
  readonly #rows: TextRow[] = [];

  constructor({ name, text, values }: { name: string; text: string; values: readonly string[] }) {
    this.name = name;
    this.text = text;
    this.#values = values;
  }

  submit(connection: object): void {
    const wire = connection as Wire;
    const { name, text } = this;
    // One write for all of it.
    wire.stream.cork();
    if (wire.parsedStatements[name] === undefined) wire.parse({ name, text });
    wire.bind({ statement: name, values: this.#values });
    wire.execute();
    wire.sync();
    wire.stream.uncork();
  }

  handleDataRow({ fields }: { fields: TextRow }): void {
    this.#rows.push(fields);
  }

  handleCommandComplete(): void {
    // Of a read the rows say all.
  }

  handleReadyForQuery(): void {
    this.callback?.(null, { rows: this.#rows });
  }

  handleError(err: Error): void {
    this.callback?.(err);
  }
}
