import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t from 'tap';

const repository = join(import.meta.dirname, '..', '..');

/** Runs test files one after the other in this process, each in a subtest of its own that stands for tap's root. */
export function runFiles(files: readonly string[]): void {
  for (const file of files) {
    void t.test(file, async (root) => {
      (globalThis as Record<symbol, unknown>)[Symbol.for('latchkey.file-root')] = root;
      await import(pathToFileURL(join(repository, file)).href);
    });
  }
}
