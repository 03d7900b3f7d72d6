/** From here on somebody should see to the clocks. */
export const CLOCK_TOLERANCE_MS = 5_000;
/** From here on a process is not ready. */
export const CLOCK_OFFSET_MAX_MS = 30_000;

/**
 * The database's time, which all processes share. What reads from the database brings it along; in between it is counted
 * on from the last reading, by a clock that nobody sets.
 */
export class DatabaseClock {
  readonly #processNow: () => number;
  /** The database's time when the monotonic clock was at 0; undefined until the first reading. */
  #baseMs: number | undefined;

  /** @param processNow the clock of this process, milliseconds since the epoch */
  constructor(processNow: () => number = Date.now) {
    this.#processNow = processNow;
  }

  /** When a question goes out, to be given to {@link note} with the answer. */
  ask(): number {
    return performance.now();
  }

  /**
   * Notes what the database said. It said so at a moment between question and answer: an estimate that fits is kept, one
   * that does not is moved just as far as it must.
   * @param databaseMs milliseconds since the epoch
   * @param askedAt what {@link ask} gave
   */
  note(databaseMs: number, askedAt: number): void {
    const earliest = databaseMs - performance.now();
    const latest = databaseMs - askedAt;
    const estimate = this.#baseMs ?? this.#processNow() - performance.now();
    this.#baseMs = Math.min(Math.max(estimate, earliest), latest);
  }

  /**
   * Notes what the database said, as the latest that it can have been: until what else is noted contradicts, {@link now} is
   * never behind the database's time, for who judges ends without asking it.
   */
  noteLatest(databaseMs: number, askedAt: number): void {
    this.#baseMs = databaseMs - askedAt;
  }

  /** The database's time in milliseconds since the epoch; this process's own until the first reading. */
  now(): number {
    return this.#baseMs === undefined ? this.#processNow() : this.#baseMs + performance.now();
  }

  /** How far this process's clock is behind the database's, in milliseconds; below zero when it is ahead. */
  get offsetMs(): number {
    return this.now() - this.#processNow();
  }
}
