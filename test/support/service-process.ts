import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { stopAbandonedPostgres } from '../../src/embedded/embedded-postgres.ts';
import { waitFor } from '../../src/embedded/embedded-process.ts';
import { endWithProcess } from './children.ts';
import { silentLog } from './embedded-service.ts';
import { briefFlags } from './node-flags.ts';
import { buildService } from './service-build.ts';

const DEADLINE_MS = 180_000;
/** Far beyond what any answer may take: a request that is not answered at all fails its test. */
const ANSWER_DEADLINE_MS = 60_000;

/** One line of the service's log. */
export interface LogLine {
  level: string;
  msg: string;
  [name: string]: unknown;
}

/** The built service as a process. */
export interface Service {
  pid: number;
  /** All it has logged so far. */
  logs: LogLine[];
  /** Lines of its standard output that are no JSON. */
  strays: string[];
  /** All it has written to standard error so far. */
  stderr: () => string;
  /** Waits until it listens. @returns its origin */
  listening: () => Promise<string>;
  /** Waits until it has logged a message. */
  said: (message: RegExp) => Promise<LogLine>;
  /** Sends a signal. */
  kill: (signal: NodeJS.Signals) => void;
  /** Waits for its end. @returns the exit code, or the signal that killed it */
  ended: () => Promise<number | NodeJS.Signals>;
}

/** Where a test runs services and keeps their data. */
export interface ServicePlace {
  dir: string;
  /** A data dir in it, not yet there. */
  dataDir: string;
  /** @param built another build than that of the sources: the path of its `server.js` */
  launch: (env: Record<string, string>, built?: string) => Service;
}

interface Teardown {
  teardown(handler: () => Promise<void>): unknown;
}

/** Makes a place that every user can reach; all that runs there is ended, and it is removed, after the test. */
export async function makeServicePlace(t: Teardown): Promise<ServicePlace> {
  const entry = await buildService();
  const dir = await realpath(await mkdtemp(join(tmpdir(), 'latchkey-service-')));
  await chmod(dir, 0o755);
  const dataDir = join(dir, 'data');
  const children: ChildProcess[] = [];
  t.teardown(async () => {
    for (const child of children) {
      if (hasEnded(child)) continue;
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    await stopAbandonedPostgres({ dataDir, log: silentLog }).catch(() => undefined);
    await rm(dir, { recursive: true, force: true, maxRetries: 10 });
  });
  return {
    dir,
    dataDir,
    launch(env, built = entry) {
      const variables = {
        PATH: String(process.env.PATH),
        PORT: '0',
        LATCHKEY_DATA_DIR: dataDir,
        RATE_LIMIT_ENABLED: 'false',
        ...env,
      };
      // Through env, which becomes the service: tap would add its own loader, which takes as long as the start itself.
      const words = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
      const child = spawn('env', ['-i', ...words, process.execPath, ...briefFlags, built], {
        cwd: dir,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      children.push(child);
      endWithProcess(child);
      return watch(child);
    },
  };
}

function watch(child: ChildProcess & { stdout: NodeJS.ReadableStream; stderr: NodeJS.ReadableStream }): Service {
  const logs: LogLine[] = [];
  const strays: string[] = [];
  let stderr = '';
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line.startsWith('{')) logs.push(JSON.parse(line) as LogLine);
    else strays.push(line);
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const closed = once(child, 'close');
  const said: Service['said'] = async (message) => {
    const found = await waitFor(async () => {
      const line = logs.find(({ msg }) => message.test(msg));
      return line ?? (hasEnded(child) ? null : undefined);
    }, DEADLINE_MS);
    if (found) return found;
    throw new Error(`the service did not say ${String(message)} but ${JSON.stringify(logs)} ${stderr}`);
  };
  return {
    pid: child.pid!,
    logs,
    strays,
    stderr: () => stderr,
    said,
    async listening() {
      const { msg } = await said(LISTENING);
      return LISTENING.exec(msg)![1]!;
    },
    kill(signal) {
      child.kill(signal);
    },
    async ended() {
      const isEnded = await waitFor(async () => (hasEnded(child) ? true : undefined), DEADLINE_MS);
      if (isEnded !== true) throw new Error(`the service did not end: ${JSON.stringify(logs)} ${stderr}`);
      await closed;
      return (child.exitCode ?? child.signalCode)!;
    },
  };
}

export const LISTENING = /^Latchkey is listening on (http:\/\/[^ ]+)\. (?:Console: \S+ )?Swagger UI: /;

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

export function makeMasterKey(): string {
  return randomBytes(32).toString('base64');
}

/** An answer with its body read. */
export interface Answer<Body = unknown> {
  status: number;
  headers: Headers;
  body: Body;
}

export interface CallOptions {
  token?: string;
  apiKey?: string;
  body?: object;
  /** A body as forms have it, instead. */
  form?: Record<string, string>;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

/** Sends a request: a body or a form makes it a POST unless a method is named, as in `DELETE /path`. */
export async function call<Body>(origin: string, what: string, options: CallOptions = {}): Promise<Answer<Body>> {
  const { token, apiKey, body, form } = options;
  const [path = '', method = body === undefined && form === undefined ? 'GET' : 'POST'] = what.split(' ').reverse();
  const response = await fetch(`${origin}${path}`, {
    method,
    signal: options.signal ?? AbortSignal.timeout(ANSWER_DEADLINE_MS),
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(apiKey !== undefined && { 'x-api-key': apiKey }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...options.headers,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(form !== undefined && { body: new URLSearchParams(form) }),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') === true;
  return { status: response.status, headers: response.headers, body: (isJson ? JSON.parse(text) : text) as Body };
}
