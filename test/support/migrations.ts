import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The migrations of this release. */
export const migrations = join(import.meta.dirname, '..', '..', 'migrations');

interface Journal {
  entries: { idx: number; version: string; when: number; tag: string; breakpoints: boolean }[];
}

interface Teardown {
  teardown(handler: () => Promise<void>): unknown;
}

/** A copy of them that a test may change, removed with it. */
export async function copyMigrations(t: Teardown): Promise<string> {
  const copy = await mkdtemp(join(tmpdir(), 'latchkey-migrations-'));
  t.teardown(() => rm(copy, { recursive: true }));
  await cp(migrations, copy, { recursive: true });
  return copy;
}

export async function readJournal(folder: string): Promise<Journal> {
  return JSON.parse(await readFile(join(folder, 'meta', '_journal.json'), 'utf8')) as Journal;
}

export async function writeJournal(folder: string, entries: Journal['entries']): Promise<void> {
  const journal = { ...(await readJournal(folder)), entries };
  await writeFile(join(folder, 'meta', '_journal.json'), JSON.stringify(journal));
}

/** Adds a migration to a copy, as a newer release would have it. */
export async function addMigration(folder: string, { when, sql }: { when: number; sql: string }): Promise<void> {
  const { entries } = await readJournal(folder);
  const idx = entries.length;
  const tag = `${String(idx).padStart(4, '0')}_added`;
  await writeFile(join(folder, `${tag}.sql`), sql);
  await writeJournal(folder, [...entries, { idx, version: '7', when, tag, breakpoints: true }]);
}
