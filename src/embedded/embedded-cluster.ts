import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdtemp, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { syncDirectory } from './sync-directory.ts';
import type { PostgresBinaries } from './embedded-binaries.ts';
import { EmbeddedPostgresError } from './embedded-error.ts';
import { hasCode, readFileOrNull, runCommand, STAGING_PREFIX } from './embedded-process.ts';
import type { SystemUser } from './embedded-process.ts';
import type { PlainLog } from '../plain-log.ts';

/** The superuser of the cluster and the role the service connects with. */
export const ROLE_NAME = 'latchkey';

/** The folder of the cluster in a data dir. */
export const CLUSTER_NAME = 'postgres';

const PASSWORD_NAME = 'postgres.password';

export interface ClusterSettings {
  /** An absolute path without symbolic links. */
  dataDir: string;
  binaries: PostgresBinaries;
  user: SystemUser | undefined;
  isDurable: boolean;
  log: Pick<PlainLog, 'info'>;
  /** Aborted when making a cluster is to be given up. */
  signal?: AbortSignal | undefined;
}

/** The files of one Postgres server. */
export interface Cluster {
  dir: string;
  password: string;
}

/**
 * Finds the cluster of a data dir, or makes it. The caller holds the data dir's lock.
 * @throws EmbeddedPostgresError when what is there cannot be used
 */
export async function openCluster(settings: ClusterSettings): Promise<Cluster> {
  const { dataDir } = settings;
  const dir = join(dataDir, CLUSTER_NAME);
  await clearStaging(dataDir);
  if (await isAbsentOrEmpty(dir, settings.user)) return createCluster(dir, settings);
  await requireUsable(dir, settings.binaries.majorVersion);
  return readCluster(dataDir);
}

/**
 * The cluster that is there.
 * @throws EmbeddedPostgresError when its password is missing
 */
export async function readCluster(dataDir: string): Promise<Cluster> {
  const dir = join(dataDir, CLUSTER_NAME);
  const passwordPath = join(dataDir, PASSWORD_NAME);
  const password = (await readFileOrNull(passwordPath))?.trim();
  if (password !== undefined) return { dir, password };
  throw new EmbeddedPostgresError(
    `The password of the database in ${dir} is missing: put ${passwordPath} back, or move ${dir} away to start empty`,
  );
}

/** Removes what an interrupted start left. */
async function clearStaging(dataDir: string): Promise<void> {
  for (const name of await readdir(dataDir)) {
    if (!name.startsWith(STAGING_PREFIX)) continue;
    // The interrupted initdb may still be writing there.
    await rm(join(dataDir, name), { recursive: true, force: true, maxRetries: 10 });
  }
}

async function isAbsentOrEmpty(dir: string, user: SystemUser | undefined): Promise<boolean> {
  try {
    const { uid } = await stat(dir);
    const expectedUid = user?.uid ?? process.getuid?.();
    const entries = uid === expectedUid ? await readdir(dir) : [];
    if (uid !== expectedUid) {
      throw new EmbeddedPostgresError(
        `${dir} belongs to user ${uid}, and Postgres would run as user ${String(expectedUid)}: ` +
          'start the service as the user who started it first, or give it another LATCHKEY_DATA_DIR',
      );
    }
    return entries.length === 0;
  } catch (err) {
    if (hasCode(err, 'ENOENT')) return true;
    throw err;
  }
}

async function requireUsable(dir: string, majorVersion: number): Promise<void> {
  const found = (await readFileOrNull(join(dir, 'PG_VERSION')))?.trim();
  if (found === undefined) {
    throw new EmbeddedPostgresError(
      `${dir} is neither empty nor a Postgres database: move it away, or choose another LATCHKEY_DATA_DIR`,
    );
  }
  if (found !== String(majorVersion)) {
    throw new EmbeddedPostgresError(
      `${dir} was made by Postgres ${found} and the installed one is ${majorVersion}: ` +
        `carry the data over with the pg_dump of Postgres ${found}, or move ${dir} away to start empty`,
    );
  }
}

/**
 * The cluster is made beside its place and renamed into it when it is whole, the password being safe on the disk by
 * then. So whatever interrupts this, the next start finds either no cluster or a complete one.
 */
async function createCluster(dir: string, settings: ClusterSettings): Promise<Cluster> {
  const { dataDir, user, binaries, log } = settings;
  log.info(`Creating the embedded Postgres ${binaries.majorVersion} database in ${dir}; this takes a few seconds`);
  const password = randomBytes(24).toString('hex');
  const staging = await mkdtemp(join(dataDir, STAGING_PREFIX));
  const stagedCluster = join(staging, 'cluster');
  const stagedPassword = join(staging, 'password');
  await writeSynced(stagedPassword, `${password}\n`);
  if (user !== undefined) {
    await chown(staging, user.uid, user.gid);
    await chown(stagedPassword, user.uid, user.gid);
  }
  await runInitdb({ stagedCluster, stagedPassword }, settings);
  await writeSynced(join(dataDir, PASSWORD_NAME), `${password}\n`);
  await rename(stagedCluster, dir);
  await syncDirectory(dataDir);
  await rm(staging, { recursive: true });
  return { dir, password };
}

async function runInitdb(
  { stagedCluster, stagedPassword }: { stagedCluster: string; stagedPassword: string },
  { binaries, user, isDurable, signal }: ClusterSettings,
): Promise<void> {
  const { code, stderr } = await runCommand(
    join(binaries.nativeDir, 'bin', 'initdb'),
    [
      ...['--pgdata', stagedCluster, '--pwfile', stagedPassword, '--username', ROLE_NAME, '--auth', 'scram-sha-256'],
      // Postgres' own Unicode rules: the same on every host, whatever locales it has.
      ...['--encoding', 'UTF8', '--locale', 'C', '--locale-provider', 'builtin', '--builtin-locale', 'C.UTF-8'],
      ...(isDurable ? [] : ['--no-sync']),
    ],
    { ...user, signal },
  );
  if (code === 0) return;
  signal?.throwIfAborted();
  const reason = stderr.split('\n').find((line) => line.includes('error')) ?? stderr.trim().split('\n')[0] ?? '';
  throw new EmbeddedPostgresError(`The embedded Postgres could not create its database: ${reason}`);
}

async function writeSynced(path: string, text: string): Promise<void> {
  const file = await open(path, 'w', 0o600);
  try {
    await chmod(path, 0o600);
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}
