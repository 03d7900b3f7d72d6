import { readFile } from 'node:fs/promises';
import t from 'tap';

interface Package {
  dev?: boolean;
  engines?: { node?: string };
}

const read = async (name: string) =>
  JSON.parse(await readFile(new URL(`../${name}`, import.meta.url), 'utf8')) as unknown;

/** The lowest major version of Node that one of the alternatives takes. */
function lowestMajor(range: string): number {
  return Math.min(...range.split('||').map((part) => Number(/\d+/.exec(part)?.[0] ?? 0)));
}

void t.test('npm ci takes every package on the Node that the service asks for, and warns of none', async (t) => {
  const { engines } = (await read('package.json')) as { engines: { node: string } };
  const { packages } = (await read('package-lock.json')) as { packages: Record<string, Package> };
  const own = lowestMajor(engines.node);
  const newer = Object.entries(packages).filter(([, { engines: asked = {} }]) => lowestMajor(asked.node ?? '0') > own);
  t.same(
    newer.map(([path]) => path),
    [],
  );
});

void t.test('what npm start builds with is installed without the development dependencies too', async (t) => {
  const { packages } = (await read('package-lock.json')) as { packages: Record<string, Package> };
  for (const name of ['esbuild', 'vite', 'react', 'react-dom', 'wouter', '@tanstack/react-query', 'openapi-fetch']) {
    t.equal(packages[`node_modules/${name}`]?.dev, undefined, name);
  }
});
