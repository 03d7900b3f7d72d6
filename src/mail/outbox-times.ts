/** How long the outbox waits for what. */
export interface OutboxTimes {
  /** The wait after the first, second, … failed attempt; the last one holds for all that follow. */
  retryDelaysMs: readonly [number, ...number[]];
  /** The waits where the mail may have been sent; after the last one it is given up. */
  doubtDelaysMs: readonly number[];
  /** How long a claimed mail is one process's own. Renewed while it is being sent. */
  leaseMs: number;
  /** After this an attempt is given up. More than any one answer of the mail server may take. */
  sendTimeoutMs: number;
  /** A mail that has been on its way for so long no longer takes the place of another. */
  slowAfterMs: number;
  /** How often the table is looked at unasked. */
  pollIntervalMs: number;
  /** How long a stop waits for the mail server. */
  stopTimeoutMs: number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

export const defaultTimes: OutboxTimes = {
  retryDelaysMs: [1_000, 5_000, 30_000, 2 * MINUTE_MS],
  doubtDelaysMs: [HOUR_MS, 4 * HOUR_MS],
  leaseMs: MINUTE_MS,
  sendTimeoutMs: 20 * MINUTE_MS,
  slowAfterMs: 10_000,
  pollIntervalMs: 10_000,
  stopTimeoutMs: 4_000,
};
