/** How long a connection may take over what it owes, in milliseconds. */
export interface ConnectionTimes {
  /** From the first byte of a request to the end of its headers. */
  headersMs: number;
  /** From the first byte of a request to the end of its body. Node swaps the two when this is the shorter one. */
  requestMs: number;
  /** Without a byte in either direction while a request is answered: who does not read is cut off. */
  stallMs: number;
  /** How often the first two are looked at. */
  checkMs: number;
}

export const usualTimes: ConnectionTimes = { headersMs: 15_000, requestMs: 30_000, stallMs: 30_000, checkMs: 2_000 };

/** Connections beyond are closed as they come. One that is idle takes about 10 KiB. */
export const CONNECTIONS_MAX = 10_000;

/** How many connections the system holds ready while the service is busy. Linux takes no more by default. */
export const LISTEN_BACKLOG = 4_096;
