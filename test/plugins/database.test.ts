import Fastify from 'fastify';
import { sql } from 'drizzle-orm';
import pg from 'pg';
import t from 'tap';
import { createDb, createPool } from '../../src/db/client.ts';
import { ConnectionError } from '../../src/db/failures.ts';
import { database } from '../../src/plugins/database.ts';
import { query, until } from '../support/embedded-service.ts';
import { startDatabaseProxy } from '../support/database-proxy.ts';
import { createTestDatabase } from '../support/test-database.ts';

const { databaseUrl, drop } = await createTestDatabase();
t.teardown(drop);

void t.test('a connection that breaks as a transaction begins does not cost the pool a place', async (t) => {
  const pool = createPool({ databaseUrl, poolMax: 1 });
  pool.on('error', () => undefined);
  t.teardown(() => pool.end());
  const db = createDb(pool);
  const breakIt = (client: pg.PoolClient) => {
    client.connection.stream.destroy();
  };
  pool.on('acquire', breakIt);
  await t.rejects(db.transaction(async () => undefined));
  pool.off('acquire', breakIt);

  await t.resolves(db.execute(sql`select 1`));
  await t.resolves(db.transaction(async (tx) => tx.execute(sql`select 1`)));
  t.equal(pool.totalCount, 1);
});

void t.test('a connection that breaks inside a transaction fails it, and nothing else', async (t) => {
  const pool = createPool({ databaseUrl, poolMax: 1 });
  pool.on('error', () => undefined);
  t.teardown(() => pool.end());
  const db = createDb(pool);
  await t.rejects(
    db.transaction(async (tx) => {
      const { rows } = await tx.execute<{ pid: number }>(sql`select pg_backend_pid() as pid`);
      await query(databaseUrl, `select pg_terminate_backend(${rows[0]!.pid})`);
      await until(async () => pool.totalCount === 0);
    }),
  );
  await t.resolves(db.execute(sql`select 1`));
});

void t.test(
  'without prepared statements no connection has to remember one, and the answers are the same',
  async (t) => {
    const prepared: Record<string, unknown> = {};
    for (const hasPreparedStatements of [true, false]) {
      const pool = createPool({ databaseUrl, poolMax: 1, hasPreparedStatements });
      t.teardown(() => pool.end());
      const db = createDb(pool);
      const named = db
        .select({ sum: sql<number>`${sql.placeholder('one')}::int + 1` })
        .from(sql`(select) as nothing`)
        .prepare('add_one');
      for (const one of [1, 2]) t.same(await named.execute({ one }), [{ sum: one + 1 }]);
      const { rows } = await db.execute(sql`select name from pg_prepared_statements`);
      prepared[String(hasPreparedStatements)] = rows;
    }
    t.same(prepared, { true: [{ name: 'add_one' }], false: [] });
  },
);

void t.test('no connection to be had is an error of its own, however it was asked for', async (t) => {
  const pool = createPool({ databaseUrl: 'postgres://x@127.0.0.1:1/x', poolMax: 1 });
  t.teardown(() => pool.end());
  await t.rejects(pool.connect(), ConnectionError);
  await t.rejects(createDb(pool).execute(sql`select 1`), { cause: ConnectionError });
});

void t.test('an idle connection that is lost is logged, and replaced at the next query', async (t) => {
  const lines: string[] = [];
  const app = Fastify({ logger: { level: 'warn', stream: { write: (line) => lines.push(line) } } });
  t.teardown(() => app.close());
  const proxy = await startDatabaseProxy(t, databaseUrl);
  await app.register(database, { databaseUrl: proxy.databaseUrl, poolMax: 2 });
  await app.ready();
  await app.db.execute(sql`select 1`);
  await proxy.cut();
  await until(async () => lines.length > 0);
  t.match(lines[0], /an idle database connection was lost/);
  await proxy.mend();
  await t.resolves(app.db.execute(sql`select 1`));
});

void t.test('closing waits for a query that is under way', async (t) => {
  const app = Fastify();
  await app.register(database, { databaseUrl, poolMax: 2 });
  await app.ready();
  let isDone = false;
  const holder = new pg.Client({ connectionString: databaseUrl });
  await holder.connect();
  await holder.query('select pg_advisory_lock(1)');
  const asking = app.db.execute(sql`select pg_advisory_lock(1)`).then(() => {
    isDone = true;
  });
  await until(
    async () =>
      (
        await query(
          databaseUrl,
          `select from pg_stat_activity where datname = current_database() and wait_event = 'advisory'`,
        )
      ).length > 0,
  );
  const closing = app.close();
  // Its connection ends, and the lock is let go.
  await holder.end();
  await closing;
  t.ok(isDone);
  await asking;
});
