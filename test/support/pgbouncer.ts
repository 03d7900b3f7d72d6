import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SystemUser } from '../../src/embedded/embedded-process.ts';
import { findPostgresUser } from '../../src/embedded/embedded-system-user.ts';
import { query, until } from './embedded-service.ts';
import { readOperations, withoutProgram } from './operations-page.ts';
import { findFreePort } from './free-port.ts';

const PGBOUNCER = '/usr/sbin/pgbouncer';

/** Why a test cannot have it; false where it can. */
export const withoutPgbouncer = withoutProgram(PGBOUNCER, 'apt-get install pgbouncer');

interface Teardown {
  teardown(handler: () => Promise<void>): unknown;
}

/** A running PgBouncer. */
export interface Pgbouncer {
  /** The URL of the database behind it. */
  databaseUrl: string;
  /** Kills it and starts it again on the same port. */
  restart: () => Promise<void>;
}

/**
 * Runs PgBouncer with the settings of `docs/operations.md` in front of a server, with fewer connections than anybody who
 * comes would like to have.
 * `hasConnectQuery: false` leaves out what they do to its own connections.
 * @returns the URL of the database behind it
 */
export async function startPgbouncer(
  t: Teardown,
  server: { databaseUrl: string },
  options: { hasConnectQuery?: boolean } = {},
): Promise<string> {
  return (await runPgbouncer(t, server, options)).databaseUrl;
}

/**
 * The same, to be restarted at will. `isTurning: true` gives each transaction to another of its connections in turn, and keeps
 * none for long.
 */
export async function runPgbouncer(
  t: Teardown,
  { databaseUrl }: { databaseUrl: string },
  { hasConnectQuery = true, isTurning = false } = {},
): Promise<Pgbouncer> {
  const dir = await mkdtemp(join(tmpdir(), 'latchkey-pgbouncer-'));
  await chmod(dir, 0o755);
  const user = await findPostgresUser();
  if (user !== undefined) await chown(dir, user.uid, user.gid);
  const server = new URL(databaseUrl);
  const port = await findFreePort();
  const settings = (await readOperations('pgbouncer'))
    .replace('host=postgres.internal port=5432', `host=${server.hostname} port=${server.port}`)
    .replace('dbname=latchkey', `dbname=${server.pathname.slice(1)}`)
    .replace(/ connect_query='[^']*'/, (given) => (hasConnectQuery ? given : ''));
  await writeFile(join(dir, 'users.txt'), `"${server.username}" ""\n`);
  await writeFile(
    join(dir, 'pgbouncer.ini'),
    [
      settings,
      `listen_addr = 127.0.0.1`,
      `listen_port = ${port}`,
      `unix_socket_dir =`,
      `auth_type = trust`,
      `auth_file = ${dir}/users.txt`,
      `default_pool_size = 3`,
      ...(isTurning ? ['server_round_robin = 1', 'server_lifetime = 1'] : []),
    ].join('\n'),
  );
  const url = `postgres://${server.username}@127.0.0.1:${port}/latchkey`;
  let kill: () => Promise<unknown> = () => Promise.resolve();
  const launch = async () => {
    const launched = launchPgbouncer(join(dir, 'pgbouncer.ini'), url, user);
    kill = launched.kill;
    await launched.answers();
  };
  t.teardown(async () => {
    await kill();
    await rm(dir, { recursive: true });
  });
  await launch();
  return {
    databaseUrl: url,
    async restart() {
      await kill();
      await launch();
    },
  };
}

function launchPgbouncer(ini: string, url: string, user: SystemUser | undefined) {
  const child = spawn(PGBOUNCER, ['--quiet', ini], {
    stdio: ['ignore', 'ignore', 'pipe'],
    ...(user === undefined ? {} : { uid: user.uid, gid: user.gid }),
  });
  const ended = once(child, 'close');
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  return {
    kill: () => {
      child.kill('SIGKILL');
      return ended;
    },
    answers: () =>
      until(async () => {
        if (child.exitCode !== null) throw new Error(`PgBouncer did not start: ${said}`);
        return query(url, 'select 1').then(
          () => true,
          () => false,
        );
      }),
  };
}
