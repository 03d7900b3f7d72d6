import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runBeside } from './children.ts';
import { query, until } from './embedded-service.ts';
import { findFreePort } from './free-port.ts';
import { withoutProgram } from './operations-page.ts';

const HAPROXY = '/usr/sbin/haproxy';

/** Why it cannot be had here; false where it can. */
export const withoutBalancer = withoutProgram(HAPROXY, 'apt-get install haproxy');

interface Teardown {
  teardown(handler: () => Promise<unknown>): unknown;
}

/**
 * Runs HAProxy in front of servers until the end of the test: it leads each connection to the next of them that takes any,
 * and knows nothing of what they have applied.
 * @returns the URL of the database behind it
 */
export async function startBalancer(
  t: Teardown,
  servers: readonly { port: number; directUrl: string }[],
): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'latchkey-balancer-'));
  t.teardown(() => rm(dir, { recursive: true, force: true }));
  const port = await findFreePort();
  const file = join(dir, 'haproxy.cfg');
  const places = servers.map((server) => `  server s${server.port} 127.0.0.1:${server.port} check`);
  await writeFile(file, `${settings(port)}\n${places.join('\n')}\n`);
  runBeside(t, { program: HAPROXY, args: ['-db', '-q', '-f', file] });
  const url = Object.assign(new URL(servers[0]!.directUrl), { port: String(port) }).href;
  await until(() =>
    query(url, 'select 1').then(
      () => true,
      () => false,
    ),
  );
  return url;
}

const settings = (port: number) => `defaults
  mode tcp
  option redispatch 1
  timeout connect 1s
  timeout client 1h
  timeout server 1h
listen replicas
  bind 127.0.0.1:${port}
  balance roundrobin
  default-server inter 200ms fall 2 rise 1 on-marked-down shutdown-sessions`;
