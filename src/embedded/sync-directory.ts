import { open } from 'node:fs/promises';

/** Waits until what was made, renamed or linked in a directory is on the disk. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
