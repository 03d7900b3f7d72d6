import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import pg from 'pg';
import t from 'tap';
import { createDb, createPool } from '../../src/db/client.ts';
import type { Db } from '../../src/db/client.ts';
import { ReaderPromises } from '../../src/db/reader-promises.ts';
import type { LookRow } from '../../src/db/reader-promises.ts';
import type { ServicePool } from '../../src/db/service-pool.ts';
import { runTransaction } from '../../src/db/transaction.ts';
import { createPromiseRepository } from '../../src/secrets/promise-repository.ts';
import { waitFor } from '../support/build-app.ts';
import { query } from '../support/embedded-service.ts';
import { createTestDatabase } from '../support/test-database.ts';

/** Longer than a test takes. */
const LONG_MS = 60_000;
/** So short that it is over whenever somebody looks. */
const SHORT_MS = 1;

const { databaseUrl, drop } = await createTestDatabase();
t.teardown(drop);
const ask = (text: string) => query(databaseUrl, text);

/** A pool, and how often its changes have waited. */
function open(t: { teardown(handler: () => Promise<unknown>): unknown }, { poolMax = 1 } = {}) {
  const pool: ServicePool = createPool({ databaseUrl, poolMax });
  pool.on('error', () => undefined);
  t.teardown(() => pool.end());
  const counts = { waited: 0, givenUp: 0 };
  pool.readers.figures = { onWaited: () => (counts.waited += 1), onGivenUp: () => (counts.givenUp += 1) };
  return { pool, db: createDb(pool), counts };
}

/** A reader of a process of its own. */
async function openReader(t: Parameters<typeof open>[0], leaseMs = LONG_MS) {
  const { db } = open(t);
  const reader = createPromiseRepository(db, randomUUID(), leaseMs);
  t.teardown(() => reader.remove());
  const kept = await reader.grant();
  if (kept === undefined) throw new Error('the reader has its row');
  return { ...reader, kept };
}

async function newestRow(): Promise<{ number: number; nonce: string }> {
  const [row] = await ask('select number::float8, nonce from state_changes order by number desc limit 1');
  return row as { number: number; nonce: string };
}

const revoke = sql`insert into revoked_access_tokens (jti, expires_at) values (gen_random_uuid(), now())`;
const ways: Record<string, (db: Db) => Promise<unknown>> = {
  'the service’s transaction': (db) => runTransaction(db, (tx) => tx.execute(revoke)),
  'drizzle’s transaction': (db) => db.transaction((tx) => tx.execute(revoke)),
  'a statement of its own': (db) => db.execute(revoke),
};

for (const [way, change] of Object.entries(ways)) {
  void t.test(`${way}: a change is answered once every reader has promised it, and not before`, async (t) => {
    const [one, other] = [await openReader(t), await openReader(t)];
    // drizzle gives a connection back when the commit has been answered: what is looked at meanwhile needs another.
    const { db, counts } = open(t, { poolMax: 2 });
    const before = await newestRow();
    const events: string[] = [];
    const answered = change(db).then(() => events.push('answered'));
    const made = await waitFor(async () => {
      const row = await newestRow();
      return row.number > before.number ? row : undefined;
    });
    t.equal(await one.promise(made), true);
    await waitFor(async () => ((await ask('select from state_promises')).length === 2 ? true : undefined));
    events.push('the last promises');
    t.equal(await other.promise(made), true);
    await answered;
    t.same(events, ['the last promises', 'answered']);
    t.equal(counts.waited, 1);
  });
}

void t.test('a change that waits holds no connection, and what waits with it shares its looks', async (t) => {
  const reader = await openReader(t);
  const { db, pool } = open(t);
  const answered = Promise.all(Array.from({ length: 5 }, () => runTransaction(db, (tx) => tx.execute(revoke))));
  const { number } = reader.kept.newest;
  const made = await waitFor(async () => {
    const row = await newestRow();
    return row.number >= number + 5 ? row : undefined;
  });
  t.match(await db.execute(sql`select 1 as one`), { rows: [{ one: 1 }] }, 'the only connection is free');
  await reader.promise(made);
  await answered;
  t.equal(pool.totalCount, 1);
});

void t.test('where nobody reads from a replica, nobody waits', async (t) => {
  const { db, counts } = open(t);
  for (const change of Object.values(ways)) await change(db);
  t.equal(counts.waited, 0);
});

void t.test('a reader that is gone is waited for once', async (t) => {
  await openReader(t, SHORT_MS);
  const { db, counts } = open(t);
  await runTransaction(db, (tx) => tx.execute(revoke));
  await waitFor(async () => ((await ask('select from state_promises')).length === 0 ? true : undefined));
  t.same(counts, { waited: 1, givenUp: 1 });
  await runTransaction(db, (tx) => tx.execute(revoke));
  t.equal(counts.waited, 1);
});

void t.test('a reader that goes on, but does not promise, keeps its row', async (t) => {
  const reader = await openReader(t, 1_000);
  const { db, counts } = open(t);
  const answered = runTransaction(db, (tx) => tx.execute(revoke));
  for (let isAnswered = false; !isAnswered;) {
    t.ok(await reader.renew());
    isAnswered = await Promise.race([answered.then(() => true), new Promise<false>((go) => setImmediate(go, false))]);
  }
  t.ok(await reader.renew());
  t.same(counts, { waited: 1, givenUp: 0 });
});

void t.test('a reader whose row was taken away learns of it, and has a new one', async (t) => {
  const reader = await openReader(t);
  await ask('delete from state_promises');
  t.equal(await reader.renew(), undefined);
  t.equal(await reader.promise(await newestRow()), false);
  t.match(await reader.grant(), { newest: await newestRow() });
});

void t.test('the first row of a reader waits for changes that have a number: it is shown them', async (t) => {
  const { db } = open(t);
  const reader = createPromiseRepository(db, randomUUID(), LONG_MS);
  t.teardown(() => reader.remove());
  const writer = new pg.Client({ connectionString: databaseUrl });
  await writer.connect();
  await writer.query('begin');
  await writer.query('set constraints all immediate');
  await writer.query(`insert into revoked_access_tokens (jti, expires_at) values (gen_random_uuid(), now())`);
  const before = await newestRow();
  const granted = reader.grant();
  await waitFor(async () =>
    (await ask(`select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`)).length >
    0
      ? true
      : undefined,
  );
  await writer.query('commit');
  await writer.end();
  t.equal((await granted)?.newest.number, before.number + 1);
});

void t.test('whoever takes something away by hand is told for how long it may still be good', async (t) => {
  for (const isolation of ['read committed', 'repeatable read']) {
    const writer = new pg.Client({ connectionString: databaseUrl });
    const notices: unknown[] = [];
    writer.on('notice', ({ severity, code, message }) => notices.push({ severity, code, message }));
    await writer.connect();
    await writer.query(`begin isolation level ${isolation}`);
    await writer.query('set client_min_messages = error');
    await writer.query('select from state_promises');
    const reader = await openReader(t, 3_000);
    await writer.query(`insert into revoked_access_tokens (jti, expires_at) values (gen_random_uuid(), now())`);
    await writer.query('commit');
    await writer.end();
    t.match(
      notices,
      [{ severity: 'INFO', code: 'LK002', message: /may accept the old ones for up to \d+ ms/ }],
      isolation,
    );
    await reader.remove();
  }
});

void t.test('on another server, where promises may be missing, a change waits for a lease, once', async (t) => {
  const reader = await openReader(t, SHORT_MS);
  await reader.remove();
  await ask(`update state_promise_epoch set server_start = 'another', lease_ms = ${SHORT_MS}`);
  const { db, counts } = open(t);
  await runTransaction(db, (tx) => tx.execute(revoke));
  t.equal(counts.waited, 1);
  const start = 'extract(epoch from pg_postmaster_start_time())::text';
  await waitFor(async () =>
    (await ask(`select from state_promise_epoch where server_start = ${start}`)).length === 1 ? true : undefined,
  );
  await runTransaction(db, (tx) => tx.execute(revoke));
  t.equal(counts.waited, 1);
});

void t.test('another server is waited for as long as the longest lease of now, not of long ago', async (t) => {
  await openReader(t, 2 * SHORT_MS);
  await ask(`update state_promise_epoch set server_start = 'another', lease_ms = ${3 * SHORT_MS}`);
  const { db } = open(t);
  await runTransaction(db, (tx) => tx.execute(revoke));
  const epoch = () => ask(`select lease_ms from state_promise_epoch where server_start <> 'another'`);
  t.same(await waitFor(async () => (await epoch())[0]), { lease_ms: 2 * SHORT_MS });
});

void t.test('a reader that is gone is waited for as long as its own lease, not as another’s', async (t) => {
  const long = await openReader(t, LONG_MS);
  await openReader(t, SHORT_MS);
  const { db, counts } = open(t);
  const before = await newestRow();
  const answered = runTransaction(db, (tx) => tx.execute(revoke));
  const made = await waitFor(async () => {
    const row = await newestRow();
    return row.number > before.number ? row : undefined;
  });
  t.equal(await long.promise(made), true);
  await answered;
  t.same(counts, { waited: 1, givenUp: 1 });
  t.same(await ask('select lease_ms from state_promises'), [{ lease_ms: LONG_MS }], 'the one that goes on is there');
});

void t.test('what a replica of another history shows cannot be promised', async (t) => {
  const reader = await openReader(t);
  const { number, nonce } = await newestRow();
  t.equal(await reader.promise({ number, nonce: randomUUID() }), false);
  t.equal(await reader.promise({ number: number + 1, nonce }), false);
  t.equal(await reader.promise({ number, nonce }), true);
});

void t.test('a promise is never taken back', async (t) => {
  const { renew, promise, kept } = await openReader(t);
  const old = kept.newest;
  await ask(`insert into state_changes (number, keys) values (${old.number + 1}, '{}')`);
  await promise(await newestRow());
  await promise(old);
  t.equal((await renew())?.promised, old.number + 1);
});

void t.test('a change whose promises cannot be looked at is answered after a lease', async (t) => {
  await openReader(t, SHORT_MS);
  const { db, counts } = open(t);
  const looks = db.$client as ServicePool;
  const run = looks.query.bind(looks) as (asked: { name?: string }) => Promise<unknown>;
  looks.query = (async (asked: { name?: string }) => {
    if (asked.name === 'find_state_promises') throw new Error('the database is away');
    return run(asked);
  }) as unknown as typeof looks.query;
  await runTransaction(db, (tx) => tx.execute(revoke));
  t.equal(counts.waited, 1);
});

void t.test('who finds a change that is still waited for waits with it', async (t) => {
  const reader = await openReader(t);
  const [writer, other] = [open(t), open(t)];
  const before = await newestRow();
  const events: string[] = [];
  const answered = runTransaction(writer.db, (tx) => tx.execute(revoke));
  const made = await waitFor(async () => {
    const row = await newestRow();
    return row.number > before.number ? row : undefined;
  });
  const settled = other.pool.readers.settleNewest().then(() => events.push('settled'));
  await waitFor(async () => (other.pool.totalCount > 0 && other.pool.idleCount > 0 ? true : undefined));
  events.push('promised');
  await reader.promise(made);
  await Promise.all([answered, settled]);
  t.same(events, ['promised', 'settled']);
  await other.pool.readers.settleNewest();
  t.equal(other.counts.waited, 1, 'then there is nothing to wait for');
});

void t.test('where the first look fails, what the next one shows is waited for', async (t) => {
  const reader = await openReader(t);
  await query(databaseUrl, 'insert into revoked_access_tokens (jti, expires_at) values (gen_random_uuid(), now())');
  const made = await newestRow();
  const { pool } = open(t);
  let looks = 0;
  const readers = new ReaderPromises((statement) => {
    looks += 1;
    return looks === 1 ? Promise.reject(new Error('lost')) : pool.query<LookRow>(statement);
  });
  const events: string[] = [];
  const settled = readers.settleNewest().then(() => events.push('settled'));
  await waitFor(() => (looks > 3 || events.length > 0 ? true : undefined));
  events.push('promised');
  await reader.promise(made);
  await settled;
  t.same(events, ['promised', 'settled']);
});

void t.test('a reader is given up when its lease is over, however often it was looked at before', async (t) => {
  const reader = await openReader(t);
  const { db, counts, looks } = countLooks(t);
  const answered = runTransaction(db, (tx) => tx.execute(revoke));
  await waitFor(() => (looks.count > 5 ? true : undefined));
  t.equal((await ask('select from state_promises')).length, 1);
  t.ok(await reader.renew());
  await reader.promise(await newestRow());
  await answered;
  t.same(counts, { waited: 1, givenUp: 0 });
});

void t.test('once nobody waits any more, a reader that goes on is not looked at any more', async (t) => {
  const reader = await openReader(t, 100);
  const { db, counts, looks } = countLooks(t);
  const answered = runTransaction(db, (tx) => tx.execute(revoke));
  while (counts.waited === 0) await reader.renew();
  await answered;
  await waitFor(async () => {
    const before = looks.count;
    // Many times as long as between two looks.
    for (let renewals = 0; renewals < 200; renewals += 1) await reader.renew();
    return looks.count === before ? true : undefined;
  });
});

/** As {@link open}, and how often promises were looked at. */
function countLooks(t: Parameters<typeof open>[0]) {
  const opened = open(t);
  const looks = { count: 0 };
  const run = opened.pool.query.bind(opened.pool) as (asked: { name?: string }) => Promise<unknown>;
  opened.pool.query = (async (asked: { name?: string }) => {
    if (asked.name === 'find_state_promises') looks.count += 1;
    return run(asked);
  }) as unknown as typeof opened.pool.query;
  return { ...opened, looks };
}
