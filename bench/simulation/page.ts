import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Report } from '../report.ts';
import type { Measured } from './measure.ts';
import { renderTables, withTables } from './tables.ts';

export const measuredPath = join(import.meta.dirname, 'measured.json');
const pagePath = join(import.meta.dirname, '..', '..', 'docs', 'scale.md');

/** The tables by these results, and by what was measured last beside them. */
export async function makeTables(benchmark: Report): Promise<string> {
  return renderTables(benchmark, JSON.parse(await readFile(measuredPath, 'utf8')) as Measured);
}

/** Puts the tables into docs/scale.md. */
export async function writePage(tables: string): Promise<void> {
  await writeFile(pagePath, withTables(await readFile(pagePath, 'utf8'), tables));
}
