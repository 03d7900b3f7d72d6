import { sql } from 'drizzle-orm';
import type pg from 'pg';
import t from 'tap';
import type { Test } from 'tap';
import { createDb, createPool } from '../../src/db/client.ts';
import type { Db, Tx } from '../../src/db/client.ts';
import { judgeDatabaseFailure } from '../../src/db/failures.ts';
import { nameStatement } from '../../src/db/named-query.ts';
import { runTransaction } from '../../src/db/transaction.ts';
import { startDatabaseProxy } from '../support/database-proxy.ts';
import { createEmptyDatabase } from '../support/test-database.ts';

const { databaseUrl, drop } = await createEmptyDatabase();
t.teardown(drop);

const value = sql.placeholder;
const statement = <Row extends unknown[]>(name: string, text: ReturnType<typeof sql>) =>
  nameStatement<Row>(name, (db) => db.select({ made: sql`made` }).from(sql`(${text}) as given (made)`));
const insert = nameStatement<[id: number]>('insert_note', (db) =>
  db.select({ id: sql`note(${value('id')}::int)` }).from(sql`(select) as nothing`),
);
const divide = statement<[number]>('divide', sql`select 1 / ${value('by')}::int`);
const list = statement<[number]>('list_notes', sql`select id from notes order by id`);

/** A database with notes, behind a proxy, and how often it was written to. */
async function open(t: Test, { named = true } = {}) {
  const proxy = await startDatabaseProxy(t, databaseUrl);
  const pool = createPool({ databaseUrl: proxy.databaseUrl, poolMax: 1, hasPreparedStatements: named });
  pool.on('error', () => undefined);
  t.teardown(() => pool.end());
  const db = createDb(pool);
  await db.execute(sql`drop table if exists notes cascade`);
  await db.execute(sql`create table notes (id int primary key)`);
  await db.execute(sql`create or replace function note(id int) returns int language sql as
    'insert into public.notes values (id) returning id'`);
  let writes = 0;
  const client = await pool.connect();
  const { stream } = client.connection as unknown as { stream: { write: (...args: unknown[]) => unknown } };
  const write = stream.write.bind(stream);
  stream.write = (...args) => {
    writes += 1;
    return write(...args);
  };
  client.release();
  const countWrites = async (work: () => Promise<unknown>) => {
    const before = writes;
    await work();
    return writes - before;
  };
  return { db, pool, proxy, countWrites, readNotes: async () => (await list(db, {})).map(([id]) => id) };
}

for (const named of [true, false]) {
  const kind = named ? 'with' : 'without';
  void t.test(
    `${kind} prepared statements what is asked for at the same time is one way to the database`,
    async (t) => {
      const { db, countWrites, readNotes } = await open(t, { named });
      const both = (tx: Tx, [one, other]: [number, number]) =>
        Promise.all([insert(tx, { id: one }), insert(tx, { id: other })]);
      for (const ids of [
        [1, 2],
        [3, 4],
      ] as [number, number][]) {
        const writes = await countWrites(() =>
          runTransaction(db, async (tx, atEnd) => {
            t.same(await both(tx, ids), [[[ids[0]]], [[ids[1]]]]);
            atEnd(() => insert(tx, { id: 10 * ids[0] }));
          }),
        );
        t.equal(writes, 2, 'the beginning with the first ones, the commit with the last');
      }
      t.same(await readNotes(), [1, 2, 3, 4, 10, 30]);
    },
  );

  void t.test(`${kind} prepared statements what follows one that fails is not run, and fails with it`, async (t) => {
    const { db, readNotes } = await open(t, { named });
    for (let round = 0; round < 2; round += 1) {
      const seen = await runTransaction(db, async (tx) => {
        const asked = [insert(tx, { id: 1 }), divide(tx, { by: 0 }), insert(tx, { id: 2 }), list(tx, {})];
        return Promise.allSettled(asked).then((settled) => {
          throw Object.assign(new Error('to be undone'), { settled });
        });
      }).catch((err: unknown) => (err as { settled: PromiseSettledResult<unknown>[] }).settled);
      t.match(seen, [
        { status: 'fulfilled' },
        ...Array.from({ length: 3 }, () => ({ status: 'rejected', reason: { cause: { code: '22012' } } })),
      ]);
      t.same(await readNotes(), []);
    }
    await runTransaction(db, (tx) => Promise.all([insert(tx, { id: 3 }), divide(tx, { by: 1 })]));
    t.same(await readNotes(), [3]);
  });

  void t.test(`${kind} prepared statements a commit is not made where what goes out with it fails`, async (t) => {
    const { db, readNotes } = await open(t, { named });
    const failing: [string, (tx: Tx) => Promise<unknown>, Error | { cause: unknown }][] = [
      ['in the database', (tx) => divide(tx, { by: 0 }), { cause: { code: '22012' } }],
      ['for a value that has no text', (tx) => divide(tx, { by: { toPostgres: () => fail() } }), { cause: /no text/ }],
      ['before it is sent', async () => fail(), new Error('no text')],
    ];
    for (const [where, ask, failure] of failing) {
      const attempt = runTransaction(db, async (tx, atEnd) => {
        await insert(tx, { id: 1 });
        atEnd(() => ask(tx));
        atEnd(() => insert(tx, { id: 2 }));
      });
      await t.rejects(attempt, failure as Error, where);
      t.same(await readNotes(), [], where);
    }
    await runTransaction(db, (tx) => divide(tx, { by: 1 }));
  });
}

function fail(): never {
  throw new Error('no text');
}

void t.test('what cannot be read fails with why, and the connection is of use', async (t) => {
  const { db, readNotes } = await open(t);
  const unreadable = (tx: Tx) =>
    (tx as unknown as { $client: pg.Pool }).$client.query({
      name: 'unreadable',
      text: 'select 1',
      rowMode: 'array',
      types: { getTypeParser: () => () => fail() },
    });
  for (let round = 0; round < 2; round += 1) {
    const attempt = runTransaction(db, async (tx) => {
      await Promise.all([insert(tx, { id: 1 }), unreadable(tx)]);
    });
    await t.rejects(attempt, /no text/);
    t.same(await readNotes(), []);
  }
});

void t.test('a statement of several, which must travel alone, keeps its place', async (t) => {
  const { db, readNotes } = await open(t);
  await runTransaction(db, async (tx) => {
    const texts = [sql`insert into notes values (1); insert into notes values (2)`, sql`select note(3)`];
    await Promise.all([insert(tx, { id: 0 }), ...texts.map((text) => tx.execute(text)), insert(tx, { id: 4 })]);
  });
  t.same(await readNotes(), [0, 1, 2, 3, 4]);
  const attempt = runTransaction(db, (tx) =>
    Promise.all([
      insert(tx, { id: 5 }),
      tx.execute(sql`select 1 / 0`),
      insert(tx, { id: 6 }),
      tx.execute(sql`select 1`),
    ]),
  );
  await t.rejects(attempt, { cause: { code: '22012' } });
  t.same(await readNotes(), [0, 1, 2, 3, 4]);
});

void t.test('what is asked of a transaction that is over is refused, and the next one is whole', async (t) => {
  const { db, readNotes } = await open(t);
  const leaked = await runTransaction(db, async (tx) => tx);
  await t.rejects(insert(leaked, { id: 1 }), { cause: /the transaction is over/ });
  await t.rejects(
    runTransaction(db, () => Promise.reject(new Error('nothing was sent'))),
    /nothing was sent/,
  );
  await runTransaction(db, (tx) => insert(tx, { id: 2 }));
  t.same(await readNotes(), [2]);
});

/** Cuts the connection when the transaction has sent its first statements, and lets no commit be answered. */
async function lose(t: Test, work: (db: Db) => Promise<unknown>): Promise<unknown> {
  const { db, pool, proxy } = await open(t);
  proxy.hushCommits();
  const failure = work(db).catch((err: unknown) => err);
  await new Promise((resolve) => pool.once('acquire', resolve));
  await proxy.cut();
  return failure;
}

void t.test('what a branch of a failed transaction asks later is no part of the next one', async (t) => {
  const { db, readNotes } = await open(t);
  let goOn!: () => void;
  const later = new Promise<void>((resolve) => void (goOn = resolve));
  let stray: Promise<unknown> | undefined;
  const failed = runTransaction(db, (tx) => {
    stray = later.then(() => insert(tx, { id: 1 }));
    return Promise.all([divide(tx, { by: 0 }), stray]);
  });
  await t.rejects(failed);
  await runTransaction(db, async (tx) => {
    await insert(tx, { id: 2 });
    goOn();
    await t.rejects(stray!);
    await insert(tx, { id: 3 });
  });
  t.same(await readNotes(), [2, 3]);
});

void t.test('nobody knows what became of a commit that is not answered', async (t) => {
  const failure = await lose(t, (db) =>
    runTransaction(db, async (tx, atEnd) => {
      atEnd(() => insert(tx, { id: 1 }));
    }),
  );
  t.equal(judgeDatabaseFailure(failure), 'outcome unknown');
});

void t.test('what was lost before the commit was sent is not made', async (t) => {
  const failure = await lose(t, (db) =>
    runTransaction(db, async (tx) => {
      await tx.execute(sql`select pg_sleep(60)`);
    }),
  );
  t.equal(judgeDatabaseFailure(failure), 'unavailable');
});

void t.test('what was lost before the last way was sent is not made, and told so', async (t) => {
  const { db, pool, proxy } = await open(t);
  const failure = await runTransaction(db, async (tx, atEnd) => {
    await insert(tx, { id: 1 });
    const removed = new Promise((resolve) => pool.once('remove', resolve));
    await proxy.cut();
    await removed;
    atEnd(() => insert(tx, { id: 2 }));
  }).catch((err: unknown) => err);
  t.equal(judgeDatabaseFailure(failure), 'unavailable');
});
