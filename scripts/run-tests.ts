// Runs the suite, `--sql` only what speaks SQL, and tells which files took longest. Other options are tap's.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Folders whose files get a process each: they start the service, and wait for it most of their time. */
const ALONE = ['test', 'console', 'docker', 'embedded', 'image', 'server'];
/**
 * Folders that say nothing about the server of `DATABASE_URL`: pure rules, files of the repository, and what runs on a
 * Postgres of its own. What reaches the database through clients, gateways, parsers, commands and whole processes is
 * asked of it elsewhere: by the folders of what speaks SQL.
 */
const WITHOUT_SQL = [
  'test',
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
/** Neighbouring folders share a process until it has this many files, and so many at most: the longest one is waited for. */
const GROUP_FILES_MIN = 12;
const GROUP_FILES_MAX = 20;
const SLOWEST_SHOWN = 10;

const repository = join(import.meta.dirname, '..');
const groupsDir = join('.tap', 'groups');
const outputFile = join('.tap', 'output.tap');

interface Group {
  name: string;
  files: string[];
}

process.chdir(repository);
const options = process.argv.slice(2);
const isSqlOnly = options.includes('--sql');
const folders = listFolders(isSqlOnly ? { rooms: WITHOUT_SQL, files: FILES_WITHOUT_SQL } : { rooms: [], files: [] });
const alone = folders.filter(({ name }) => ALONE.includes(roomOf(name))).flatMap(({ files }) => files);
const groups = makeGroups(folders.filter(({ name }) => !ALONE.includes(roomOf(name))));
const tap = [join('node_modules', '.bin', 'tap'), 'run', `--output-file=${outputFile}`];
const { status } = spawnSync(
  process.execPath,
  [...tap, ...options.filter((option) => option !== '--sql'), ...writeGroups(groups), ...alone],
  { stdio: 'inherit' },
);
reportSlowest(readFileSync(outputFile, 'utf8'));
process.exitCode = status ?? 1;

/** The folders that hold test files, in order, without those that are skipped. */
function listFolders(skipped: { rooms: readonly string[]; files: readonly string[] }): Group[] {
  const byFolder = new Map<string, string[]>();
  for (const name of readdirSync('test', { recursive: true, encoding: 'utf8' }).sort()) {
    const file = join('test', name);
    if (!file.endsWith('.test.ts') || skipped.rooms.includes(roomOf(dirname(file))) || skipped.files.includes(file))
      continue;
    byFolder.set(dirname(file), [...(byFolder.get(dirname(file)) ?? []), file]);
  }
  return [...byFolder].map(([name, files]) => ({ name, files }));
}

/** `oauth` lies in `resources`; a file of `test` itself in `test`. */
function roomOf(folder: string): string {
  return folder.split('/')[1] ?? folder;
}

function makeGroups(folders: readonly Group[]): Group[] {
  const made: Group[] = [];
  for (const { name, files } of folders) {
    for (let first = 0; first < files.length; first += GROUP_FILES_MAX) {
      const part = files.slice(first, first + GROUP_FILES_MAX);
      const last = made.at(-1);
      const fits = last !== undefined && last.files.length < GROUP_FILES_MIN;
      if (fits && last.files.length + part.length <= GROUP_FILES_MAX) last.files.push(...part);
      else made.push({ name: first === 0 ? name : `${name}-${first / GROUP_FILES_MAX + 1}`, files: part });
    }
  }
  return made;
}

/** Makes a test file of each group. @returns their paths */
function writeGroups(groups: readonly Group[]): string[] {
  rmSync(groupsDir, { recursive: true, force: true });
  mkdirSync(groupsDir, { recursive: true });
  return groups.map(({ name, files }) => {
    const path = join(groupsDir, `${name.replaceAll('/', '-')}.ts`);
    const list = JSON.stringify(files, null, 2);
    writeFileSync(path, `import { runFiles } from '../../test/support/run-files.ts';\n\nrunFiles(${list});\n`);
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
