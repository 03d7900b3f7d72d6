import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

/** In thousands of bytes, as gzip sends them. */
const BUDGETS_KB = { firstLoad: 110, scripts: 170, styles: 12 };
const GZIP_LEVEL = 9;

/** Addresses in code that nobody is asked at: names of vocabularies, and where React explains its errors. */
const namesOnly = /^https?:\/\/(?:www\.w3\.org\/|react\.dev\/)/;

export interface ConsoleReport {
  /** What is wrong with the built page. */
  faults: string[];
  /** Its sizes, in a line. */
  sizes: string;
}

/** As Vite writes it down: by the name of its source. */
type Manifest = Record<string, { file: string; imports?: string[] } | undefined>;

/** Where the page begins, and the screens on which a visit does. */
const START = 'index.html';
const FIRST_SCREENS = ['src/screens/entry/routes.tsx', 'src/screens/clients/routes.tsx'];

/** Compares a built page with its budgets, and with what its security policy lets it do. */
export async function judgeConsole(dir: string): Promise<ConsoleReport> {
  const page = await readFile(join(dir, 'index.html'), 'utf8');
  const names = (await readdir(join(dir, 'assets'))).filter((name) => /\.(?:js|css|svg)$/.test(name)).sort();
  const texts = new Map<string, string>();
  for (const name of names) texts.set(name, await readFile(join(dir, 'assets', name), 'utf8'));
  const ofType = (type: string) => [...texts].filter(([name]) => name.endsWith(type));
  const manifest = JSON.parse(await readFile(join(dir, '.vite', 'manifest.json'), 'utf8')) as Manifest;
  const sizeOfFile = (file: string) => sizeOf(texts.get(file.replace(/^assets\//, '')) ?? '');
  const loads = FIRST_SCREENS.map((screen) => [...filesOf(manifest, [START, screen])].map(sizeOfFile));
  const sizes = {
    firstLoad: Math.max(...loads.map(sum)),
    scripts: sum(ofType('.js').map(([, code]) => sizeOf(code))),
    styles: sum(ofType('.css').map(([, code]) => sizeOf(code))),
  };
  const over = Object.entries(BUDGETS_KB).filter(([what, budget]) => sizes[what as keyof typeof sizes] > budget * 1000);
  return {
    faults: [
      ...over.map(
        ([what, budget]) => `${what}: ${inKb(sizes[what as keyof typeof sizes])}, and ${budget} kB is the budget`,
      ),
      ...findInline(page),
      ...[['index.html', page] as const, ...texts].flatMap(([name, text]) => findForeign(name, text)),
    ],
    sizes: `first load ${inKb(sizes.firstLoad)}, all scripts ${inKb(sizes.scripts)}, styles ${inKb(sizes.styles)}`,
  };
}

/** The files that come with some, and what those bring. */
function filesOf(manifest: Manifest, names: string[], known = new Set<string>()): Set<string> {
  for (const name of names) {
    const { file, imports = [] } = manifest[name] ?? {};
    if (file === undefined) throw new Error(`the page has no ${name}`);
    if (known.has(file)) continue;
    known.add(file);
    filesOf(manifest, imports, known);
  }
  return known;
}

function findInline(page: string): string[] {
  return [
    ...(/<script(?![^>]*\ssrc=)/i.test(page) ? ['index.html has an inline script'] : []),
    ...(/<style\b|\sstyle\s*=/i.test(page) ? ['index.html has an inline style'] : []),
    ...(/\son[a-z]+\s*=\s*["']/i.test(page) ? ['index.html has an inline handler'] : []),
  ];
}

function findForeign(name: string, text: string): string[] {
  const urls = [...text.matchAll(/(?:https?:)?\/\/[a-z0-9-]+(?:\.[a-z0-9-]+)+[^\s"'`)\\]*/gi)].map(([url]) => url);
  return [...new Set(urls)].filter((url) => !namesOnly.test(url)).map((url) => `${name} names ${url}`);
}

function sizeOf(text: string): number {
  return gzipSync(text, { level: GZIP_LEVEL }).length;
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function inKb(bytes: number): string {
  return `${(bytes / 1000).toFixed(1)} kB`;
}
