import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * The modules that processes have loaded, by the directory that was their `NODE_V8_COVERAGE`: the URLs of files, and the paths
 * of what the build has made them of, which it says in them.
 */
export async function readLoaded(coverageDir: string): Promise<string[]> {
  const modules: string[] = [];
  for (const name of await readdir(coverageDir)) {
    const { result } = JSON.parse(await readFile(join(coverageDir, name), 'utf8')) as { result: { url: string }[] };
    for (const { url } of result.filter((script) => script.url.startsWith('file:'))) {
      const source = await readFile(new URL(url), 'utf8');
      const parts = source.matchAll(/^ *\/\/ (src\/\S+\.ts|\S*node_modules\/\S+)$/gm);
      modules.push(url, ...[...parts].map(([, path = '']) => path));
    }
  }
  return modules;
}
