import { appendFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t from 'tap';
import type { Test } from 'tap';

const repository = join(import.meta.dirname, '..', '..');

/** Of one file: a file that hangs is to end, and the process that runs it with many others is not. */
const FILE_TIMEOUT_MS = 900_000;

interface Queue {
  /** Lists of files. */
  bundles: string[][];
  /** How many a process takes before it leaves the rest to the next one: what they load stays loaded. */
  perProcess: number;
  /** A file of the directory that is told what each file cost, in seconds of CPU, and its name; one a line. */
  costs: string;
}

/** In which `/proc` counts. */
const TICKS_PER_SECOND = 100;

const fileRoot = Symbol.for('latchkey.file-root');
let bundleRoot: Test | undefined;

/**
 * Runs bundles of test files from a queue until it is empty or this process has had its share, beside others that do the
 * same. Each file has a subtest of its own that stands for tap's root.
 * @param queue a directory that holds `queue.json`; who makes the directory of a bundle in it runs that
 */
export async function runQueue(queue: string): Promise<void> {
  const { bundles, perProcess, costs } = JSON.parse(readFileSync(join(queue, 'queue.json'), 'utf8')) as Queue;
  let taken = 0;
  for (const [index, files] of bundles.entries()) {
    if (taken === perProcess) break;
    if (!take(join(queue, String(index)))) continue;
    taken += 1;
    await t.test(`bundle ${index}`, async (bundle) => {
      bundleRoot = bundle;
      for (const file of files) {
        const before = readCpuSeconds();
        await bundle.test(file, { timeout: FILE_TIMEOUT_MS }, (root) => runFile(root, file));
        appendFileSync(join(queue, costs), `${(readCpuSeconds() - before).toFixed(2)} ${file}\n`);
      }
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

/** Of this process and of the children that it has seen end; of the database server nothing. */
function readCpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6 + readChildrenTicks() / TICKS_PER_SECOND;
}

function readChildrenTicks(): number {
  try {
    // Behind the name of the program, which may hold anything.
    const fields = readFileSync('/proc/self/stat', 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return Number(fields[13]) + Number(fields[14]);
  } catch {
    return 0;
  }
}
