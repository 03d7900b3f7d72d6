import { randomBytes } from 'node:crypto';
import { closeSync } from 'node:fs';
import { access, mkdir, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { EmbeddedPostgresError } from './embedded-error.ts';
import { holdPresence, isHeld, isPipe } from './embedded-presence.ts';
import { hasCode, readProcessMark } from './embedded-process.ts';

const LOCK_NAME = 'postgres.lock';

/** The right of one process to run the Postgres of a data dir. */
export interface DataDirLock {
  release(): Promise<void>;
}

/**
 * Takes the data dir for this process. The lock is a directory that holds one named pipe, which its owner holds open. Every
 * step is decided by the file system: a directory can only be renamed onto an empty one, and a dead owner's pipe has a name
 * no living one has, so clearing it away cannot take the lock from anybody.
 * @throws EmbeddedPostgresError when another running process, of this or of another container, or this one has it
 */
export async function lockDataDir(dataDir: string): Promise<DataDirLock> {
  const lockDir = join(dataDir, LOCK_NAME);
  const { owner, fd } = await moveIn(dataDir, lockDir);
  await clearAbandonedPreparations(dataDir);
  return {
    async release() {
      await rm(join(lockDir, owner), { force: true });
      closeSync(fd);
      await rmdir(lockDir).catch((err: unknown) => {
        // The next owner may have moved in already.
        if (!hasCode(err, 'ENOENT', 'ENOTEMPTY', 'EEXIST')) throw err;
      });
    },
  };
}

/** Whether a running process has the data dir. */
export async function isDataDirLocked(dataDir: string): Promise<boolean> {
  const lockDir = join(dataDir, LOCK_NAME);
  const owners = await listOrEmpty(lockDir);
  return (await Promise.all(owners.map((owner) => isOwned(join(lockDir, owner))))).includes(true);
}

async function moveIn(dataDir: string, lockDir: string): Promise<{ owner: string; fd: number }> {
  const owner = await describeThisProcess();
  const preparedDir = join(dataDir, `${LOCK_NAME}.${owner}`);
  await mkdir(preparedDir, { mode: 0o700 });
  let fd: number | undefined;
  try {
    fd = await holdPresence(join(preparedDir, owner));
    while (!(await renameOntoEmpty(preparedDir, lockDir))) await clearDeadOwners(lockDir, dataDir);
    // Somebody who could not see this process may have cleared the pipe away as abandoned before it moved.
    await access(join(lockDir, owner));
    return { owner, fd };
  } catch (err) {
    if (fd !== undefined) closeSync(fd);
    await rm(preparedDir, { recursive: true, force: true });
    if (hasCode(err, 'ENOENT')) return moveIn(dataDir, lockDir);
    throw err;
  }
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
    if (await isOwned(join(lockDir, owner))) {
      const who = (await isRunning(owner)) ? `process ${Number.parseInt(owner, 10)}` : 'a process of another container';
      throw new EmbeddedPostgresError(
        `The data dir ${dataDir} is in use by ${who}: stop that one first, or give this one another LATCHKEY_DATA_DIR`,
      );
    }
    await rm(join(lockDir, owner), { recursive: true, force: true });
  }
}

async function clearAbandonedPreparations(dataDir: string): Promise<void> {
  const prefix = `${LOCK_NAME}.`;
  for (const name of await readdir(dataDir)) {
    const owner = name.slice(prefix.length);
    if (!name.startsWith(prefix) || (await isRunning(owner)) || (await isOwned(join(dataDir, name, owner)))) continue;
    await rm(join(dataDir, name), { recursive: true, force: true });
  }
}

/** What is no pipe is of an earlier release, which told owners by their processes. */
async function isOwned(path: string): Promise<boolean> {
  return (await isPipe(path)) ? isHeld(path) : isRunning(basename(path));
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
