import { randomUUID } from 'node:crypto';
import { getTableColumns } from 'drizzle-orm';
import { toSnakeCase } from 'drizzle-orm/casing';
import pg from 'pg';
import t from 'tap';
import { createStateQueries, stateChangeLeftovers } from '../../src/secrets/state-queries.ts';
import { deleteLeftoverBatch } from '../../src/db/leftovers.ts';
import { apiClients } from '../../src/db/tables/api-clients.ts';
import { secrets } from '../../src/db/tables/secrets.ts';
import { recordStatements } from '../support/statements.ts';
import { openTestDatabase } from '../support/test-database.ts';

const WRITERS = 20;
const CHANGES_EACH = 10;
const UNIQUE_VIOLATION = '23505';

const { databaseUrl, db } = await openTestDatabase(t, { poolMax: 2 });
const pool = new pg.Pool({ connectionString: databaseUrl, max: WRITERS + 1 });
pool.on('error', () => undefined);
t.teardown(async () => pool.end());

interface LogRow {
  number: string;
  nonce: string;
  keys: string[] | null;
}

async function query<Row extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<Row[]> {
  return (await pool.query<Row>(text, values)).rows;
}

async function readLog(): Promise<LogRow[]> {
  return query('select number, nonce, keys from state_changes order by number');
}

/** Which keys the transactions noted that committed while `work` ran, in their order. */
async function noted(work: () => Promise<unknown>): Promise<(string[] | null)[]> {
  const before = (await readLog()).length;
  await work();
  return (await readLog()).slice(before).map(({ keys }) => keys);
}

/** Runs statements on one connection, whatever state that is left in. */
async function session(...statements: string[]): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

async function insertOrganization(): Promise<string> {
  const id = randomUUID();
  await query(`insert into organizations (id, name, contact_email) values ($1, 'Acme', 'owner@example.com')`, [id]);
  return id;
}

/** So many clients with a secret each. */
async function insertClients(count: number, organization?: string): Promise<string[]> {
  const organizationId = organization ?? (await insertOrganization());
  const rows = await query<{ id: string }>(
    `with made as (select gen_random_uuid() as id from generate_series(1, $2::int)), clients as (
       insert into api_clients (id, client_id, organization_id, name, environment, permissions)
       select id, id::text, $1::uuid, 'Backend', 'live', '{api.read}' from made
     )
     insert into secrets (id, api_client_id, lookup_id, hash, pepper_version, hint)
     select gen_random_uuid(), id, substr(md5(id::text), 1, 22), '$argon2id$none', 'none', 'none' from made
     returning api_client_id as id`,
    [organizationId, count],
  );
  return rows.map(({ id }) => id);
}

async function insertClient(): Promise<string> {
  const [id = ''] = await insertClients(1);
  return id;
}

const ended = `status = 'revoked', lookup_id = null, hash = null, pepper_version = null, ended_at = now(), expires_at = now()`;

void t.test('what a check says of a credential is noted when it changes, by whatever statement', async (t) => {
  const id = await insertClient();
  const ofClient = (set: string) => session(`update api_clients set ${set} where id = '${id}'`);
  const ofSecret = (set: string) => session(`update secrets set ${set} where api_client_id = '${id}'`);
  for (const set of [
    `status = 'paused'`,
    `permissions = '{api.write}'`,
    `name = 'Frontend'`,
    `expires_at = now()`,
    `allowed_ips = '{192.0.2.1}'`,
  ]) {
    t.same(await noted(() => ofClient(set)), [[id]], set);
  }
  for (const set of [
    `expires_at = now()`,
    `hash = '$argon2id$other'`,
    `pepper_version = 'other'`,
    `lookup_id = substr(md5('other'), 1, 22)`,
    ended,
  ]) {
    t.same(await noted(() => ofSecret(set)), [[id]], set);
  }
  const other = await insertClient();
  const moved = await noted(() =>
    session(
      `delete from secrets where api_client_id = '${id}'`,
      `update secrets set api_client_id = '${id}' where api_client_id = '${other}'`,
    ),
  );
  t.same(moved.map((keys) => keys?.toSorted()), [[id, other].toSorted()], 'both, and not what had ended'); // prettier-ignore
  t.same(await noted(() => session(`delete from secrets where api_client_id = '${id}'`)), [[id]]);
  t.same(await noted(() => session(`delete from api_clients where id = '${id}'`)), [[id]], 'without a secret');
  t.same(await noted(() => session(`delete from api_clients where id = '${other}'`)), [[other]]);
});

void t.test('a revoked token is noted', async (t) => {
  const [jti, next] = [randomUUID(), randomUUID()];
  const insert = `insert into revoked_access_tokens (jti, expires_at) values ('${jti}', now()) on conflict do nothing`;
  t.same(await noted(() => session(insert)), [[jti]]);
  t.same(await noted(() => session(insert)), [], 'twice is once');
  t.same(await noted(() => session('update revoked_access_tokens set expires_at = now()')), []);
  t.same(await noted(() => session(`update revoked_access_tokens set jti = '${next}' where jti = '${jti}'`)), [[next]]);
  t.same(await noted(() => session('delete from revoked_access_tokens')), []);
});

void t.test('what no check looks at is not', async (t) => {
  const id = await insertClient();
  const work = async () => {
    await session(
      `update secrets set last_used_at = now(), last_used_ip = '192.0.2.0/24', hint = 'last' where api_client_id = '${id}'`,
      `update api_clients set last_used_at = now(), description = 'x', version = version + 1, unused_pause_at = now(),
         updated_at = now(), allowed_redirect_urls = '{https://example.com}', status = status, name = name where id = '${id}'`,
    );
    await insertClients(3);
  };
  t.same(await noted(work), []);
});

void t.test('the triggers look at every column that the queries of checks read', async (t) => {
  const { readByLookupId, readByToken, readImported } = createStateQueries(db);
  const statements = await recordStatements(async () => {
    await readByLookupId(['x']);
    await readImported(['client x', 'lookup x'] as never);
    await readByToken([{ secretId: randomUUID(), jti: randomUUID() }]);
  });
  for (const [table, columns] of [
    ['secrets', getTableColumns(secrets)],
    ['api_clients', getTableColumns(apiClients)],
  ] as const) {
    const read = new Set(
      statements.flatMap((text) =>
        [...text.matchAll(new RegExp(`"${table}"\\."(\\w+)"`, 'g'))].map(([, name]) => name),
      ),
    );
    t.ok(read.size > 5);
    const definitions = await query<{ text: string }>(
      `select pg_get_triggerdef(oid) as text from pg_trigger
       where tgrelid = $1::regclass and tgname ~ '__(note|number)_update$' and tgenabled = 'A'`,
      [table],
    );
    t.equal(definitions.length, 2);
    for (const { text } of definitions) {
      const watched = [...text.matchAll(/\bold\.(\w+)/g)].map(([, name]) => name);
      t.same(watched.toSorted(), [...read].toSorted());
      t.same(
        watched.filter((name) => !Object.keys(columns).map(toSnakeCase).includes(String(name))),
        [],
      );
    }
  }
});

void t.test('a transaction is noted once, with all it changed, and only as far as it was not undone', async (t) => {
  const [a = '', b = '', c = ''] = await insertClients(3);
  const rename = (id: string) => `update api_clients set name = name || '.' where id = '${id}'`;
  t.same(await noted(() => session('begin', rename(a), rename(a), rename(b), 'commit')), [[a, b]]);
  t.same(await noted(() => session('begin', rename(a), 'rollback')), []);
  const undone = ['savepoint s', rename(b), 'rollback to s'];
  t.same(await noted(() => session('begin', rename(a), ...undone, rename(c), 'commit')), [[a, c]]);
  t.same(await noted(() => session('begin', ...undone, 'commit')), []);
  t.same(await noted(() => session('begin', ...undone, rename(b), 'commit')), [[b]]);
  t.same(await noted(() => session('begin', 'savepoint s', rename(a), 'release s', rename(b), 'commit')), [[a, b]]);
});

void t.test('no habit of a session keeps a change from being noted', async (t) => {
  const [a = '', b = ''] = await insertClients(2);
  const rename = (id: string) => `update public.api_clients set name = name || '.' where id = '${id}'`;
  t.same(await noted(() => session(`set search_path = ''`, rename(a))), [[a]]);
  const early = ['set constraints all immediate', rename(a), rename(b)];
  t.same(await noted(() => session('begin', ...early, 'commit')), [[a], [b]], 'numbered as they come');
  const undone = ['savepoint s', ...early, 'rollback to s', 'set constraints all deferred'];
  t.same(await noted(() => session('begin', rename(a), ...undone, rename(b), 'commit')), [[a, b]]);
  const wrapped = `create function pg_temp.rename() returns void language sql set search_path = pg_catalog as $$ ${rename(a)} $$`;
  t.same(await noted(() => session(wrapped, 'begin', 'select pg_temp.rename()', rename(b), 'commit')), [[a, b]]);
  t.same(await noted(() => session('begin', rename(a), 'reset all', 'commit')), [null], 'at the least as everything');

  const before = (await readLog()).at(-1);
  await session('set session_replication_role = replica', rename(a));
  const after = (await readLog()).at(-1);
  t.equal(after?.number, before?.number, 'a subscriber’s numbers are its publisher’s');
  t.not(after?.nonce, before?.nonce, 'and who knows the newest does not know it any more');
  t.equal(after?.keys, null);
});

void t.test('a cascade of thousands is one entry that names nobody, and so is a table that is emptied', async (t) => {
  const organization = await insertOrganization();
  await insertClients(3_000, organization);
  t.same(await noted(() => session(`delete from organizations where id = '${organization}'`)), [null]);
  const small = await insertOrganization();
  const few = await insertClients(20, small);
  const [keys] = await noted(() => session(`delete from organizations where id = '${small}'`));
  t.same(keys?.toSorted(), few.toSorted());
  await insertClients(300);
  t.same(await noted(() => session(`update api_clients set status = 'paused'`)), [null]);
  t.same(await noted(() => session('truncate secrets')), [null]);
  t.same(await noted(() => session('begin', 'truncate api_clients cascade', 'rollback')), []);
  t.same(await noted(() => session('truncate api_clients cascade')), [null, null], 'each of both tables');
});

void t.test(
  'numbers are in the order of the commits: whoever sees one sees all before it, and all they name',
  async (t) => {
    const ids = await insertClients(WRITERS);
    const first = Number((await readLog()).at(-1)?.number);
    let isDone = false;
    async function write(id: string): Promise<void> {
      for (let version = 2; version < 2 + CHANGES_EACH; version += 1) {
        const client = await pool.connect();
        try {
          await client.query('begin');
          await client.query('update api_clients set name = $2::text where id = $1', [id, version]);
          // Every third does something more between its change and its commit, so that commits overtake each other.
          if (version % 3 === 0) await client.query('select count(*) from api_clients');
          await client.query(version % 5 === 0 ? 'rollback' : 'commit');
        } finally {
          client.release();
        }
      }
    }
    async function look(): Promise<number> {
      let looks = 0;
      for (; !isDone; looks += 1) {
        const [seen] = await query<{ numbers: string[] | null; named: number; changed: number }>(
          `select array_agg(number order by number) as numbers,
           count(distinct keys) filter (where keys <> '{}')::int as named,
           (select count(*)::int from api_clients where name <> 'Backend') as changed
         from state_changes where number > $1`,
          [first],
        );
        const numbers = seen?.numbers?.map(Number) ?? [];
        if (numbers.some((number, index) => number !== first + 1 + index))
          throw new Error(`a gap in ${numbers.join()}`);
        if (seen?.named !== seen?.changed) throw new Error(`${seen?.named} named, ${seen?.changed} changed`);
      }
      return looks;
    }
    const looking = look();
    await Promise.all(ids.map(write)).finally(() => (isDone = true));
    t.ok((await looking) > 0);
    const log = (await readLog()).filter(({ number }) => Number(number) > first);
    t.equal(log.length, WRITERS * (CHANGES_EACH - 2), 'what was rolled back has no number');
    t.equal(new Set(log.map(({ nonce }) => nonce)).size, log.length);
  },
);

void t.test(
  'of two writers in the isolation of a snapshot one is refused rather than given the number of the other',
  async (t) => {
    const [a = '', b = ''] = await insertClients(2);
    const isolated = new pg.Client({ connectionString: databaseUrl });
    await isolated.connect();
    await isolated.query('begin isolation level repeatable read');
    await isolated.query(`update api_clients set name = 'x' where id = $1`, [a]);
    await session(`update api_clients set name = 'x' where id = '${b}'`);
    await t.rejects(isolated.query('commit'), { code: UNIQUE_VIOLATION, constraint: 'state_changes_pkey' });
    await isolated.end();
    t.same(await query('select name from api_clients where id = $1', [a]), [{ name: 'Backend' }]);
  },
);

void t.test('the log is cut an hour behind, and never loses its newest row', async (t) => {
  const id = await insertClient();
  for (const name of ['x', 'y']) await session(`update api_clients set name = '${name}' where id = '${id}'`);
  const before = await readLog();
  t.equal(await deleteLeftoverBatch(db, stateChangeLeftovers), 0);
  await query(`update state_changes set at = at - interval '61 minutes'`);
  t.equal(await deleteLeftoverBatch(db, stateChangeLeftovers), before.length - 1);
  t.same(await readLog(), before.slice(-1));
  const last = Number(before.at(-1)?.number);
  await session(`update api_clients set name = 'z' where id = '${id}'`);
  t.same((await readLog()).map(({ number }) => Number(number)), [last, last + 1]); // prettier-ignore
});
