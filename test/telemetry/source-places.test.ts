import { readdir, readFile, rm, mkdtemp, mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t from 'tap';
import { toSourcePlaces } from '../../src/telemetry/source-places.ts';
import { buildService } from '../support/service-build.ts';

const FUNCTION = 'export function isTransactionConflict(';

void t.test('a stack of the built service tells the line of the source', async (t) => {
  const dist = dirname(await buildService());
  const place = await find(dist, FUNCTION.replace('export ', ''));
  const source = await readFile(join(import.meta.dirname, '..', '..', 'src', 'errors.ts'), 'utf8');
  const line = source.split('\n').findIndex((text) => text.startsWith(FUNCTION)) + 1;
  const elsewhere = `run (${pathToFileURL(join(dist, 'packages', 'pg.js')).href}:1:2)`;
  const told = toSourcePlaces(`isTransactionConflict (${place})\n    at ${elsewhere}`, dirname(dist));
  t.match(told, /^isTransactionConflict \((?:\.\.\/)*src\/errors\.ts:\d+:\d+\)\n/);
  t.equal(/errors\.ts:(\d+)/.exec(told)?.[1], String(line));
  t.ok(told.endsWith(elsewhere), 'that of a package stays as it is');
});

void t.test('a stack stays as it is without the build’s maps, and for what is no part of the build', async (t) => {
  const dir = await mkdtemp(join(tmpdir(), 'latchkey-places-'));
  t.teardown(() => rm(dir, { recursive: true }));
  await mkdir(join(dir, 'dist'));
  await writeFile(
    join(dir, 'dist', 'empty.js.map'),
    JSON.stringify({ version: 3, sources: [], names: [], mappings: '' }),
  );
  for (const name of ['dist/gone.js', 'dist/empty.js', 'dist/a%2Fb.js', 'dist/../dist/empty.js', 'src/errors.ts']) {
    const stack = `run (${pathToFileURL(dir).href}/${name}:3:4)`;
    t.equal(toSourcePlaces(stack, dir), stack, name);
  }
});

/** @returns where a line that begins like that is in the build, as a stack tells it */
async function find(dist: string, text: string): Promise<string> {
  for (const name of await readdir(dist)) {
    if (!name.endsWith('.js')) continue;
    const lines = (await readFile(join(dist, name), 'utf8')).split('\n');
    const at = lines.findIndex((line) => line.startsWith(text));
    if (at >= 0) return `${pathToFileURL(join(dist, name)).href}:${at + 1}:1`;
  }
  throw new Error(`the build has no ${text}`);
}
