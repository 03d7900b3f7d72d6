import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t from 'tap';
import { unbundle } from '../../bench/bundled-sources.ts';
import { buildService } from '../support/service-build.ts';

void t.test(
  'a function of a bundled package is told by the package’s own file, and any other by its own',
  async (t) => {
    const packages = join(dirname(await buildService()), 'packages');
    const place = await find(packages, /^ *_pulseQueue\(\) \{/);
    const own = { functionName: 'check', url: 'file:///srv/latchkey/dist/secrets/store.js' };
    const nodes = [
      { id: 1, callFrame: { functionName: 'pulse', ...place } },
      { id: 2, callFrame: own },
    ];
    const told = unbundle({ nodes, samples: [1, 2] }).nodes.map(({ callFrame }) => callFrame.url);
    t.match(told[0], /\/node_modules\/pg-pool\/index\.js$/);
    t.equal(told[1], own.url);
  },
);

/** The first line in a bundle that looks like that. */
async function find(dir: string, line: RegExp) {
  for (const name of await readdir(dir)) {
    if (!name.endsWith('.js')) continue;
    const lines = (await readFile(join(dir, name), 'utf8')).split('\n');
    const lineNumber = lines.findIndex((text) => line.test(text));
    if (lineNumber === -1) continue;
    return { url: pathToFileURL(join(dir, name)).href, lineNumber, columnNumber: lines[lineNumber]?.search(/\S/) ?? 0 };
  }
  throw new Error('no bundle has such a line');
}
