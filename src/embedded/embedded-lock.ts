import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EmbeddedPostgresError } from './embedded-error.ts';
import { hasCode, readProcessMark } from './embedded-process.ts';

const LOCK_NAME = 'postgres.lock';

/** The right of one process to run the Postgres of a data dir. */
export interface DataDirLock {
  release(): Promise<void>;
}

/**
 * Takes the data dir for this process. The lock is a directory that holds one file, named after its owner. Every step
 * is decided by the file system: a directory can only be renamed onto an empty one, and a dead owner's file has a name
 * no living one has, so clearing it away cannot take the lock from anybody.
 * @throws EmbeddedPostgresError when another running process, or this one, has it
 */
export async function lockDataDir(dataDir: string): Promise<DataDirLock> {
  const owner = await describeThisProcess();
  const lockDir = join(dataDir, LOCK_NAME);
  const preparedDir = join(dataDir, `${LOCK_NAME}.${owner}`);
  await mkdir(preparedDir, { mode: 0o700 });
  try {
    await writeFile(join(preparedDir, owner), '', { flag: 'wx' });
    while (!(await renameOntoEmpty(preparedDir, lockDir))) await clearDeadOwners(lockDir, dataDir);
  } catch (err) {
    await rm(preparedDir, { recursive: true, force: true });
    throw err;
  }
  await clearAbandonedPreparations(dataDir);
  return {
    async release() {
      await rm(join(lockDir, owner), { force: true });
      await rmdir(lockDir).catch((err: unknown) => {
        // The next owner may have moved in already.
        if (!hasCode(err, 'ENOENT', 'ENOTEMPTY', 'EEXIST')) throw err;
      });
    },
  };
}

/** Whether a running process has the data dir. */
export async function isDataDirLocked(dataDir: string): Promise<boolean> {
  const owners = await listOrEmpty(join(dataDir, LOCK_NAME));
  return (await Promise.all(owners.map(isRunning))).includes(true);
}

async function describeThisProcess(): Promise<string> {
  const mark = await readProcessMark(process.pid);
  if (mark === null) {
    throw new EmbeddedPostgresError(
      'The embedded Postgres needs /proc or the ps command to tell processes apart: set DATABASE_URL instead',
    );
  }
  return `${process.pid}.${mark}.${randomBytes(6).toString('hex')}`;
}

async function renameOntoEmpty(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (err) {
    if (hasCode(err, 'ENOTEMPTY', 'EEXIST')) return false;
    throw err;
  }
}

async function clearDeadOwners(lockDir: string, dataDir: string): Promise<void> {
  for (const owner of await listOrEmpty(lockDir)) {
    if (await isRunning(owner)) {
      throw new EmbeddedPostgresError(
        `The data dir ${dataDir} is in use by process ${Number.parseInt(owner, 10)}: ` +
          'stop that one first, or give this one another LATCHKEY_DATA_DIR',
      );
    }
    await rm(join(lockDir, owner), { recursive: true, force: true });
  }
}

async function clearAbandonedPreparations(dataDir: string): Promise<void> {
  const prefix = `${LOCK_NAME}.`;
  for (const name of await readdir(dataDir)) {
    if (!name.startsWith(prefix) || (await isRunning(name.slice(prefix.length)))) continue;
    await rm(join(dataDir, name), { recursive: true, force: true });
  }
}

async function isRunning(owner: string): Promise<boolean> {
  const [pid = '', mark] = owner.split('.');
  return /^\d+$/.test(pid) && mark !== undefined && (await readProcessMark(Number(pid))) === mark;
}

async function listOrEmpty(dir: string): Promise<string[]> {
  return readdir(dir).catch((err: unknown) => {
    if (hasCode(err, 'ENOENT')) return [];
    throw err;
  });
}
