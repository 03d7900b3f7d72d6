import { pino } from 'pino';
import type { DestinationStream } from 'pino';

/**
 * Where the log of the process goes. The lines of one turn of the event loop are one write, because a write costs more
 * than a line. It waits for whoever reads: nothing gathers in memory, and `kill -9` loses the lines of one turn at most.
 * `flushSync` is what pino calls after a fatal line.
 *
 * @param fd an open file descriptor
 */
export function createLogStream(fd: number): DestinationStream & { flushSync: () => void } {
  const file = pino.destination({ dest: fd, sync: true });
  let lines = '';
  const flushSync = () => {
    if (lines === '') return;
    const turn = lines;
    lines = '';
    file.write(turn);
  };
  process.once('exit', flushSync);
  return {
    write(line) {
      if (lines === '') setImmediate(flushSync);
      lines += line;
    },
    flushSync,
  };
}
