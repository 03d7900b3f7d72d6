import { writeSync } from 'node:fs';
import type { DestinationStream } from 'pino';

const STANDARD_ERROR = 2;
const RETRY_MS = 10;
const sleeping = new Int32Array(new SharedArrayBuffer(4));

export interface LogStream extends DestinationStream {
  /** What pino calls after a fatal line. */
  flushSync: () => void;
  /** How many lines could not be written. */
  readonly lostLines: number;
}

/**
 * Where the log of the process goes. The lines of one turn of the event loop are one write, because a write costs more
 * than a line. It waits for whoever reads: nothing gathers in memory, and `kill -9` loses the lines of one turn at most.
 * Lines that cannot be written, to a disk that is full for example, are lost and counted: the service goes on, and says
 * so once on standard error until the log can be written again.
 *
 * @param fd an open file descriptor
 */
export function createLogStream(fd: number): LogStream {
  let lines = '';
  let lostLines = 0;
  let isFailing = false;
  const flushSync = () => {
    if (lines === '') return;
    const turn = lines;
    lines = '';
    try {
      writeWhole(fd, Buffer.from(turn));
      isFailing = false;
    } catch (err) {
      lostLines += turn.split('\n').length - 1;
      if (!isFailing) complain(err);
      isFailing = true;
    }
  };
  process.once('exit', flushSync);
  return {
    write(line) {
      if (lines === '') setImmediate(flushSync);
      lines += line;
    },
    flushSync,
    get lostLines() {
      return lostLines;
    },
  };
}

/** A pipe that nobody empties takes a part, or nothing for now. */
function writeWhole(fd: number, bytes: Buffer): void {
  for (let written = 0; written < bytes.length;) {
    try {
      written += writeSync(fd, bytes, written);
    } catch (err) {
      if (codeOf(err) !== 'EAGAIN') throw err;
      Atomics.wait(sleeping, 0, 0, RETRY_MS);
    }
  }
}

function complain(err: unknown): void {
  try {
    writeSync(
      STANDARD_ERROR,
      `The log cannot be written (${codeOf(err)}); its lines are lost until it can be again.\n`,
    );
  } catch {
    // Nobody is left to tell; the figure of lost lines remains.
  }
}

function codeOf(err: unknown): string {
  return err instanceof Error && 'code' in err ? String(err.code) : String(err);
}
