import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './embedded-service.ts';

const root = join(import.meta.dirname, '..', '..');
const buildsDir = join(root, '.tap', 'service-builds');

let building: Promise<string> | undefined;

/**
 * Builds the service as `npm run build` does, into a folder of its own below the repository, so that its packages are
 * found. One build is shared by all test files as long as the sources do not change.
 * @returns the path of `server.js`
 */
export function buildService(): Promise<string> {
  building ??= build();
  return building;
}

async function build(): Promise<string> {
  const buildDir = join(buildsDir, await hashSources());
  const entry = join(buildDir, 'dist', 'server.js');
  await mkdir(buildsDir, { recursive: true });
  if ((await readdir(buildsDir)).includes(buildDir.slice(buildsDir.length + 1))) return entry;
  const staging = await mkdtemp(join(buildsDir, 'new-'));
  for (const name of ['package.json', 'migrations']) await symlink(join(root, name), join(staging, name));
  // The types are `npm run typecheck`'s business, and take longest.
  const options = ['-p', join(root, 'tsconfig.build.json'), '--noCheck', '--outDir', join(staging, 'dist')];
  await run(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), ...options]);
  await symlink(join(root, 'test', 'support', 'page'), join(staging, 'dist', 'console'));
  // Whole or not at all: another test file may be building the same.
  await rename(staging, buildDir).catch(() => rm(staging, { recursive: true }));
  return entry;
}

async function hashSources(): Promise<string> {
  const hash = createHash('sha256');
  const sources = join(root, 'src');
  for (const name of (await readdir(sources, { recursive: true })).sort()) {
    if (name.endsWith('.ts')) hash.update(name).update(await readFile(join(sources, name)));
  }
  return hash.digest('hex').slice(0, 16);
}
