import { sql } from 'drizzle-orm';
import t from 'tap';
import { createDb, createPool } from '../../src/db/client.ts';
import { nameTextQuery } from '../../src/db/named-query.ts';
import { startDatabaseProxy } from '../support/database-proxy.ts';
import { query, until } from '../support/embedded-service.ts';
import { createEmptyDatabase } from '../support/test-database.ts';

const { databaseUrl, drop } = await createEmptyDatabase();
t.teardown(drop);

function open(
  t: { teardown(handler: () => Promise<unknown>): unknown },
  options: { url?: string; named?: boolean } = {},
) {
  const { url = databaseUrl, named = true } = options;
  const pool = createPool({ databaseUrl: url, poolMax: 1, hasPreparedStatements: named });
  pool.on('error', () => undefined);
  t.teardown(() => pool.end());
  const db = createDb(pool);
  const count = (text: ReturnType<typeof sql>) => db.select({ number: text, rest: sql`null`, half: sql`n / 2.0` });
  const upTo = sql`generate_series(1, ${sql.placeholder('last')}::int) as n`;
  return { db, pool, count: nameTextQuery(db, 'count', count(sql`n`).from(upTo)) };
}

for (const named of [true, false]) {
  void t.test(`${named ? 'with' : 'without'} prepared statements each row comes as its texts`, async (t) => {
    const { db, count } = open(t, { named });
    t.same(await count(['2']), [
      ['1', null, '0.50000000000000000000'],
      ['2', null, '1.00000000000000000000'],
    ]);
    t.same(await count(['0']), []);
    t.equal((await count(['1000'])).length, 1000);
    t.same(await Promise.all(['1', '3'].map((last) => count([last]).then((rows) => rows.length))), [1, 3]);
    const { rows } = await db.execute(sql`select name from pg_prepared_statements`);
    t.same(rows, named ? [{ name: 'count' }] : []);
  });
}

void t.test('a query that fails says so without its values, and the next one is answered', async (t) => {
  const { count } = open(t);
  for (const wrong of ['a secret', 'another secret']) {
    const err: unknown = await count([wrong]).catch((failure: unknown) => failure);
    t.match(err, { name: 'Error', query: /generate_series/, params: [], cause: { code: '22P02' } });
    t.equal((await count(['1'])).length, 1);
  }
});

void t.test('a query whose connection breaks fails, and the next one has another connection', async (t) => {
  const proxy = await startDatabaseProxy(t, databaseUrl);
  const { db, pool } = open(t, { url: proxy.databaseUrl });
  const wait = nameTextQuery(
    db,
    'wait',
    db.select({ slept: sql`pg_sleep(${sql.placeholder('seconds')}::float8)` }).from(sql`(select) as nothing`),
  );
  t.same(await wait(['0']), [['']]);
  const broken = t.rejects(wait(['60']));
  await until(
    async () =>
      (
        await query(
          databaseUrl,
          `select from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'`,
        )
      ).length > 0,
  );
  await proxy.cut();
  await broken;
  await proxy.mend();
  t.same(await wait(['0']), [['']]);
  t.equal(pool.totalCount, 1);
});
