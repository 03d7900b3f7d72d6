import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import pg from 'pg';
import t from 'tap';
import { inspectMigrations, migrateDatabase, requireServerVersion } from '../../src/db/migrate.ts';
import { runInstalled } from '../support/command-line.ts';
import { run } from '../support/embedded-service.ts';
import { addMigration, copyMigrations, migrations, readJournal, writeJournal } from '../support/migrations.ts';
import { createEmptyDatabase } from '../support/test-database.ts';

const checkout = join(import.meta.dirname, '..', '..');

interface Teardown {
  teardown(handler: () => Promise<void>): unknown;
}

void t.test('an empty database gets the whole schema, and a second run changes nothing', async (t) => {
  const { databaseUrl, client } = await connectToEmpty(t);
  const told: string[] = [];
  const log = { info: (message: string) => told.push(message) };
  const { entries } = await readJournal(migrations);
  t.same(await migrateDatabase(databaseUrl, { log }), { applied: entries.length });
  t.same(told, [`Applying ${entries.length} of ${entries.length} migrations`]);
  const schema = await describeDatabase(client);
  t.match(schema, /table users/);
  t.match(schema, /trigger api_clients__immutable/);

  t.same(await migrateDatabase(databaseUrl, { log }), { applied: 0 });
  t.equal(told.length, 1);
  t.equal(await describeDatabase(client), schema);
});

void t.test('an inspection counts what is applied and what is not, and writes nothing', async (t) => {
  const { databaseUrl, client } = await connectToEmpty(t);
  const { entries } = await readJournal(migrations);
  t.same(await inspectMigrations(client), { applied: 0, pending: entries.length });
  t.equal(await describeDatabase(client), '');
  await migrateDatabase(databaseUrl);
  t.same(await inspectMigrations(client), { applied: entries.length, pending: 0 });
  await client.query(`insert into drizzle.__drizzle_migrations (hash, created_at) values ('x', 4102444800000)`);
  await t.rejects(inspectMigrations(client), { name: 'MigrationError', message: /run the newer release$/ });
});

void t.test('what is recorded as applied is what the files hold', async (t) => {
  const { databaseUrl, client } = await connectToEmpty(t);
  await migrateDatabase(databaseUrl);
  const { entries } = await readJournal(migrations);
  const files = await Promise.all(entries.map(({ tag }) => readFile(join(migrations, `${tag}.sql`))));
  const { rows } = await client.query('select hash, created_at from drizzle.__drizzle_migrations order by id');

  t.same(
    rows,
    entries.map(({ when }, index) => ({
      hash: createHash('sha256').update(files[index]!).digest('hex'),
      created_at: String(when),
    })),
  );
});

void t.test('ten processes that migrate one empty database all succeed, each migration applied once', async (t) => {
  const { databaseUrl, client } = await connectToEmpty(t);
  const { entries } = await readJournal(migrations);
  const runs = await Promise.all(Array.from({ length: 10 }, () => migrateInProcess(databaseUrl)));

  t.same(
    runs.map(({ code }) => code),
    Array.from({ length: 10 }, () => 0),
  );
  t.same(runs.map(({ output }) => output).sort(), [
    ...Array.from({ length: 9 }, () => 'The schema is up to date\n'),
    `The schema is up to date: ${entries.length} migrations applied\n`,
  ]);
  const { rows } = await client.query('select count(*)::int from drizzle.__drizzle_migrations');
  t.same(rows, [{ count: entries.length }]);
});

void t.test('the journal rises strictly and names every file', async (t) => {
  const { entries } = await readJournal(migrations);
  t.same(
    entries.map(({ idx }) => idx),
    [...entries.keys()],
  );
  for (const [index, { when }] of entries.entries()) t.ok(when > (entries[index - 1]?.when ?? 0));
  const files = (await readdir(migrations)).filter((name) => name.endsWith('.sql')).sort();
  t.same(
    entries.map(({ tag }) => `${tag}.sql`),
    files,
  );
});

void t.test('the migrations are consistent, and the tables ask for no further one', async (t) => {
  const copy = await copyMigrations(t);
  const drizzleKit = async (...args: string[]) => {
    const cli = join(checkout, 'node_modules', 'drizzle-kit', 'bin.cjs');
    return (
      await run(process.execPath, [cli, ...args, '--dialect=postgresql', `--out=${relative(checkout, copy)}`], {
        cwd: checkout,
      })
    ).stdout;
  };
  t.match(await drizzleKit('check'), /Everything's fine/);
  t.match(await drizzleKit('generate', '--schema=./src/db/tables/*.ts'), /No schema changes/);
  t.same(await readdir(copy), await readdir(migrations));
});

void t.test('a database that a newer release migrated is refused, and nothing is written', async (t) => {
  const { databaseUrl, client } = await connectToEmpty(t);
  const newer = await copyMigrations(t);
  const { entries } = await readJournal(migrations);
  await addMigration(newer, { when: entries.at(-1)!.when + 1, sql: 'create table later (id int);' });
  await migrateDatabase(databaseUrl, { migrationsFolder: newer });

  await refusesUntouched(
    t,
    { databaseUrl, client },
    {
      pattern: /migrated by another release.*does not know; run the newer release$/,
    },
  );
});

void t.test('an applied migration that was edited is refused, and nothing is written', async (t) => {
  const { databaseUrl, client } = await connectToEmpty(t);
  await migrateDatabase(databaseUrl);
  const edited = await copyMigrations(t);
  const { entries } = await readJournal(edited);
  const path = join(edited, `${entries[0]!.tag}.sql`);
  await writeFile(path, `${await readFile(path, 'utf8')}\n-- edited`);
  await addMigration(edited, { when: entries.at(-1)!.when + 1, sql: 'create table later (id int);' });

  await refusesUntouched(
    t,
    { databaseUrl, client },
    {
      migrationsFolder: edited,
      pattern: /^Migration 0000_\w+ was changed after this database had applied it/,
    },
  );
});

void t.test('a migration that would be skipped is refused, and nothing is written', async (t) => {
  const { databaseUrl, client } = await connectToEmpty(t);
  const { entries } = await readJournal(migrations);
  // One that needs none of those between.
  const [first, last] = [entries[0]!, entries[2]!];
  const between = await copyMigrations(t);
  await writeJournal(between, [first, { ...last, idx: 1 }]);
  await migrateDatabase(databaseUrl, { migrationsFolder: between });
  await writeFile(join(between, '0001_merged_late.sql'), 'create table late (id int);');
  await writeJournal(between, [first, { ...first, idx: 1, tag: '0001_merged_late', when: first.when + 1 }, last]);

  await refusesUntouched(
    t,
    { databaseUrl, client },
    {
      migrationsFolder: between,
      pattern: /^Migration 0001_merged_late is older than the last one this database applied/,
    },
  );
});

void t.test('a journal that does not rise is refused before the database is asked', async (t) => {
  const folder = await copyMigrations(t);
  const { entries } = await readJournal(folder);
  await addMigration(folder, { when: entries.at(-1)!.when, sql: 'select 1;' });

  await t.rejects(migrateDatabase('postgres://nobody@127.0.0.1:1/none', { migrationsFolder: folder }), {
    name: 'MigrationError',
    message: /^Migration \d{4}_added is stamped no later than \w+, so it would be skipped/,
  });
});

void t.test('a migration that fails leaves nothing of itself or of those before it', async (t) => {
  const { databaseUrl, client } = await connectToEmpty(t);
  const broken = await copyMigrations(t);
  const { entries } = await readJournal(broken);
  await addMigration(broken, { when: entries.at(-1)!.when + 1, sql: 'create table half (id int); select 1 / 0;' });

  await t.rejects(migrateDatabase(databaseUrl, { migrationsFolder: broken }), {
    name: 'MigrationError',
    message: 'A migration failed and all of them were undone: division by zero',
  });
  t.notMatch(await describeDatabase(client), /users|half/);
  t.same(await migrateDatabase(databaseUrl), { applied: entries.length });
});

void t.test('a process that waits for another one gives up with a reason', async (t) => {
  const { databaseUrl, client } = await connectToEmpty(t);
  await client.query('select pg_advisory_lock($1)', [BigInt('0x6c617463686b6579')]);

  await t.rejects(migrateDatabase(databaseUrl, { lockTimeoutMs: 50 }), {
    name: 'MigrationError',
    message: /^Another process has been migrating this database for 0.05 s/,
  });
  t.equal(await describeDatabase(client), '');
});

void t.test('a table in use holds up a migration, and nobody else who reads it', async (t) => {
  const { databaseUrl, client } = await connectToEmpty(t);
  await client.query('create table used (id int)');
  const folder = await copyMigrations(t);
  const { entries } = await readJournal(folder);
  await addMigration(folder, { when: entries.at(-1)!.when + 1, sql: 'alter table used add column more int;' });
  await client.query('begin');
  await client.query('lock table used in access share mode');
  const migrating = migrateDatabase(databaseUrl, { migrationsFolder: folder });

  const reader = new pg.Client({ connectionString: databaseUrl, statement_timeout: 20_000 });
  await reader.connect();
  t.teardown(() => reader.end());
  for (let waiting = 0; waiting === 0;) {
    const { rows } = await reader.query<{ count: number }>(
      `select count(*)::int from pg_locks join pg_database d on d.oid = database where datname = current_database() and not granted and relation = 'used'::regclass`,
    );
    waiting = rows[0]?.count ?? 0;
  }
  await reader.query('select from used');
  t.pass('the reader was answered while the table was still in use');
  await client.query('commit');
  t.same(await migrating, { applied: entries.length + 1 });
});

void t.test('a migration that Postgres undid for the sake of another transaction is run again', async (t) => {
  const { databaseUrl, client } = await connectToEmpty(t);
  await client.query('create sequence runs');
  const folder = await copyMigrations(t);
  const { entries } = await readJournal(folder);
  const sql = `do $$ begin if nextval('runs') = 1 then raise exception using errcode = '40P01'; end if; end $$;`;
  await addMigration(folder, { when: entries.at(-1)!.when + 1, sql });
  t.same(await migrateDatabase(databaseUrl, { migrationsFolder: folder }), { applied: entries.length + 1 });
});

void t.test('a server older than Postgres 15 is refused', async (t) => {
  t.throws(
    () => {
      requireServerVersion(140_013);
    },
    { name: 'MigrationError', message: /^The database server is Postgres 14, and 15 or newer is needed/ },
  );
  requireServerVersion(150_000);
  requireServerVersion(180_004);
});

void t.test('the command ends with one clear line and an exit code', async (t) => {
  const { databaseUrl } = await connectToEmpty(t);
  t.match(await migrateInProcess(databaseUrl), {
    code: 0,
    output: /^The schema is up to date: \d+ migrations applied\n$/,
  });
  t.match(await migrateInProcess(databaseUrl), { code: 0, output: 'The schema is up to date\n' });
  t.same(await migrateInProcess('postgres://someone:hidden@127.0.0.1:1/none'), {
    code: 1,
    output: 'The database cannot be reached (connect ECONNREFUSED 127.0.0.1:1): check DATABASE_URL and the server\n',
  });
});

async function connectToEmpty(t: Teardown): Promise<{ databaseUrl: string; client: pg.Client }> {
  const { databaseUrl, drop } = await createEmptyDatabase();
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  t.teardown(async () => {
    await client.end();
    await drop();
  });
  return { databaseUrl, client };
}

async function refusesUntouched(
  t: Pick<typeof import('tap').default, 'rejects' | 'equal'>,
  { databaseUrl, client }: { databaseUrl: string; client: pg.Client },
  { migrationsFolder = migrations, pattern }: { migrationsFolder?: string; pattern: RegExp },
): Promise<void> {
  const before = await describeDatabase(client);
  const refusal = { name: 'MigrationError', message: pattern };
  await t.rejects(migrateDatabase(databaseUrl, { migrationsFolder }), refusal);
  t.equal(await describeDatabase(client), before);
}

/** Every relation, trigger and recorded migration, one a line. */
async function describeDatabase(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ line: string }>(`
    select case relkind when 'r' then 'table ' else 'other ' end || relname as line from pg_class
      join pg_namespace n on n.oid = relnamespace where nspname in ('public', 'drizzle')
    union all select 'schema ' || nspname from pg_namespace where nspname = 'drizzle'
    union all select 'trigger ' || tgname from pg_trigger where not tgisinternal
    order by line`);
  const hasRecord = rows.some(({ line }) => line === 'table __drizzle_migrations');
  const record = hasRecord
    ? await client.query<{ line: string }>(`select m::text as line from drizzle.__drizzle_migrations m order by id`)
    : { rows: [] };
  return [...rows, ...record.rows].map(({ line }) => line).join('\n');
}

/** Runs the command to its end, as a process of its own. */
async function migrateInProcess(databaseUrl: string): Promise<{ code: unknown; output: string }> {
  const { code, stdout, stderr } = await runInstalled(['migrate'], { env: { DATABASE_URL: databaseUrl } });
  return { code, output: stdout + stderr };
}
