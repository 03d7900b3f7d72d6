// Makes `dist` of `src`, or the directory that is named: a few files, with their lines in source maps, and in `packages` a few
// of the packages that they import. To find and read the thousand that they are made of takes longer than the rest of a start.
import { chmod, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';

/** They look for files of their own beside them. */
const LEFT_ALONE = ['argon2', 'bcrypt', 'pino-pretty'];
/** What is run, and of it what the benchmark's peers log with. */
const ENTRIES = ['server.ts', 'cli.ts', 'telemetry/log-stream.ts'];

const root = join(import.meta.dirname, '..');
const src = join(root, 'src');
const outDir = resolve(process.argv[2] ?? join(root, 'dist'));
const shared = {
  ...{ bundle: true, splitting: true, format: 'esm', platform: 'node', target: 'node20.19', logLevel: 'warning' },
  ...{ sourcemap: true, sourcesContent: false, absWorkingDir: root },
};

await rm(outDir, { recursive: true, force: true });
await buildPackages(await buildModules());
await chmod(join(outDir, 'cli.js'), 0o755);

/** @returns what they import of packages */
async function buildModules() {
  const specifiers = new Set();
  await build({
    ...shared,
    entryPoints: ENTRIES.map((name) => join(src, name)),
    outbase: src,
    outdir: outDir,
    // Beside the entries: each finds `packages` at the same place.
    chunkNames: '[name]-[hash]',
    plugins: [packagesApart(specifiers)],
  });
  return [...specifiers];
}

/** Imports of packages lead to `packages`. */
function packagesApart(specifiers) {
  return {
    name: 'packages-apart',
    setup({ onResolve }) {
      onResolve({ filter: /^[^./]/ }, ({ kind, path }) => {
        if (kind === 'entry-point') return undefined;
        if (path.startsWith('node:') || LEFT_ALONE.includes(path)) return { path, external: true };
        specifiers.add(path);
        return { path: `./packages/${fileNameOf(path)}.js`, external: true };
      });
    },
  };
}

async function buildPackages(specifiers) {
  await build({
    ...shared,
    entryPoints: specifiers.map((specifier) => ({ in: specifier, out: fileNameOf(specifier) })),
    outdir: join(outDir, 'packages'),
    external: [...LEFT_ALONE, 'pg-native'],
    // What packages in CommonJS ask Node.js for.
    banner: {
      js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);",
    },
    plugins: [namesOfPackages(specifiers)],
  });
}

/** Entries that export by name what the packages do, which those in CommonJS tell only to who loads them. */
function namesOfPackages(specifiers) {
  return {
    name: 'names-of-packages',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^[^./]/ }, ({ kind, path }) =>
        kind === 'entry-point' && specifiers.includes(path) ? { path, namespace: 'names' } : undefined,
      );
      onLoad({ filter: /./, namespace: 'names' }, async ({ path }) => {
        const names = Object.keys(await import(path)).filter(
          (name) => !['module.exports', '__esModule'].includes(name),
        );
        return { contents: `export { ${names.join(', ')} } from '${path}';`, resolveDir: root };
      });
    },
  };
}

function fileNameOf(specifier) {
  return specifier.replace('@', '').replaceAll('/', '-');
}
