// Makes `dist` of `src`, or the directory that is named. Each module stays a file of its own, with its lines in a source map.
// The packages that they import become a few files in `packages`: to find and read the thousand of their own takes longer than
// the rest of a start.
import { chmod, readdir, rm } from 'node:fs/promises';
import { dirname, join, posix, relative, resolve } from 'node:path';
import { build } from 'esbuild';

/** They look for files of their own beside them. */
const LEFT_ALONE = ['argon2', 'bcrypt', 'pino-pretty'];

const root = join(import.meta.dirname, '..');
const src = join(root, 'src');
const outDir = resolve(process.argv[2] ?? join(root, 'dist'));
const shared = { bundle: true, format: 'esm', platform: 'node', target: 'node20.19', logLevel: 'warning' };

await rm(outDir, { recursive: true, force: true });
await buildPackages(await buildModules());
await chmod(join(outDir, 'cli.js'), 0o755);

/** @returns what they import of packages */
async function buildModules() {
  const names = await readdir(src, { recursive: true });
  const specifiers = new Set();
  await build({
    ...shared,
    entryPoints: names.filter((name) => name.endsWith('.ts')).map((name) => join(src, name)),
    outbase: src,
    outdir: outDir,
    sourcemap: true,
    sourcesContent: false,
    plugins: [importsStay(specifiers)],
  });
  return [...specifiers];
}

/** Imports of a module lead where they did: to another module's file, or to a package's in `packages`. */
function importsStay(specifiers) {
  return {
    name: 'imports-stay',
    setup({ onResolve }) {
      onResolve({ filter: /^\.\.?\// }, ({ path }) => ({ path: path.replace(/\.ts$/, '.js'), external: true }));
      onResolve({ filter: /^[^./]/ }, ({ path, importer }) => {
        if (path.startsWith('node:') || LEFT_ALONE.includes(path)) return { path, external: true };
        specifiers.add(path);
        const up = posix.join('.', relative(dirname(importer), src).replaceAll('\\', '/'));
        return { path: `${up.startsWith('.') ? up : `./${up}`}/packages/${fileNameOf(path)}.js`, external: true };
      });
    },
  };
}

async function buildPackages(specifiers) {
  await build({
    ...shared,
    entryPoints: specifiers.map((specifier) => ({ in: specifier, out: fileNameOf(specifier) })),
    outdir: join(outDir, 'packages'),
    splitting: true,
    sourcemap: true,
    sourcesContent: false,
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
