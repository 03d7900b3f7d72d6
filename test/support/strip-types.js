// Lets Node run the tests from their sources: `node --import ./test/support/strip-types.js FILE.ts`.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { register } from 'node:module';
import { isMainThread, threadId } from 'node:worker_threads';

// Node calls the hook in a thread of its own, which loads this file once more.
if (isMainThread) register(import.meta.url);

const cacheDir = new URL('../../.tap/stripped/', import.meta.url);

/** What a test file imports as tap is an instance of file-root.js, named after the file. */
export async function resolve(specifier, context, nextResolve) {
  const { parentURL = '' } = context;
  if (specifier !== 'tap' || !/^[^?]*\.test\.ts$/.test(parentURL)) return nextResolve(specifier, context);
  return { url: new URL(`file-root.js?${parentURL}`, import.meta.url).href, shortCircuit: true };
}

/** Types are blanked, not compiled: each character stays where it was, so that lines and coverage need no source map. */
export async function load(url, context, nextLoad) {
  if (!url.startsWith('file:') || !new URL(url).pathname.endsWith('.ts')) return nextLoad(url, context);
  const source = readFileSync(new URL(url), 'utf8');
  return { format: 'module', shortCircuit: true, source: await stripCached(source, url) };
}

async function stripCached(source, url) {
  const entry = new URL(`${createHash('sha256').update(source).digest('hex')}.js`, cacheDir);
  try {
    return readFileSync(entry, 'utf8');
  } catch {
    // Not yet there.
  }
  // Loading the compiler takes longer than most tests; a warm cache never does.
  const { default: blankSpace } = await import('ts-blank-space');
  const stripped = blankSpace(source, (node) => {
    throw new SyntaxError(`${url} holds TypeScript that cannot be blanked: ${node.getText()}`);
  });
  keep(entry, stripped);
  return stripped;
}

function keep(entry, stripped) {
  const draft = new URL(`${entry.href}.${process.pid}.${threadId}`);
  try {
    mkdirSync(cacheDir, { recursive: true });
    writeFileSync(draft, stripped);
    // Whole or not at all: another process may be reading.
    renameSync(draft, entry);
  } catch {
    // A process of another user may not write here, and goes without.
  }
}
