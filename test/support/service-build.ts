import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { run } from './embedded-service.ts';

const root = join(import.meta.dirname, '..', '..');
const serviceBuilder = join(root, 'scripts', 'build-service.js');
const buildsDir = join(root, '.tap', 'service-builds');
const consoleBuildsDir = join(root, '.tap', 'console-builds');

let building: Promise<string> | undefined;

/**
 * Builds the service, with the console's page, as `npm run build` does, into a folder of its own below the repository, so that its packages are
 * found. One build is shared by all test files as long as the sources do not change.
 * @returns the path of `server.js`
 */
export function buildService(): Promise<string> {
  building ??= build();
  return building;
}

/** Words of the page in `buildNext`, in the place of those of the sources. */
export const nextWords = ['Skip to the content', 'Skip to what this is about'] as const;

/**
 * Builds what comes after these sources: the same service, with a page that has other words, and so other files throughout.
 * @returns the path of `server.js`
 */
export async function buildNext(): Promise<string> {
  const before = dirname(await buildService());
  const nextDir = join(buildsDir, `${basename(dirname(before))}-next`);
  const entry = join(nextDir, 'dist', 'server.js');
  if ((await readdir(buildsDir)).includes(basename(nextDir))) return entry;
  const staging = await mkdtemp(join(buildsDir, 'new-'));
  for (const name of ['package.json', 'migrations']) await symlink(join(root, name), join(staging, name));
  await cp(before, join(staging, 'dist'), { recursive: true, filter: (source) => basename(source) !== 'console' });
  for (const name of ['console', 'client']) await cp(join(root, name), join(staging, name), { recursive: true });
  const words = join(staging, 'console', 'src', 'text', 'en', 'common.ts');
  await writeFile(words, (await readFile(words, 'utf8')).replace(...nextWords));
  await runVite(join(staging, 'console'), join(staging, 'dist', 'console'));
  await rename(staging, nextDir).catch(() => rm(staging, { recursive: true }));
  return entry;
}

async function build(): Promise<string> {
  const consoleDir = await buildConsole();
  const builder = createHash('sha256')
    .update(await readFile(serviceBuilder))
    .digest('hex')
    .slice(0, 8);
  const buildDir = join(buildsDir, `${await hashFiles('src', /\.ts$/)}-${builder}-${basename(consoleDir)}`);
  const entry = join(buildDir, 'dist', 'server.js');
  await mkdir(buildsDir, { recursive: true });
  if ((await readdir(buildsDir)).includes(buildDir.slice(buildsDir.length + 1))) return entry;
  const staging = await mkdtemp(join(buildsDir, 'new-'));
  for (const name of ['package.json', 'migrations']) await symlink(join(root, name), join(staging, name));
  await run(process.execPath, [serviceBuilder, join(staging, 'dist')]);
  await symlink(consoleDir, join(staging, 'dist', 'console'));
  // Whole or not at all: another test file may be building the same.
  await rename(staging, buildDir).catch(() => rm(staging, { recursive: true }));
  return entry;
}

/** @returns the directory of the built page */
async function buildConsole(): Promise<string> {
  const hash = createHash('sha256').update(await hashFiles('console', /\.(?:tsx?|css|html|svg)$/));
  hash
    .update(await readFile(join(root, 'package-lock.json')))
    .update(await readFile(join(root, 'client', 'schema.ts')));
  const buildDir = join(consoleBuildsDir, hash.digest('hex').slice(0, 16));
  await mkdir(consoleBuildsDir, { recursive: true });
  if ((await readdir(consoleBuildsDir)).includes(basename(buildDir))) return buildDir;
  const staging = await mkdtemp(join(consoleBuildsDir, 'new-'));
  await runVite(join(root, 'console'), staging);
  await rename(staging, buildDir).catch(() => rm(staging, { recursive: true }));
  return buildDir;
}

async function runVite(sources: string, outDir: string): Promise<void> {
  const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js');
  const config = join(sources, 'vite.config.ts');
  await run(process.execPath, [vite, 'build', '--config', config, '--outDir', outDir, '--emptyOutDir']);
}

async function hashFiles(dir: string, wanted: RegExp): Promise<string> {
  const hash = createHash('sha256');
  const sources = join(root, dir);
  for (const name of (await readdir(sources, { recursive: true })).sort()) {
    if (wanted.test(name)) hash.update(name).update(await readFile(join(sources, name)));
  }
  return hash.digest('hex').slice(0, 16);
}
