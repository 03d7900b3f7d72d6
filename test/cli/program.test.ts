import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { runCommand, runInstalled } from '../support/command-line.ts';
import { readLoaded } from '../support/loaded-modules.ts';

const root = join(import.meta.dirname, '..', '..');
const commands = [
  'serve',
  'migrate',
  'create-owner',
  'reset-second-factor',
  'rotate-signing-key',
  'rotate-master-key',
  'after-restore',
  'verify-audit',
  'permissions',
  'seed',
  'config',
  'doctor',
];

void t.test('help names every command and every command has its own, on standard output', async (t) => {
  const overview = await runInstalled(['--help']);
  t.equal(overview.code, 0);
  t.equal(overview.stderr, '');
  t.same(
    [...overview.stdout.matchAll(/^ {2}([a-z-]+)(?: \[options\])?(?: <email>)? {2,}[a-z]/gm)].map(([, name]) => name),
    commands,
  );
  for (const name of commands) {
    const { code, stdout, stderr } = await runCommand([name, '--help']);
    t.same({ code, stderr }, { code: 0, stderr: '' });
    t.match(stdout, new RegExp(`^Usage: latchkey ${name} `));
    t.equal(/^ {2}--json /m.test(stdout), name !== 'serve', `${name} --json`);
  }
});

void t.test('the README lists every command', async (t) => {
  const section = (await readFile(join(root, 'README.md'), 'utf8')).split('\n## Command line\n')[1]?.split('\n## ')[0];
  t.same(
    [...(section ?? '').matchAll(/^\| `([a-z-]+)/gm)].map(([, name]) => name),
    commands,
  );
});

void t.test('a wrong call is one sentence on standard error and exit code 2', async (t) => {
  const calls: [args: string[], sentence: RegExp][] = [
    [[], /^Usage: latchkey /],
    [['nonsense'], /^error: unknown command 'nonsense'\n/],
    [['config', '--colour'], /^error: unknown option '--colour'\n/],
    [['doctor', 'everything'], /^error: too many arguments for 'doctor'/],
    [['create-owner'], /^error: missing required argument 'email'\n/],
    [
      ['create-owner', 'a@b.example', '--generate-password', '--password-stdin'],
      /^error: option '--generate-password' cannot be used with option '--password-stdin'\n/,
    ],
    [['seed', '--secrets-file', 'x'], /^error: required option '--organizations <n>' not specified\n/],
    [
      ['seed', '--secrets-file', 'x', '--organizations', 'many'],
      /^error: option '--organizations <n>' argument 'many' is invalid\. It must be a whole number from 1 to 100000\.\n/,
    ],
  ];
  for (const [args, sentence] of calls) {
    const { code, stdout, stderr } = await (args.length === 0 ? runInstalled : runCommand)(args);
    t.equal(code, 2, args.join(' '));
    t.equal(stdout, '');
    t.match(stderr, sentence);
  }
});

void t.test('the version is that of the release', async (t) => {
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
  t.same(await runInstalled(['--version']), { code: 0, stdout: `${version}\n`, stderr: '' });
});

void t.test('the version and the help come at once: nothing that only a command needs is loaded', async (t) => {
  const dir = await mkdtemp(join(tmpdir(), 'latchkey-loaded-'));
  t.teardown(() => rm(dir, { recursive: true }));
  for (const option of ['--version', '--help']) {
    t.equal((await runInstalled([option], { env: { NODE_V8_COVERAGE: dir } })).code, 0);
  }
  const loaded = await readLoaded(dir);
  t.ok(loaded.includes('src/cli/commands.ts'));
  t.same(
    loaded.filter((module) => /^\/src\/cli\/.*-command\.ts$|\/node_modules\/(?!commander\/)/.test(`/${module}`)),
    [],
  );
});

void t.test(
  'wrong settings are named all at once by every command that needs them, and none is repeated',
  async (t) => {
    const env = { PORT: 'seventy', DATABASE_URL: 'mysql://root:hunter2@db/x', LATCHKEY_MASTER_KEY: 'hunter2' };
    const calls = [
      ['serve'],
      ['migrate'],
      ['create-owner', 'a@b.example', '--generate-password'],
      ['rotate-signing-key'],
      ['rotate-master-key'],
      ['seed', '--organizations', '1', '--secrets-file', '/tmp/never-made'],
      ['config', '--json'],
    ];
    for (const args of calls) {
      const { code, stdout, stderr } = await (args[0] === 'serve' ? runInstalled : runCommand)(args, { env });
      t.equal(code, 1, args.join(' '));
      for (const name of Object.keys(env)) t.match(stderr, new RegExp(`^- ${name} must be `, 'm'));
      t.notMatch(stdout + stderr, 'hunter2');
      t.notMatch(stderr, /^ {4}at /m);
    }
  },
);

void t.test('a database that is away or refuses the password is one sentence, without the password', async (t) => {
  const env = { LATCHKEY_MASTER_KEY: Buffer.alloc(32).toString('base64'), LOG_LEVEL: 'error' };
  for (const args of [['migrate'], ['rotate-signing-key'], ['create-owner', 'a@b.example', '--generate-password']]) {
    const { code, stdout, stderr } = await runCommand(args, {
      env: { ...env, DATABASE_URL: 'postgres://someone:hunter2@127.0.0.1:1/none' },
    });
    t.same({ code, stdout }, { code: 1, stdout: '' });
    t.match(stderr, /^The database cannot be reached \(connect ECONNREFUSED[^\n]*check DATABASE_URL and the server\n$/);
    t.notMatch(stderr, 'hunter2');
  }
});
