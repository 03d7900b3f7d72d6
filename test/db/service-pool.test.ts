import { sql } from 'drizzle-orm';
import t from 'tap';
import { createDb, createPool, READ_BUDGET_MS, readTimes } from '../../src/db/client.ts';
import { isSilence } from '../../src/db/failures.ts';
import { startDatabaseProxy } from '../support/database-proxy.ts';
import { query, until } from '../support/embedded-service.ts';
import { startPostgresServer } from '../support/postgres-server.ts';
import { createEmptyDatabase } from '../support/test-database.ts';

const POOL_MAX = 3;

void t.test(
  'backends that wait for a standby are not left behind without bound, and all connections come back',
  async (t) => {
    const { databaseUrl } = await startPostgresServer(t);
    await query(databaseUrl, 'create table notes (note text)');
    await query(databaseUrl, `alter system set synchronous_standby_names = 'nobody'`);
    await query(databaseUrl, 'select pg_reload_conf()');
    await until(
      async () =>
        (await query(databaseUrl, 'show synchronous_standby_names'))[0]?.synchronous_standby_names === 'nobody',
    );
    const pool = createPool({
      databaseUrl,
      poolMax: POOL_MAX,
      times: { ...readTimes(READ_BUDGET_MS), silenceMs: 500 },
    });
    const probe = createPool({ databaseUrl, poolMax: 1 });
    for (const owned of [pool, probe]) owned.on('error', () => undefined);
    t.teardown(() => Promise.all([pool.end(), probe.end()]));
    pool.limitAbandoned(async (pids) => {
      const { rows } = await probe.query<{ pid: number }>('select pid from pg_stat_activity where pid = any($1)', [
        pids,
      ]);
      return rows.map(({ pid }) => pid);
    });
    const db = createDb(pool);
    const write = () => db.execute(sql`insert into notes values ('one')`).catch(() => undefined);
    for (let round = 0; round < 12; round += 1) await Promise.all(Array.from({ length: POOL_MAX }, write));

    const left = await query(databaseUrl, `select from pg_stat_activity where wait_event = 'SyncRep'`);
    t.equal(left.length, 2 * POOL_MAX, 'no more than twice as many as the pool has');
    t.equal(pool.abandonedCount, 2 * POOL_MAX);
    t.equal(pool.options.max, 1);
    await t.rejects(db.execute(sql`select 1`), 'and none is opened any more');

    await query(databaseUrl, `alter system set synchronous_standby_names = ''`);
    await query(databaseUrl, 'select pg_reload_conf()');
    await until(async () => pool.abandonedCount === 0);
    t.equal(pool.options.max, POOL_MAX);
    const read = () => db.transaction((tx) => tx.execute(sql`select 1`));
    // On a busy machine an answer may be late once.
    await until(() =>
      Promise.all(Array.from({ length: POOL_MAX }, read)).then(
        () => pool.totalCount === POOL_MAX,
        () => false,
      ),
    );
  },
);

void t.test(
  'a connection that has rested for long is given up for silence as one that has just been opened',
  async (t) => {
    const { databaseUrl, drop } = await createEmptyDatabase();
    t.teardown(drop);
    const proxy = await startDatabaseProxy(t, databaseUrl);
    const times = { ...readTimes(READ_BUDGET_MS), silenceMs: 50 };
    const pool = createPool({ databaseUrl: proxy.databaseUrl, poolMax: 1, times, isKeptOpen: true });
    pool.on('error', () => undefined);
    t.teardown(() => pool.end());
    await pool.query('select 1');
    // Several times as long as it may be silent.
    await query(databaseUrl, 'select pg_sleep(0.5)');
    t.equal(pool.idleCount, 1);
    proxy.hush();

    let failure: unknown;
    pool.query('select 2').catch((err: unknown) => (failure = err));
    try {
      await until(async () => failure !== undefined);
    } finally {
      await proxy.cut();
    }
    t.ok(isSilence(failure));
  },
);
