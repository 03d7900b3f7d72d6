// Runs the suite and tells which files took longest: `--sql` only what proves each statement on the server of
// `DATABASE_URL`, `--sql --all` all that speaks SQL; `--jobs=2` in so many processes. Other options are tap's.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildService } from '../test/support/service-build.ts';
import { provesStatements, roomOf, speaksSql } from './server-tests.ts';

/** What takes longest is begun first, so that no process is left with it in the end. */
const LONGEST_FIRST = [
  'cluster',
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
/** How many processes run files at the same time: many of them wait for a process or a browser that they have started. */
const PROCESSES = 4;
/** What files load stays loaded: after so many bundles another process goes on. */
const BUNDLES_PER_PROCESS = 60;
/** Of such a process, in seconds: no file may take as long, which `test/support/run-files.ts` sees to. */
const TIMEOUT_SECONDS = 7_200;
const SLOWEST_SHOWN = 10;
const COSTLIEST_SHOWN = 25;

const repository = join(import.meta.dirname, '..');
const queueDir = join('.tap', 'queue');
const costsName = 'costs.txt';
const costsFile = join(queueDir, costsName);
const outputFile = join('.tap', 'output.tap');

process.chdir(repository);
const [own, ofTap] = [process.argv.slice(2).filter(isOwn), process.argv.slice(2).filter((option) => !isOwn(option))];
const isSqlOnly = own.includes('--sql');
const jobs = Number(own.find((option) => option.startsWith('--jobs='))?.split('=')[1] ?? PROCESSES);
const files = listFiles(isSqlOnly ? (own.includes('--all') ? speaksSql : provesStatements) : () => true);
const bundles = makeBundles(files);
// Once, and not by every process at the same time.
if (!isSqlOnly) await buildService();
const quickDir = execFileSync(process.execPath, [join('scripts', 'quick-dir.js')], { encoding: 'utf8' }).trim();
const { status } = spawnSync(
  process.execPath,
  [
    join('node_modules', '.bin', 'tap'),
    'run',
    ...ofTap,
    ...[`--output-file=${outputFile}`, `--jobs=${jobs}`, `--timeout=${TIMEOUT_SECONDS}`],
    ...writeQueue(bundles, Math.max(jobs, Math.ceil(bundles.length / BUNDLES_PER_PROCESS))),
  ],
  { stdio: 'inherit', env: { ...process.env, TMPDIR: quickDir } },
);
reportSlowest(readFileSync(outputFile, 'utf8'));
reportCosts(costsFile);
// A process that ends in the middle of a file fails by nothing else.
const ended = new Set(readCosts(costsFile).map(({ file }) => file));
const missing = files.filter((file) => !ended.has(file));
if (missing.length > 0) console.error(`No process came to the end of these files: ${missing.join(', ')}`);
process.exitCode = missing.length > 0 ? 1 : (status ?? 1);

function isOwn(option: string): boolean {
  return /^--(?:sql|all|jobs=.*)$/.test(option);
}

/** The test files that are wanted, in the order in which they are to be begun. */
function listFiles(isWanted: (file: string) => boolean): string[] {
  const all = readdirSync('test', { recursive: true, encoding: 'utf8' }).map((name) => join('test', name));
  return all
    .filter((file) => file.endsWith('.test.ts') && isWanted(file))
    .sort((a, b) => placeOf(a) - placeOf(b) || (a < b ? -1 : 1));
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
  const queue = { bundles, perProcess: BUNDLES_PER_PROCESS, costs: costsName };
  writeFileSync(join(queueDir, 'queue.json'), JSON.stringify(queue, null, 2));
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

/** A line for each file that came to its end. */
function readCosts(path: string): { seconds: number; file: string }[] {
  const lines = existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : [];
  return lines.map((line) => ({ seconds: Number.parseFloat(line), file: line.replace(/^\S+ /, '') }));
}

/** What a file costs says more than how long it took beside others. */
function reportCosts(path: string): void {
  const costs = readCosts(path);
  const all = costs.reduce((sum, { seconds }) => sum + seconds, 0);
  console.log(`Of ${all.toFixed(0)} seconds of CPU of the tests and what they start, most are of:`);
  for (const { file, seconds } of costs.sort((a, b) => b.seconds - a.seconds).slice(0, COSTLIEST_SHOWN)) {
    console.log(`${seconds.toFixed(1).padStart(6)} ${file}`);
  }
}
