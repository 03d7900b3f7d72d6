import { dirname } from 'node:path';
import { EmbeddedPostgresError } from './embedded-error.ts';
import { runCommand } from './embedded-process.ts';
import type { SystemUser } from './embedded-process.ts';

const USER_NAME = 'postgres';

/**
 * The user Postgres runs as. Postgres refuses to run as root, so for root that is the system user `postgres`, created
 * when it is missing; for anybody else undefined, which stands for themselves.
 * @throws EmbeddedPostgresError when the user is missing and cannot be created
 */
export async function findPostgresUser(): Promise<SystemUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const existing = await lookUpUser();
  if (existing !== undefined) return existing;
  await runCommand('groupadd', ['--system', '--force', USER_NAME]);
  const options = ['--system', '--gid', USER_NAME, '--no-create-home', '--home-dir', '/nonexistent'];
  const { stderr } = await runCommand('useradd', [...options, '--shell', '/usr/sbin/nologin', USER_NAME]);
  // Looked up again whatever the answer: another process may have created it meanwhile.
  const created = await lookUpUser();
  if (created !== undefined) return created;
  throw new EmbeddedPostgresError(
    `Postgres does not run as root, and its system user "${USER_NAME}" could not be created ` +
      `(${stderr.trim().split('\n')[0] ?? ''}): create that user, run as another one, or set DATABASE_URL`,
  );
}

async function lookUpUser(): Promise<SystemUser | undefined> {
  const [uid, gid] = await Promise.all([runCommand('id', ['-u', USER_NAME]), runCommand('id', ['-g', USER_NAME])]);
  if (uid.code !== 0 || gid.code !== 0) return undefined;
  return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
}

/** The first folder on the way to `dir`, itself included, that the user cannot pass through; undefined if none. */
export async function findBarrier(dir: string, user: SystemUser): Promise<string | undefined> {
  const ancestors = [dir];
  for (let parent = dirname(dir); parent !== ancestors[0]; parent = dirname(parent)) ancestors.unshift(parent);
  // The kernel is asked, as that user: mode bits alone do not know of access lists.
  const script = 'for dir; do [ -x "$dir" ] || { printf %s "$dir"; exit 1; }; done';
  const { code, stdout } = await runCommand('/bin/sh', ['-c', script, 'sh', ...ancestors], user);
  return code === 0 ? undefined : stdout || dir;
}
