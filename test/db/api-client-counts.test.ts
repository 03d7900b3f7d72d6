import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import pg from 'pg';
import t from 'tap';
import { waitFor } from '../support/build-app.ts';
import { openTestDatabase } from '../support/test-database.ts';

const INSERTERS = 10;

const { databaseUrl } = await openTestDatabase(t, { poolMax: 1 });
const pool = new pg.Pool({ connectionString: databaseUrl, max: INSERTERS + 2 });
pool.on('error', () => undefined);
t.teardown(async () => pool.end());

type Session = Pick<pg.ClientBase, 'query'>;

const INSERT = `insert into api_clients (id, client_id, organization_id, name, environment, permissions)
  select id, id::text, organization, 'Backend', 'live', '{api.read}'
  from (select gen_random_uuid() as id, organization from unnest($1::uuid[]) as organization, generate_series(1, $2::int)) as made`;

async function addOrganization(): Promise<string> {
  const id = randomUUID();
  await pool.query(`insert into organizations (id, name, contact_email) values ($1, 'Acme', 'owner@example.com')`, [
    id,
  ]);
  return id;
}

async function insertClients(organizations: readonly string[], each: number, session: Session = pool): Promise<void> {
  await session.query(INSERT, [organizations, each]);
}

async function deleteClients(organization: string, count: number, session: Session = pool): Promise<void> {
  await session.query(
    'delete from api_clients where id in (select id from api_clients where organization_id = $1 limit $2)',
    [organization, count],
  );
}

/** What a creation asks: whether there are fewer than the quota. */
async function hasRoom(organization: string, quota: number, session: Session = pool): Promise<boolean> {
  const { rows } = await session.query<{ has_room: boolean }>('select count_api_clients($1, $2) < $2 as has_room', [
    organization,
    quota,
  ]);
  return rows[0]!.has_room;
}

async function countClients(organization: string): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(
    'select count(*)::int from api_clients where organization_id = $1',
    [organization],
  );
  return rows[0]!.count;
}

async function readMost(organization: string): Promise<number | null | undefined> {
  const { rows } = await pool.query<{ most: number | null }>(
    'select counted + added_since as most from api_client_counts where organization_id = $1',
    [organization],
  );
  return rows[0]?.most;
}

/** Runs `work` in a transaction, and leaves it open: until the database is dropped, where a test fails before its end. */
async function begin(work: (session: Session) => Promise<unknown>): Promise<pg.Client> {
  const session = new pg.Client({ connectionString: databaseUrl });
  session.on('error', () => undefined);
  await session.connect();
  await session.query('begin');
  await work(session);
  return session;
}

async function end(session: pg.Client, how: 'commit' | 'rollback'): Promise<void> {
  await session.query(how);
  await session.end();
}

async function waitForWaiters(count: number): Promise<void> {
  await waitFor(async () => {
    const waiting = await pool.query(
      `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
    return waiting.rowCount! >= count ? true : undefined;
  });
}

type Step = (organizations: readonly [string, string]) => Promise<unknown>;

const few = fc.nat({ max: 4 });
const which = fc.constantFrom(0, 1);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(which, few).map(
    ([i, count]): Step =>
      (both) =>
        insertClients([both[i]], count),
  ),
  few.map(
    (count): Step =>
      (both) =>
        insertClients(both, count),
  ),
  fc.tuple(which, few).map(
    ([i, count]): Step =>
      (both) =>
        deleteClients(both[i], count),
  ),
  few.map(
    (count): Step =>
      async (both) =>
        end(await begin((session) => insertClients(both, count, session)), 'rollback'),
  ),
  fc.tuple(which, few, few).map(([i, kept, undone]): Step => async (both) => {
    const session = await begin((inner) => insertClients([both[i]], kept, inner));
    await session.query('savepoint before');
    await insertClients(both, undone, session);
    await session.query('rollback to before');
    await end(session, 'commit');
  }),
  fc.tuple(which, few).map(([i, count]): Step => async (both) => {
    await Promise.all(Array.from({ length: 3 }, () => insertClients([both[i]], count)));
  }),
  fc.tuple(which, fc.integer({ min: 1, max: 12 })).map(
    ([i, quota]): Step =>
      (both) =>
        hasRoom(both[i], quota),
  ),
  fc.constant<Step>(() => pool.query('truncate api_clients cascade')),
);

void t.test('whatever comes and goes: there is room exactly where there are fewer than the quota', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), fc.integer({ min: 1, max: 12 }), async (steps, quota) => {
      const both = [await addOrganization(), await addOrganization()] as const;
      for (const take of steps) await take(both);
      for (const organization of both) {
        const count = await countClients(organization);
        const before = await readMost(organization);
        t.equal((before ?? Infinity) >= count, true, 'nothing that was noted is below what there is');
        t.equal(await hasRoom(organization, quota), count < quota);
        await pool.query('delete from organizations where id = $1', [organization]);
        t.equal(await readMost(organization), undefined);
      }
    }),
    { seed: 28, numRuns: 30 },
  );
});

void t.test('where there is room, no client is looked at', async (t) => {
  const organization = await addOrganization();
  await insertClients([organization], 50);
  t.equal(await hasRoom(organization, 100), true);
  const scans = `select seq_scan + idx_scan as scans from pg_stat_xact_user_tables where relname = 'api_clients'`;
  const session = await begin(async (inner) => {
    const before = await inner.query(scans);
    t.equal(await hasRoom(organization, 100, inner), true);
    t.same((await inner.query(scans)).rows, before.rows);
  });
  await end(session, 'rollback');
  await insertClients([organization], 3);
  t.equal(await readMost(organization), 53);
});

void t.test('whoever counts waits for those who insert, and counts them', async (t) => {
  // The first client of all makes the row; the second one finds that nobody has counted.
  for (const before of [0, 1]) {
    const organization = await addOrganization();
    await insertClients([organization], before);
    const session = await begin((inner) => insertClients([organization], 2, inner));
    const [full, roomy] = [hasRoom(organization, before + 2), hasRoom(organization, before + 3)];
    await waitForWaiters(2);
    await end(session, 'commit');
    t.same(await Promise.all([full, roomy]), [false, true]);
    await Promise.all(Array.from({ length: INSERTERS }, () => insertClients([organization], 3)));
    t.equal(await readMost(organization), before + 2 + 3 * INSERTERS);
  }
});

void t.test('a deletion waits for nobody who creates', async (t) => {
  const organization = await addOrganization();
  await insertClients([organization], 3);
  await hasRoom(organization, 10);
  const session = await begin((inner) => insertClients([organization], 1, inner));
  await deleteClients(organization, 2);
  await end(session, 'commit');
  t.equal(await countClients(organization), 2);
});

void t.test('a count that ended at its limit says nothing about a higher one', async (t) => {
  const organization = await addOrganization();
  await insertClients([organization], 8);
  t.equal(await hasRoom(organization, 5), false);
  t.equal(await hasRoom(organization, 6), false);
  t.equal(await hasRoom(organization, 8), false);
  t.equal(await hasRoom(organization, 9), true);
});

void t.test('what a session inserted that asks for no triggers is counted', async (t) => {
  const organization = await addOrganization();
  await insertClients([organization], 1);
  t.equal(await hasRoom(organization, 5), true);
  const session = await begin((inner) => inner.query('set local session_replication_role = replica'));
  await insertClients([organization], 4, session);
  await end(session, 'commit');
  t.equal(await hasRoom(organization, 5), false);
});

void t.test('a row that somebody deleted is made again', async (t) => {
  const organization = await addOrganization();
  await insertClients([organization], 4);
  await hasRoom(organization, 9);
  await pool.query('delete from api_client_counts');
  await insertClients([organization], 1);
  t.equal(await hasRoom(organization, 5), false);
  t.equal(await hasRoom(organization, 6), true);
});
