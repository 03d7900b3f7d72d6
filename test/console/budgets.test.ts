import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import type { Test } from 'tap';
import { judgeConsole } from '../../scripts/console-budgets.ts';

const PAGE = '<!doctype html><script type="module" src="/console/assets/index-1.js"></script>';

/** A page whose scripts are these, in the place of the real ones. */
const MANIFEST = JSON.stringify({
  'index.html': { file: 'assets/index-1.js', imports: ['_react.js'] },
  '_react.js': { file: 'assets/react-1.js' },
  'src/screens/entry/routes.tsx': { file: 'assets/entry-1.js', imports: ['index.html'] },
  'src/screens/clients/routes.tsx': { file: 'assets/clients-1.js', imports: ['_react.js', '_parts.js'] },
  '_parts.js': { file: 'assets/parts-1.js' },
});

/** What is said of a page that is built of these files. */
async function judge(t: Test, files: Record<string, string>): Promise<string[]> {
  const dir = await mkdtemp(join(tmpdir(), 'latchkey-budgets-'));
  t.teardown(() => rm(dir, { recursive: true }));
  for (const name of ['assets', '.vite']) await mkdir(join(dir, name));
  for (const [name, content] of Object.entries({ 'index.html': PAGE, '.vite/manifest.json': MANIFEST, ...files })) {
    await writeFile(join(dir, name), content);
  }
  return (await judgeConsole(dir)).faults;
}

/** A script that no compressor makes smaller. */
function scriptOf(kb: number): string {
  return `export const noise="${randomBytes(kb * 990).toString('base64')}";`;
}

void t.test('a page within its budgets is let through', async (t) => {
  const faults = await judge(t, {
    'assets/index-1.js': scriptOf(20),
    'assets/react-1.js': scriptOf(50),
    'assets/clients-1.js': scriptOf(30),
    'assets/audit-1.js': scriptOf(30),
    'assets/index-1.css': 'body{}',
  });
  t.same(faults, []);
});

void t.test('what the first screen loads is counted with all that comes along', async (t) => {
  const faults = await judge(t, {
    'assets/index-1.js': scriptOf(20),
    'assets/react-1.js': scriptOf(50),
    'assets/clients-1.js': scriptOf(30),
    'assets/parts-1.js': scriptOf(20),
  });
  t.match(faults, [/^firstLoad: 1[12]\d\.\d kB, and 110 kB is the budget$/]);
});

void t.test('all scripts together, and all styles, have a budget', async (t) => {
  const scripts = Object.fromEntries(Array.from({ length: 6 }, (_, i) => [`assets/s${i}-1.js`, scriptOf(30)]));
  const faults = await judge(t, { ...scripts, 'assets/index-1.css': scriptOf(14) });
  t.match(faults, [/^scripts: 1[78]\d/, /^styles: 1\d/]);
});

void t.test('what the security policy of the page would stop is found before a browser does', async (t) => {
  const inline = await judge(t, {
    'index.html': `${PAGE}<script>go()</script><p style="color: red" onclick="go()">`,
  });
  t.same(inline, [
    'index.html has an inline script',
    'index.html has an inline style',
    'index.html has an inline handler',
  ]);
  const foreign = await judge(t, {
    'index.html': `${PAGE}<link href="//fonts.example.com/a.css">`,
    'assets/index-1.js':
      'const ns="http://www.w3.org/2000/svg",more="https://react.dev/errors/",x=`https://cdn.example.net/${y}`',
    'assets/index-1.css': '@font-face{src:url(https://fonts.example.com/a.woff2)}',
  });
  t.same(foreign, [
    'index.html names //fonts.example.com/a.css',
    'index-1.css names https://fonts.example.com/a.woff2',
    'index-1.js names https://cdn.example.net/${y}',
  ]);
  await t.rejects(judge(t, { '.vite/manifest.json': '{}' }), { message: 'the page has no index.html' });
});
