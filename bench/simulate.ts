// Counts what a rate of checks takes, and lets changes queue at the change log's head; docs/scale.md says what it is for.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { prepare } from './prepare.ts';
import { killAll } from './processes.ts';
import type { Report } from './report.ts';
import { measureAll } from './simulation/measure.ts';
import { makeTables, measuredPath, writePage } from './simulation/page.ts';

const { values } = parseArgs({
  options: { measure: { type: 'boolean', default: false }, write: { type: 'boolean', default: false } },
});

process.once('exit', killAll);
if (values.measure) {
  prepare({ isBuilt: false });
  const measured = await measureAll((text) => process.stderr.write(`${text}\n`));
  await writeFile(measuredPath, `${JSON.stringify(measured)}\n`);
}
const results = await readFile(join(import.meta.dirname, 'results.json'), 'utf8');
const tables = await makeTables(JSON.parse(results) as Report);
console.log(tables);
if (values.write) await writePage(tables);
