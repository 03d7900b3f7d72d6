import { existsSync } from 'node:fs';
import { appendFile, chmod, chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../../src/embedded/embedded-process.ts';
import { findPostgresUser } from '../../src/embedded/embedded-system-user.ts';
import type { SystemUser } from '../../src/embedded/embedded-process.ts';
import { findFreePort } from './postgres-server.ts';

const BIN = '/usr/lib/postgresql/15/bin';

/** Why the servers below cannot be started here; false where they can. */
export const withoutReplication = existsSync(join(BIN, 'pg_basebackup'))
  ? false
  : 'needs pg_basebackup of PostgreSQL 15 (apt-get install postgresql-15)';

interface Teardown {
  teardown(handler: () => Promise<void>): unknown;
}

/** One of two servers, each of which can be the primary or follow the other. */
export interface Replica {
  port: number;
  start: () => Promise<void>;
  stop: (mode: 'fast' | 'immediate') => Promise<void>;
  promote: () => Promise<void>;
  /** Makes a server that has been stopped follow another from its next start on. */
  follow: (primary: Replica) => Promise<void>;
}

/** Starts a primary and a standby that streams from it. Whoever wants answered writes to be on both has to set it. */
export async function startPair(t: Teardown): Promise<[primary: Replica, standby: Replica]> {
  const dir = await mkdtemp(join(tmpdir(), 'latchkey-replicas-'));
  await chmod(dir, 0o755);
  const user = await findPostgresUser();
  if (user !== undefined) await chown(dir, user.uid, user.gid);
  const primary = makeReplica({ dir: join(dir, 'one'), port: await findFreePort(), user });
  const standby = makeReplica({ dir: join(dir, 'two'), port: await findFreePort(), user });
  t.teardown(async () => {
    for (const replica of [primary, standby]) await replica.stop('immediate').catch(() => undefined);
    await rm(dir, { recursive: true, force: true, maxRetries: 10 });
  });
  const options = ['--username', 'latchkey', '--auth', 'trust', '--encoding', 'UTF8', '--locale', 'C', '--no-sync'];
  await runTool('initdb', ['--pgdata', join(dir, 'one'), ...options], user);
  await primary.start();
  const source = ['--host', '127.0.0.1', '--port', String(primary.port), '--username', 'latchkey'];
  await runTool(
    'pg_basebackup',
    [...source, '--pgdata', join(dir, 'two'), '--write-recovery-conf', '--checkpoint=fast'],
    user,
  );
  await standby.start();
  return [primary, standby];
}

function makeReplica({ dir, port, user }: { dir: string; port: number; user: SystemUser | undefined }): Replica {
  const settings = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=`;
  const control = (...args: string[]) => runTool('pg_ctl', ['--pgdata', dir, '--wait', ...args], user);
  return {
    port,
    start: () => control('start', '--log', `${dir}.log`, '--options', settings),
    stop: (mode) => control('stop', '--mode', mode),
    promote: () => control('promote'),
    async follow(primary) {
      await writeFile(join(dir, 'standby.signal'), '');
      await appendFile(
        join(dir, 'postgresql.auto.conf'),
        `primary_conninfo = 'host=127.0.0.1 port=${primary.port} user=latchkey'\n`,
      );
      if (user !== undefined) await chown(join(dir, 'standby.signal'), user.uid, user.gid);
    },
  };
}

async function runTool(tool: string, args: string[], user: SystemUser | undefined): Promise<void> {
  const { code, stdout, stderr } = await runCommand(join(BIN, tool), args, user);
  if (code !== 0) throw new Error(`${tool}: ${stdout} ${stderr}`);
}
