import { randomBytes } from 'node:crypto';
import t from 'tap';
import { createPool } from '../../src/db/client.ts';
import { migrateDatabase } from '../../src/db/migrate.ts';
import { query } from '../support/embedded-service.ts';
import { createEmptyDatabase } from '../support/test-database.ts';
import { findTestServer, runAsAdmin } from '../support/test-server.ts';

interface Teardown {
  teardown(handler: () => Promise<void>): unknown;
}

const TABLES = `select table_schema as schema, count(*)::int as count from information_schema.tables
  where table_name in ('users', 'secrets', 'signing_keys') group by 1`;

const TRIGRAMS = `select indexdef from pg_indexes where indexname = 'api_clients__name_trigrams_idx'`;

/** An empty database, and a role that may do nothing there but log in. */
async function makeGuest(t: Teardown) {
  const { databaseUrl: adminUrl, drop } = await createEmptyDatabase();
  const role = `guest_${randomBytes(6).toString('hex')}`;
  const server = await findTestServer();
  await runAsAdmin(server, `create role ${role} login password 'guest'`);
  t.teardown(async () => {
    await drop();
    await runAsAdmin(server, `drop role ${role}`);
  });
  const url = new URL(adminUrl);
  url.username = role;
  url.password = 'guest';
  const name = url.pathname.slice(1);
  return { role, name, databaseUrl: url.href, run: (statement: string) => query(adminUrl, statement) };
}

void t.test('nothing that a role or a database has been given reaches a session of the service', async (t) => {
  const { role, name, databaseUrl, run } = await makeGuest(t);
  const settings = {
    search_path: 'elsewhere',
    datestyle: 'German, DMY',
    intervalstyle: 'sql_standard',
    timezone: 'Asia/Kolkata',
    bytea_output: 'escape',
    extra_float_digits: '-10',
    standard_conforming_strings: 'off',
    default_transaction_isolation: 'serializable',
    idle_session_timeout: '1h',
    client_min_messages: 'error',
    statement_timeout: '1h',
    lock_timeout: '1h',
  };
  await run(`create schema elsewhere; create schema ${role} authorization ${role}`);
  for (const [setting, value] of Object.entries(settings)) {
    await run(`alter role ${role} set ${setting} = '${value}'`);
    await run(`alter database ${name} set ${setting} = '${value}'`);
  }
  const pool = createPool({ databaseUrl, poolMax: 1 });
  t.teardown(() => pool.end());
  const shown: Record<string, unknown> = {};
  for (const setting of Object.keys(settings)) {
    const { rows } = await pool.query<Record<string, unknown>>(`select current_setting('${setting}') as value`);
    shown[setting] = rows[0]?.value;
  }
  t.same(shown, {
    search_path: 'public',
    datestyle: 'ISO, MDY',
    intervalstyle: 'postgres',
    timezone: 'UTC',
    bytea_output: 'hex',
    extra_float_digits: '1',
    standard_conforming_strings: 'on',
    default_transaction_isolation: 'read committed',
    idle_session_timeout: '0',
    client_min_messages: 'notice',
    statement_timeout: '10s',
    lock_timeout: '5s',
  });
});

void t.test('what a role is made to be, it is: that is how a password is changed', async (t) => {
  const { role, databaseUrl, run } = await makeGuest(t);
  const owner = `${role}_owner`;
  await run(`create role ${owner} role ${role}; alter role ${role} set role to ${owner}`);
  t.teardown(async () => {
    await runAsAdmin(await findTestServer(), `drop role ${owner}`);
  });
  const pool = createPool({ databaseUrl, poolMax: 1 });
  t.teardown(() => pool.end());
  t.match(await pool.query('select current_user as name'), { rows: [{ name: owner }] });
});

void t.test('the tables are in the schema public, though there is one with the name of the role', async (t) => {
  const { role, name, databaseUrl, run } = await makeGuest(t);
  await run(`grant create on database ${name} to ${role}; grant create on schema public to ${role}`);
  await run(`create schema ${role} authorization ${role}`);
  await migrateDatabase(databaseUrl);
  t.same(await run(TABLES), [{ schema: 'public', count: 3 }]);
});

void t.test(
  'a role that may create in the database gets trigrams for searches, and another one goes on without',
  async (t) => {
    const may = await makeGuest(t);
    await may.run(`grant create on database ${may.name} to ${may.role}; grant create on schema public to ${may.role}`);
    await migrateDatabase(may.databaseUrl);
    t.match(await may.run(TRIGRAMS), [{ indexdef: /USING gin \(name gin_trgm_ops\)$/ }]);

    const mayNot = await makeGuest(t);
    await mayNot.run(
      `create schema drizzle authorization ${mayNot.role}; grant create on schema public to ${mayNot.role}`,
    );
    await migrateDatabase(mayNot.databaseUrl);
    t.same(await mayNot.run(TRIGRAMS), []);
    t.same(await mayNot.run(TABLES), [{ schema: 'public', count: 3 }]);
  },
);

void t.test('trigrams that an administrator has made are used, in whatever schema they are', async (t) => {
  const { role, databaseUrl, run } = await makeGuest(t);
  await run(`create schema drizzle authorization ${role}; grant create on schema public to ${role}`);
  await run(`create schema "Tools"; grant usage on schema "Tools" to ${role}; create extension pg_trgm schema "Tools"`);
  await migrateDatabase(databaseUrl);
  t.match(await run(TRIGRAMS), [{ indexdef: /USING gin \(name "Tools"\.gin_trgm_ops\)$/ }]);
});

void t.test('a role that may create no schema migrates when the one for migrations is there', async (t) => {
  const { role, databaseUrl, run } = await makeGuest(t);
  await run(`create schema drizzle authorization ${role}; grant create on schema public to ${role}`);
  await migrateDatabase(databaseUrl);
  t.same(await run(TABLES), [{ schema: 'public', count: 3 }]);
  t.same(await migrateDatabase(databaseUrl), { applied: 0 });
});

void t.test('a role that lacks a right is told in one sentence which it needs, and nothing is left', async (t) => {
  const { role, name, databaseUrl, run } = await makeGuest(t);
  await t.rejects(migrateDatabase(databaseUrl), {
    name: 'MigrationError',
    message: /^A migration failed and all of them were undone: permission denied for database \w+\. The role needs: /,
  });
  await run(`grant create on database ${name} to ${role}`);
  await t.rejects(migrateDatabase(databaseUrl), {
    message: new RegExp(
      `permission denied for schema public. The role needs: grant create on database ${name} to ${role}; ` +
        `grant usage, create on schema public to ${role}; and the tables of the service have to be its own$`,
    ),
  });
  t.same(await run(`select to_regnamespace('drizzle') as schema`), [{ schema: null }]);
});

void t.test(
  'tables that an earlier release put into another schema are named, and not made a second time',
  async (t) => {
    const { role, name, databaseUrl, run } = await makeGuest(t);
    await run(`grant create on database ${name} to ${role}; grant create on schema public to ${role}`);
    await migrateDatabase(databaseUrl);
    await run(`create schema before; alter table signing_keys set schema before`);
    await t.rejects(migrateDatabase(databaseUrl), {
      message:
        'The tables of the service are in the schema before, and it works with those in public: ' +
        'move each with alter table before.… set schema public',
    });
  },
);

void t.test('a database that stores no UTF-8 is refused at the start, before anything is written', async (t) => {
  const server = await findTestServer();
  const name = `latin_${randomBytes(6).toString('hex')}`;
  await runAsAdmin(
    server,
    `create database ${name} template template0 encoding 'LATIN1' locale_provider libc locale 'C'`,
  );
  t.teardown(async () => {
    await runAsAdmin(server, `drop database ${name} with (force)`);
  });
  const url = new URL(server.adminUrl);
  url.pathname = `/${name}`;
  await t.rejects(migrateDatabase(url.href), {
    name: 'DatabaseStartError',
    message:
      /^The database cannot be used \(the server .* stores the database in LATIN1: make one with the encoding UTF8/,
  });
  t.same(await query(url.href, TABLES), []);
});
