import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t from 'tap';
import { unbundle } from '../../bench/bundled-sources.ts';
import { buildService } from '../support/service-build.ts';

void t.test(
  'a function of the build is told by the file that it was written in, and any other by its own',
  async (t) => {
    const dist = dirname(await buildService());
    const ofPackage = await find(join(dist, 'packages'), /^ *_pulseQueue\(\) \{/);
    const own = await find(dist, /^function isTransactionConflict\(/);
    const others = { functionName: 'check', url: 'file:///srv/other/lib/store.js' };
    const nodes = [
      { id: 1, callFrame: { functionName: 'pulse', ...ofPackage } },
      { id: 2, callFrame: { functionName: 'isTransactionConflict', ...own } },
      { id: 3, callFrame: others },
    ];
    const told = unbundle({ nodes, samples: [1, 2, 3] }).nodes.map(({ callFrame }) => callFrame.url);
    t.match(told[0], /\/node_modules\/pg-pool\/index\.js$/);
    t.match(told[1], /\/src\/errors\.ts$/);
    t.equal(told[2], others.url);
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
