import { existsSync } from 'node:fs';
import { chmod, chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findPostgresBinaries, makeReachable } from '../../src/embedded/embedded-binaries.ts';
import { startPostmaster } from '../../src/embedded/embedded-postmaster.ts';
import { runCommand } from '../../src/embedded/embedded-process.ts';
import type { SystemUser } from '../../src/embedded/embedded-process.ts';
import { findPostgresUser } from '../../src/embedded/embedded-system-user.ts';
import { hold, listChildren, send } from './children.ts';
import { isRunning, readServerPid, until } from './embedded-service.ts';
import { findFreePort } from './free-port.ts';

const DEBIAN_POSTGRES = '/usr/lib/postgresql/15';

/** A Postgres of a test's own that keeps what it has answered, to be stopped and started at will. */
export interface PostgresServer {
  databaseUrl: string;
  start: () => Promise<void>;
  /** `SIGINT` is `pg_ctl stop -m fast`, `SIGQUIT` is `-m immediate`, `SIGKILL` is what the kernel does. */
  stop: (signal: 'SIGINT' | 'SIGQUIT' | 'SIGKILL') => Promise<void>;
  /** Holds all its processes in their tracks: connections stay open, and nothing answers. */
  freeze: () => Promise<void>;
  thaw: () => void;
}

interface Teardown {
  teardown(handler: () => Promise<void>): unknown;
}

/** Makes and starts a server: of Debian's PostgreSQL 15 where that is installed, else of the embedded one. */
export async function startPostgresServer(t: Teardown): Promise<PostgresServer> {
  const dir = await mkdtemp(join(tmpdir(), 'latchkey-postgres-'));
  await chmod(dir, 0o755);
  const user = await findPostgresUser();
  if (user !== undefined) await chown(dir, user.uid, user.gid);
  const binaries = existsSync(DEBIAN_POSTGRES)
    ? { nativeDir: DEBIAN_POSTGRES, version: '15', majorVersion: 15 }
    : await makeReachable(await findPostgresBinaries(), { dataDir: dir, user });
  const clusterDir = join(dir, 'postgres');
  await makeCluster(join(binaries.nativeDir, 'bin', 'initdb'), clusterDir, user);
  const port = await findFreePort();
  const settings = { binaries, user, clusterDir, logPath: join(dir, 'log'), isDurable: true };
  const frozen: number[] = [];

  const server: PostgresServer = {
    databaseUrl: `postgres://latchkey@127.0.0.1:${port}/postgres`,
    async start() {
      await startPostmaster(settings, port);
    },
    async stop(signal) {
      const pid = await readServerPid(dir);
      const family = [pid, ...(await listChildren(pid))];
      process.kill(pid, signal);
      // The children of a killed server notice that it is gone, and hold its memory until then.
      for (const member of family) await until(async () => !(await isRunning(member)));
    },
    async freeze() {
      const pid = await readServerPid(dir);
      // The server first: it has no further children then.
      hold(pid, frozen);
      for (const child of await listChildren(pid)) hold(child, frozen);
    },
    thaw() {
      for (const member of frozen.splice(0)) send(member, 'SIGCONT');
    },
  };
  t.teardown(async () => {
    server.thaw();
    await server.stop('SIGQUIT').catch(() => undefined);
    await rm(dir, { recursive: true, force: true, maxRetries: 10 });
  });
  await server.start();
  return server;
}

async function makeCluster(initdb: string, clusterDir: string, user: SystemUser | undefined): Promise<void> {
  const options = ['--username', 'latchkey', '--auth', 'trust', '--encoding', 'UTF8', '--locale', 'C', '--no-sync'];
  const { code, stderr } = await runCommand(initdb, ['--pgdata', clusterDir, ...options], user);
  if (code !== 0) throw new Error(stderr);
}
