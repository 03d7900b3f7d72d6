/**
 * The newest of a database's timelines that this process has seen. Each promotion of a server begins one, with a higher
 * number; a server on a lower one was the primary before, and what it knows is of another time.
 */
export class Timeline {
  #newest = 0;

  note(number: number): void {
    this.#newest = Math.max(this.#newest, number);
  }

  isOver(number: number): boolean {
    return number < this.#newest;
  }
}

/** Fails on a standby, and with some services that only look like Postgres. */
export const TIMELINE_QUERY = `select ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int as number`;

export interface TimelineRow {
  number: number;
}
