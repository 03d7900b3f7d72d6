import { constants, openSync } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { EmbeddedPostgresError } from './embedded-error.ts';
import { hasCode, runCommand } from './embedded-process.ts';

/**
 * Makes a named pipe, if there is none, and opens it for reading. Whoever can open its other end knows that somebody holds
 * it: the kernel answers, whichever process namespace either is in, and forgets a holder however it ends.
 * @returns the file descriptor, which holds it until it is closed, here and in every child that is given it
 * @throws EmbeddedPostgresError when the file system has no named pipes
 */
export async function holdPresence(path: string): Promise<number> {
  const { code, stderr } = await runCommand('mkfifo', ['-m', '600', path]);
  if (!(await isPipe(path))) {
    throw new EmbeddedPostgresError(
      `No named pipe could be made at ${path} (${stderr.trim() || `mkfifo ended with ${String(code)}`}): ` +
        'choose a LATCHKEY_DATA_DIR on a file system that has them, or set DATABASE_URL',
    );
  }
  // A number, because a file handle that nobody refers to is closed.
  return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
}

/** Whether a process that runs holds the pipe. */
export async function isHeld(path: string): Promise<boolean> {
  try {
    await (await open(path, constants.O_WRONLY | constants.O_NONBLOCK)).close();
    return true;
  } catch (err) {
    if (hasCode(err, 'ENXIO', 'ENOENT')) return false;
    throw err;
  }
}

export async function isPipe(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isFIFO(),
    () => false,
  );
}
