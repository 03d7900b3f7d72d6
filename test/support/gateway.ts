import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, request as httpRequest } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { connect, createServer as createTcpServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { build } from './build-app.ts';
import type { BuildOptions, TestApp } from './build-app.ts';
import { findFreePort } from './free-port.ts';

export const gatewayNames = ['nginx', 'caddy'] as const;
export type GatewayName = (typeof gatewayNames)[number];

const CONFIG_DIR = join(import.meta.dirname, '..', '..', 'docker', 'gateway');
const START_DEADLINE_MS = 60_000;
/** Far beyond every time limit of the configurations: an answer that never comes fails its test. */
const ANSWER_DEADLINE_MS = 60_000;
/** Debian keeps servers where not every user's PATH looks. */
const PATH = `${process.env.PATH ?? ''}:/usr/sbin`;

interface Teardown {
  teardown(handler: () => Promise<void>): unknown;
}

/** Options of a test that needs the program: skipped, with the reason, where it is missing, except in CI. */
export function needs(name: GatewayName): { skip?: string } {
  const isInstalled = spawnSync(name, [name === 'nginx' ? '-v' : 'version'], { env: { PATH } }).status === 0;
  const debianPackage = name === 'nginx' ? 'nginx-light' : 'caddy';
  return isInstalled || process.env.CI ? {} : { skip: `${name} is not installed (Debian: ${debianPackage})` };
}

/** What the protected upstream saw of a request. */
export interface SeenRequest {
  method: string;
  url: string;
  /** Names as they were sent, in lower case; a header that came twice is there twice. */
  headers: [name: string, value: string][];
  bodyLength: number;
}

interface Upstream {
  address: string;
  seen: SeenRequest[];
}

/** A server behind the gateway. It answers 200, or what `answer-with` asks for, and `from the upstream`. */
async function startUpstream(t: Teardown): Promise<Upstream> {
  const seen: SeenRequest[] = [];
  const server = createServer((request, response) => {
    const { method = '', url = '', rawHeaders } = request;
    const headers = rawHeaders.flatMap((name, i): SeenRequest['headers'] =>
      i % 2 === 0 ? [[name.toLowerCase(), rawHeaders[i + 1] ?? '']] : [],
    );
    let bodyLength = 0;
    request.on('data', (chunk: Buffer) => {
      bodyLength += chunk.length;
    });
    request.on('end', () => {
      seen.push({ method, url, headers, bodyLength });
      response.statusCode = Number(request.headers['answer-with'] ?? 200);
      response.end('from the upstream');
    });
  });
  const port = await listen(server);
  t.teardown(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  return { address: `127.0.0.1:${port}`, seen };
}

/** Builds Latchkey and lets it listen on a port of its own. */
export async function buildListening(t: Teardown, options: BuildOptions = {}): Promise<TestApp> {
  const test = await build(t, options);
  await test.app.listen({ host: '127.0.0.1', port: 0 });
  return test;
}

/** The way from the gateway to Latchkey: it can be watched, cut and held up. */
export interface Line {
  address: string;
  /** How many connections the gateway has made. */
  connections: () => number;
  /** All the gateway has sent. */
  sent: () => string;
  /** Refuses connections from now on. */
  cut: () => Promise<void>;
  /** Takes connections and requests, and lets no answer through until it is mended. */
  hold: () => void;
  mend: () => Promise<void>;
}

/** Lays a line to the address that an app listens on. */
async function startLine(t: Teardown, { app }: TestApp): Promise<Line> {
  const target = (app.server.address() as AddressInfo).port;
  const sockets = new Set<Socket>();
  let connections = 0;
  let sent = '';
  let isHeld = false;
  const server = createTcpServer((gateway) => {
    connections += 1;
    const latchkey = connect(target, '127.0.0.1');
    gateway.on('data', (chunk: Buffer) => {
      sent += chunk.toString('latin1');
      latchkey.write(chunk);
    });
    latchkey.on('data', (chunk: Buffer) => {
      if (!isHeld) gateway.write(chunk);
    });
    for (const [from, to] of [
      [gateway, latchkey],
      [latchkey, gateway],
    ] as const) {
      sockets.add(from);
      from.on('error', () => undefined);
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  });
  const port = await findFreePort();
  await listen(server, port);
  const cut = async () => {
    if (!server.listening) return;
    server.close();
    for (const socket of sockets) socket.destroy();
    await once(server, 'close');
  };
  t.teardown(cut);
  return {
    address: `127.0.0.1:${port}`,
    connections: () => connections,
    sent: () => sent,
    cut,
    hold() {
      isHeld = true;
    },
    async mend() {
      isHeld = false;
      if (!server.listening) await listen(server, port);
    },
  };
}

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface SendOptions {
  method?: string;
  /** Sent as they are written; a list makes a header of each value. */
  headers?: OutgoingHttpHeaders;
  body?: string | Buffer;
  /** The address of 127.0.0.0/8 that the caller has. */
  from?: string;
}

/** A gateway between its callers and an upstream, with a line to Latchkey. */
export interface Gateway {
  /** Sends a request whose target is exactly `target`, however odd, on a connection of its own. */
  send: (target: string, options?: SendOptions) => Promise<Answer>;
  line: Line;
  /** What has reached the upstream so far. */
  seen: SeenRequest[];
}

export interface GatewayOptions {
  name: GatewayName;
  /** The configuration, where it is not the one of `docker/gateway`. */
  config?: string;
}

/** Runs a gateway with its configuration of `docker/gateway`, in which only the addresses are replaced. */
export async function startGateway(t: Teardown, test: TestApp, { name, config }: GatewayOptions): Promise<Gateway> {
  const line = await startLine(t, test);
  const upstream = await startUpstream(t);
  const addresses = { latchkey: line.address, upstream: upstream.address };
  const dir = await mkdtemp(join(tmpdir(), `latchkey-${name}-`));
  t.teardown(async () => rm(dir, { recursive: true, force: true }));
  const prepare = name === 'nginx' ? prepareNginx : prepareCaddy;
  const port = await findFreePort();
  await run(t, await prepare(dir, config ?? (await readShippedConfig(name)), { ...addresses, port }), port);
  return { send: async (target, options) => send(port, target, options), line, seen: upstream.seen };
}

export interface Program {
  command: string;
  args: string[];
  env: Record<string, string>;
}

interface Addresses {
  /** Where the gateway listens. */
  port: number;
  latchkey: string;
  upstream: string;
}

/** The configuration of a gateway as it stands in `docker/gateway`. */
export async function readShippedConfig(name: GatewayName): Promise<string> {
  return readFile(join(CONFIG_DIR, name === 'nginx' ? 'nginx.conf' : 'Caddyfile'), 'utf8');
}

/** Server blocks within the least of a main configuration; all that nginx writes goes to a directory of its own. */
async function prepareNginx(dir: string, config: string, { port, latchkey, upstream }: Addresses): Promise<Program> {
  const serverBlocks = config
    .replaceAll('latchkey:3000', latchkey)
    .replaceAll('upstream:8080', upstream)
    .replaceAll('listen 8080;', `listen 127.0.0.1:${port};`);
  await writeFile(join(dir, 'server.conf'), serverBlocks);
  await mkdir(join(dir, 'temp'), { recursive: true });
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path ${dir}/temp/${kind};`,
  );
  const main = [
    'daemon off; master_process off;',
    `pid ${dir}/nginx.pid;`,
    'events { worker_connections 256; }',
    `http { access_log off; ${temporary.join(' ')} include ${dir}/server.conf; }`,
  ];
  await writeFile(join(dir, 'nginx.conf'), main.join('\n'));
  return { command: 'nginx', args: ['-p', dir, '-c', join(dir, 'nginx.conf'), '-e', 'stderr'], env: {} };
}

async function prepareCaddy(dir: string, config: string, { port, latchkey, upstream }: Addresses): Promise<Program> {
  await writeFile(join(dir, 'Caddyfile'), config);
  return {
    command: 'caddy',
    args: ['run', '--adapter', 'caddyfile', '--config', join(dir, 'Caddyfile')],
    env: {
      HOME: dir,
      XDG_CONFIG_HOME: dir,
      XDG_DATA_HOME: dir,
      GATEWAY_HOST: '127.0.0.1',
      GATEWAY_PORT: String(port),
      LATCHKEY_ADDRESS: latchkey,
      UPSTREAM_ADDRESS: upstream,
    },
  };
}

/**
 * Starts a program, waits until it listens, and ends it with the test.
 * @returns ends it before
 */
export async function run(t: Teardown, { command, args, env }: Program, port: number): Promise<() => Promise<void>> {
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'], env: { PATH, ...env } });
  const exited = once(child, 'exit').catch(() => undefined);
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  const hasEnded = () => child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
  const end = async () => {
    if (hasEnded()) return;
    child.kill('SIGKILL');
    await exited;
  };
  t.teardown(end);
  const deadline = Date.now() + START_DEADLINE_MS;
  while (!(await isListening(port))) {
    if (hasEnded() || Date.now() > deadline) throw new Error(`${command} did not start: ${said}`);
    await delay(20);
  }
  return end;
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function listen(server: Server, port = 0): Promise<number> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function send(port: number, target: string, options: SendOptions = {}): Promise<Answer> {
  const { method = 'GET', headers = {}, body, from: localAddress = '127.0.0.1' } = options;
  const request = httpRequest({ host: '127.0.0.1', localAddress, port, path: target, method, headers, agent: false });
  request.setTimeout(ANSWER_DEADLINE_MS, () => request.destroy(new Error(`no answer to ${method} ${target}`)));
  request.end(body);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return { status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks).toString() };
}
