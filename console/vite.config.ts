import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { defineConfig } from 'vite';
import type { Plugin } from 'vite';

/** Browsers that know `light-dark()` and `oklch()`, which would otherwise be written out twice. */
const browsers = ['chrome123', 'edge123', 'firefox128', 'safari17.5'];

/** Its `PUBLIC_URL`. */
const service = process.env.LATCHKEY_URL ?? 'http://localhost:3000';

export default defineConfig({
  root: import.meta.dirname,
  base: '/console/',
  plugins: [firstPaintHasTheTheme(), compressed()],
  build: {
    outDir: join(import.meta.dirname, '..', 'dist', 'console'),
    emptyOutDir: true,
    // Which script comes with which, for `scripts/check-console.ts`.
    manifest: true,
    target: browsers,
    cssTarget: browsers,
    cssCodeSplit: false,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 300,
    // The notices that the packages in it ask for.
    license: { fileName: 'licenses.md' },
    rolldownOptions: {
      checks: { bundlerTimings: false, moduleLevelDirective: false },
      output: {
        // What changes only with its version is fetched once.
        codeSplitting: { groups: [{ name: 'packages', test: /node_modules/ }] },
      },
    },
  },
  server: {
    // `npm run dev` runs beside it, and sees requests of its own origin.
    proxy: Object.fromEntries(
      ['/auth', '/docs', '/openapi.json'].map((path) => [
        path,
        { target: service, changeOrigin: true, headers: { origin: service } },
      ]),
    ),
  },
});

/** The script that sets the chosen theme comes before anything is drawn. */
function firstPaintHasTheTheme(): Plugin {
  return {
    name: 'first-paint-has-the-theme',
    transformIndexHtml: {
      order: 'post',
      handler: (html) => html.replace('<script type="module"', '<script type="module" blocking="render"'),
    },
  };
}

/** Writes `.br` and `.gz` beside every text file, so that no request waits for a compressor. */
function compressed(): Plugin {
  return {
    name: 'compressed',
    apply: 'build',
    async writeBundle({ dir = '' }) {
      const names = await readdir(dir, { recursive: true });
      const texts = names.filter((name) => /\.(?:js|css|html|svg|md)$/.test(name));
      await Promise.all(texts.map((name) => compress(join(dir, name))));
    },
  };
}

const brotli = promisify(brotliCompress);
const zip = promisify(gzip);

async function compress(path: string): Promise<void> {
  const content = await readFile(path);
  const params = { [constants.BROTLI_PARAM_SIZE_HINT]: content.length };
  await writeFile(`${path}.br`, await brotli(content, { params }));
  await writeFile(`${path}.gz`, await zip(content, { level: 9 }));
}
