import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t from 'tap';
import type { Test } from 'tap';

const repository = join(import.meta.dirname, '..', '..');

/** Of one file: a file that hangs is to end, and the process that runs it with many others is not. */
const FILE_TIMEOUT_MS = 900_000;

/** What files load stays loaded: a process that has grown leaves the rest of the queue to the next one. */
const RSS_MAX_BYTES = 800 * 1024 * 1024;

const fileRoot = Symbol.for('latchkey.file-root');
let bundleRoot: Test | undefined;

/**
 * Runs bundles of test files from a queue until it is empty or the process has grown, beside other processes that do the
 * same. Each file has a subtest of its own that stands for tap's root.
 * @param queue a directory that holds `bundles.json`, a list of lists of files; who makes the directory of a bundle runs it
 */
export async function runQueue(queue: string): Promise<void> {
  const bundles = JSON.parse(readFileSync(join(queue, 'bundles.json'), 'utf8')) as string[][];
  for (const [index, files] of bundles.entries()) {
    if (process.memoryUsage.rss() > RSS_MAX_BYTES) break;
    if (!take(join(queue, String(index)))) continue;
    await t.test(`bundle ${index}`, async (bundle) => {
      bundleRoot = bundle;
      for (const file of files) await bundle.test(file, { timeout: FILE_TIMEOUT_MS }, (root) => runFile(root, file));
    });
  }
}

/** What the files of a bundle share is ended with it; a file that runs by itself shares nothing. */
export function findBundle(): Pick<Test, 'teardown'> {
  return bundleRoot ?? t;
}

async function runFile(root: Test, file: string): Promise<void> {
  (globalThis as Record<symbol, unknown>)[fileRoot] = root;
  await import(pathToFileURL(join(repository, file)).href);
}

/** Making a directory is what only one of many can do. */
function take(path: string): boolean {
  try {
    mkdirSync(path);
    return true;
  } catch (err) {
    if ((err as NodeJS.ErrnoException).code !== 'EEXIST') throw err;
    return false;
  }
}
