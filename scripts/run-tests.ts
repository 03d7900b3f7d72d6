// Runs the suite, `--sql` only what speaks SQL, and tells which files took longest. Other options are tap's.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { buildService } from '../test/support/service-build.ts';

/** What takes longest is begun first, so that no process is left with it in the end. */
const LONGEST_FIRST = [
  'console',
  'embedded',
  'server',
  'cli',
  'operations',
  'test',
  'security',
  'generated',
  'client',
  'gateway',
];
/** Files of these folders share what they start, and are run by few processes. */
const BUNDLES: Record<string, number> = { console: 2 };
/**
 * Folders that say nothing about the server of `DATABASE_URL`: pure rules, files of the repository, and what runs on a
 * Postgres of its own. What reaches the database through clients, gateways, parsers, commands and whole processes is
 * asked of it elsewhere: by the folders of what speaks SQL.
 */
const WITHOUT_SQL = [
  'test',
  'bench',
  'cli',
  'client',
  'console',
  'docker',
  'embedded',
  'gateway',
  'generated',
  'http',
  'image',
  'metrics',
  'operations',
  'plugins',
  'rules',
  'security',
  'server',
  'settings',
  'telemetry',
];
/** Files elsewhere that say nothing about it either: what is done before a statement is sent, or whatever it answers. */
const FILES_WITHOUT_SQL = [
  'identity/token-presentation',
  'identity/trusted-issuer',
  'mail/messages',
  'mail/plain-names',
  'mail/slow-server',
  'mail/transport',
  'master-key/master-key',
  'resources/accounts/no-oracle',
  'resources/accounts/rate-limits',
  'resources/accounts/refusals',
  'resources/api-clients/allowed-ips',
  'resources/oauth/client-authentication',
  'resources/oauth/metadata',
  'resources/oauth/real-clients',
  'resources/oauth/unavailable',
  'resources/verify/verify-overload',
  'resources/verify/verify-refusal-reason',
  'resources/verify/verify-refusals',
  'secrets/argon2-gate',
  'secrets/batched-reader',
  'secrets/comparer',
  'secrets/hasher',
  'secrets/match-memo',
  'secrets/pool-priority',
  'secrets/secret-format',
  'tokens/clocks',
  'tokens/jwks',
  'tokens/signing-thread',
  'tokens/token-claims',
  'tokens/token-forgery',
].map((name) => join('test', `${name}.test.ts`));
/** How many processes run files at the same time: many of them wait for a process or a browser that they have started. */
const PROCESSES = 4;
/** Of such a process, in seconds: no file may take as long, which `test/support/run-files.ts` sees to. */
const TIMEOUT_SECONDS = 7_200;
const SLOWEST_SHOWN = 10;

const repository = join(import.meta.dirname, '..');
const queueDir = join('.tap', 'queue');
const outputFile = join('.tap', 'output.tap');

process.chdir(repository);
const options = process.argv.slice(2);
const jobs = Number(options.find((option) => option.startsWith('--jobs='))?.split('=')[1] ?? PROCESSES);
const files = listFiles(
  options.includes('--sql') ? { rooms: WITHOUT_SQL, files: FILES_WITHOUT_SQL } : { rooms: [], files: [] },
);
// Once, and not by every process at the same time.
if (!options.includes('--sql')) await buildService();
const { status } = spawnSync(
  process.execPath,
  [
    join('node_modules', '.bin', 'tap'),
    'run',
    ...options.filter((option) => option !== '--sql'),
    ...[`--output-file=${outputFile}`, `--jobs=${jobs}`, `--timeout=${TIMEOUT_SECONDS}`],
    ...writeQueue(makeBundles(files), jobs),
  ],
  { stdio: 'inherit' },
);
reportSlowest(readFileSync(outputFile, 'utf8'));
process.exitCode = status ?? 1;

/** All test files but those that are skipped, in the order in which they are to be begun. */
function listFiles(skipped: { rooms: readonly string[]; files: readonly string[] }): string[] {
  const all = readdirSync('test', { recursive: true, encoding: 'utf8' }).map((name) => join('test', name));
  return all
    .filter(
      (file) => file.endsWith('.test.ts') && !skipped.rooms.includes(roomOf(file)) && !skipped.files.includes(file),
    )
    .sort((a, b) => placeOf(a) - placeOf(b) || (a < b ? -1 : 1));
}

/** `oauth` lies in `resources`; a file of `test` itself in `test`. */
function roomOf(file: string): string {
  return dirname(file).split('/')[1] ?? 'test';
}

function placeOf(file: string): number {
  const place = LONGEST_FIRST.indexOf(roomOf(file));
  return place === -1 ? LONGEST_FIRST.length : place;
}

/** What a process takes on at a time. */
function makeBundles(files: readonly string[]): string[][] {
  const made = new Map<string, string[]>();
  for (const [index, file] of files.entries()) {
    const count = BUNDLES[roomOf(file)];
    const name = count === undefined ? file : `${roomOf(file)} ${index % count}`;
    made.set(name, [...(made.get(name) ?? []), file]);
  }
  return [...made.values()];
}

/** Makes the queue, and a test file for each process that works on it. @returns their paths */
function writeQueue(bundles: readonly string[][], processes: number): string[] {
  rmSync(queueDir, { recursive: true, force: true });
  mkdirSync(queueDir, { recursive: true });
  writeFileSync(join(queueDir, 'bundles.json'), JSON.stringify(bundles, null, 2));
  return Array.from({ length: processes }, (_, index) => {
    const path = join(queueDir, `process-${index + 1}.ts`);
    const lines = [
      "import { runQueue } from '../../test/support/run-files.ts';",
      '',
      'await runQueue(import.meta.dirname);',
      '',
    ];
    writeFileSync(path, lines.join('\n'));
    return path;
  });
}

function reportSlowest(output: string): void {
  const ended = [...output.matchAll(/^ *(?:not )?ok \d+ - (test\/\S+\.test\.ts)\b.* # time=([\d.]+)(m?s)/gm)];
  const times = ended.map(([, file, time, unit]) => ({ file, seconds: Number(time) / (unit === 's' ? 1 : 1000) }));
  console.log('The slowest files, in seconds:');
  for (const { file, seconds } of times.sort((a, b) => b.seconds - a.seconds).slice(0, SLOWEST_SHOWN)) {
    console.log(`${seconds.toFixed(1).padStart(6)} ${file}`);
  }
}
