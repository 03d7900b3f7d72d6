import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import type { Shell } from '../../src/cli/command-line.ts';
import { runCommandLine } from '../../src/cli/program.ts';
import { waitFor } from '../../src/embedded/embedded-process.ts';
import { endWithProcess } from './children.ts';
import { briefFlags } from './node-flags.ts';
import { makeMasterKey } from './service-process.ts';
import { buildService } from './service-build.ts';
import { createEmptyDatabase, createTestDatabase } from './test-database.ts';

const DEADLINE_MS = 90_000;

/** How a command ended, and all it wrote. */
export interface Ended {
  code: number | NodeJS.Signals;
  stdout: string;
  stderr: string;
}

/** A command as a process. */
export interface CommandProcess {
  pid: number;
  stdout: () => string;
  stderr: () => string;
  write: (text: string) => void;
  kill: (signal: NodeJS.Signals) => void;
  isRunning: () => boolean;
  /** Waits until standard output holds what is looked for. */
  shows: (text: RegExp) => Promise<void>;
  ended: () => Promise<Ended>;
}

export interface CommandOptions {
  /** All of the environment but `PATH`. */
  env?: Record<string, string>;
  /** What it finds on standard input, which ends then. Default: nothing. */
  input?: string;
  cwd?: string;
}

/** Starts `latchkey` as it is installed. */
export async function startCommand(args: readonly string[], options: CommandOptions = {}): Promise<CommandProcess> {
  const cli = join(dirname(await buildService()), 'cli.js');
  const { input = '', ...rest } = options;
  const started = launch([process.execPath, ...briefFlags, cli, ...args], rest);
  started.child.stdin.end(input);
  return started.command;
}

/** Starts `latchkey` on a terminal of its own: what it writes there comes out of standard output. */
export async function startOnTerminal(
  args: readonly string[],
  options: Omit<CommandOptions, 'input'> = {},
): Promise<CommandProcess> {
  const cli = join(dirname(await buildService()), 'cli.js');
  const line = [process.execPath, ...briefFlags, cli, ...args].map((word) => `'${word}'`).join(' ');
  return launch(['script', '--quiet', '--return', '--command', line, '/dev/null'], options).command;
}

/** Runs `latchkey` to its end, as it is installed. */
export async function runInstalled(args: readonly string[], options: CommandOptions = {}): Promise<Ended> {
  return (await startCommand(args, options)).ended();
}

/**
 * Runs the command line to its end in this process, for what does not depend on the process: starting one takes longer
 * than most commands. It has no terminal, and reads what follows from `env` alone.
 */
export async function runCommand(
  args: readonly string[],
  { env = {}, input = '' }: Pick<CommandOptions, 'env' | 'input'> = {},
): Promise<Ended> {
  const written = { stdout: '', stderr: '' };
  const code = await runCommandLine(args, env, {
    stdin: Readable.from([Buffer.from(input)], { objectMode: false }),
    stdout: collect((text) => (written.stdout += text)),
    stderr: collect((text) => (written.stderr += text)),
  });
  return { code, ...written };
}

/** What a command gets that is called by its function. */
export function makeShell(env: Shell['env']): Shell {
  const { stdin, stderr } = process;
  return { env, unread: {}, stdin, stderr, signal: new AbortController().signal };
}

function collect(take: (text: string) => void): Writable {
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      take(chunk.toString());
      done();
    },
  });
}

/** How a command ended that was asked for JSON. */
export interface Answered<Document> extends Omit<Ended, 'stdout'> {
  document: Document;
}

/** Runs it with `--json`. @throws when standard output holds anything but one JSON document */
export async function runForJson<Document>(
  args: readonly string[],
  options: CommandOptions = {},
): Promise<Answered<Document>> {
  const { code, stdout, stderr } = await runCommand([...args, '--json'], options);
  if (!stdout.startsWith('{')) throw new Error(`no JSON document but ${stdout} ${stderr}`);
  return { code, stderr, document: JSON.parse(stdout) as Document };
}

function launch(words: string[], { env = {}, cwd = '/' }: CommandOptions) {
  // Through env: tap would have its children load all that it needs itself, which takes longer than most commands.
  const variables = Object.entries({ PATH: String(process.env.PATH), ...env }).map(
    ([name, value]) => `${name}=${value}`,
  );
  const child = spawn('env', ['-i', ...variables, ...words], { cwd, stdio: 'pipe' });
  endWithProcess(child);
  // The command may not read it.
  child.stdin.on('error', () => undefined);
  const written = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].on('data', (chunk: Buffer) => {
      written[name] += chunk.toString();
    });
  }
  const closed = once(child, 'close');
  const command: CommandProcess = {
    pid: child.pid!,
    stdout: () => written.stdout,
    stderr: () => written.stderr,
    write(text) {
      child.stdin.write(text);
    },
    kill(signal) {
      child.kill(signal);
    },
    isRunning: () => !hasEnded(child),
    async shows(text) {
      const isShown = await waitFor(async () => (text.test(written.stdout) ? true : undefined), DEADLINE_MS);
      if (isShown !== true) throw new Error(`the command does not show ${String(text)}: ${JSON.stringify(written)}`);
    },
    async ended() {
      const isEnded = await waitFor(async () => (hasEnded(child) ? true : undefined), DEADLINE_MS);
      if (isEnded !== true) throw new Error(`the command does not end: ${JSON.stringify(written)}`);
      await closed;
      return { code: (child.exitCode ?? child.signalCode)!, ...written };
    },
  };
  return { child, command };
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

interface Teardown {
  teardown(handler: () => Promise<void>): unknown;
}

/** The settings of a deployment that has never been started, with a migrated database of its own, dropped with the test. */
export async function makeDeployment(t: Teardown, { isEmpty = false } = {}) {
  const { databaseUrl, drop } = await (isEmpty ? createEmptyDatabase() : createTestDatabase());
  t.teardown(drop);
  return { DATABASE_URL: databaseUrl, LATCHKEY_MASTER_KEY: makeMasterKey(), LOG_LEVEL: 'error' };
}
