import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { briefFlags } from './node-flags.ts';
import { buildService } from './service-build.ts';

const page = join(import.meta.dirname, '..', '..', 'docs', 'operations.md');
const DEBIAN_BINARIES = '/usr/lib/postgresql/15/bin';
/** Debian keeps servers where not every user's PATH looks. */
export const SERVER_PATH = `${DEBIAN_BINARIES}:${process.env.PATH ?? ''}:/usr/sbin`;

/** Why a test cannot run here: only outside CI may one of Debian's programs be missing. */
export function withoutProgram(path: string, debianPackage: string): string | false {
  return existsSync(path) || process.env.CI !== undefined ? false : `${path} is not installed: ${debianPackage}`;
}

export const withoutPostgresTools = withoutProgram(`${DEBIAN_BINARIES}/pg_dump`, 'postgresql-15');

/** What stands in `docs/operations.md` between the markers of a name, without the fence around it. */
export async function readOperations(name: string): Promise<string> {
  const part = (await readFile(page, 'utf8')).split(`<!-- ${name} -->`)[1]?.split(`<!-- /${name} -->`)[0] ?? '';
  const block = /^```\w*\n(.*?)^```$/ms.exec(part)?.[1];
  if (block === undefined) throw new Error(`docs/operations.md has no block ${name}`);
  return block;
}

export interface RunOptions {
  env: Record<string, string>;
  /** An empty directory. */
  cwd: string;
}

/**
 * Runs the commands of a name from `docs/operations.md`, as they stand there.
 * @throws when one of them fails
 */
export async function runOperations(name: string, { env, cwd }: RunOptions): Promise<string> {
  const script = await readOperations(name);
  const PATH = `${await installCommand(cwd)}:${SERVER_PATH}`;
  const child = spawn('bash', ['-euo', 'pipefail', '-c', script], { cwd, env: { PATH, ...env } });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  if (code !== 0) throw new Error(`${script} ended with ${String(code)}: ${stderr}`);
  return stdout;
}

/** Puts `latchkey` where it is found, as an installation does. */
async function installCommand(dir: string): Promise<string> {
  const binDir = join(dir, 'bin');
  await mkdir(binDir, { recursive: true });
  const cli = join(dirname(await buildService()), 'cli.js');
  // As an operator runs it: not under the eyes of the coverage of the tests.
  await writeFile(
    join(binDir, 'latchkey'),
    `#!/bin/sh\nunset NODE_OPTIONS\nexec '${process.execPath}' ${briefFlags.join(' ')} '${cli}' "$@"\n`,
    { mode: 0o755 },
  );
  return binDir;
}
