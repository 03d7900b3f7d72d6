import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { masterKeys } from '../settings/setting-parsers.ts';
import { syncDirectory } from './sync-directory.ts';
import { OperatorError } from '../operator-error.ts';

/** Thrown when the key file cannot be made, read or used. The message is one sentence for the operator. */
export class MasterKeyFileError extends OperatorError {
  override name = 'MasterKeyFileError';
}

/**
 * The master key of an embedded deployment, made once and kept in the data dir for its owner alone. Of two processes
 * that make one at the same time, both use the one that came first.
 * @throws MasterKeyFileError
 */
export async function readOrMakeMasterKey(dataDir: string): Promise<MasterKeys> {
  const path = pathIn(dataDir);
  return parse(path, await explainFileErrors(path, async () => (await readIfThere(path)) ?? make(dataDir, path)));
}

/**
 * The master key in the data dir; undefined when none has been made.
 * @throws MasterKeyFileError
 */
export async function readMasterKey(dataDir: string): Promise<MasterKeys | undefined> {
  const path = pathIn(dataDir);
  const text = await explainFileErrors(path, () => readIfThere(path));
  return text === undefined ? undefined : parse(path, text);
}

type MasterKeys = readonly [Buffer, ...Buffer[]];

function pathIn(dataDir: string): string {
  return join(dataDir, 'master-key');
}

async function explainFileErrors<T>(path: string, use: () => Promise<T>): Promise<T> {
  try {
    return await use();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'unknown error';
    throw new MasterKeyFileError(`The master key file ${path} cannot be used: ${reason}`, { cause });
  }
}

function parse(path: string, text: string): MasterKeys {
  try {
    return masterKeys(text.trim());
  } catch (cause) {
    throw new MasterKeyFileError(`${path} does not hold a master key: put back the one this data dir was made with`, {
      cause,
    });
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (err) {
    if (err instanceof Error && 'code' in err && err.code === 'ENOENT') return undefined;
    throw err;
  }
}

/** On the disk before anything is sealed with it: a database outlives a crash, and would be lost with its key. */
async function make(dataDir: string, path: string): Promise<string> {
  await mkdir(dataDir, { recursive: true });
  const made = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    await writeFile(made, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600, flag: 'wx', flush: true });
    // A link appears whole or not at all, and never replaces a key that is there.
    await link(made, path);
  } catch (err) {
    if (!(err instanceof Error && 'code' in err && err.code === 'EEXIST')) throw err;
  } finally {
    await rm(made, { force: true });
  }
  await syncDirectory(dataDir);
  return readFile(path, 'utf8');
}
