import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { masterKeys } from './setting-parsers.ts';

/** Thrown when the key file is there but cannot be used. */
export class MasterKeyFileError extends Error {
  override name = 'MasterKeyFileError';
}

/**
 * The master key of an embedded deployment, made once and kept in the data dir for its owner alone. Of two processes
 * that make one at the same time, both use the one that came first.
 */
export async function readOrMakeMasterKey(dataDir: string): Promise<readonly [Buffer, ...Buffer[]]> {
  const path = join(dataDir, 'master-key');
  await mkdir(dataDir, { recursive: true });
  const made = `${path}.${randomBytes(6).toString('hex')}`;
  await writeFile(made, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600, flag: 'wx' });
  try {
    // A link appears whole or not at all, and never replaces a key that is there.
    await link(made, path);
  } catch (err) {
    if (!(err instanceof Error && 'code' in err && err.code === 'EEXIST')) throw err;
  } finally {
    await rm(made, { force: true });
  }
  try {
    return masterKeys((await readFile(path, 'utf8')).trim());
  } catch (cause) {
    throw new MasterKeyFileError(`${path} does not hold a master key: put back the one this data dir was made with.`, {
      cause,
    });
  }
}
