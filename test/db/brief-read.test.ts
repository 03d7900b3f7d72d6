import { sql } from 'drizzle-orm';
import t from 'tap';
import { readBriefly } from '../../src/db/brief-read.ts';
import { judgeDatabaseFailure } from '../../src/db/failures.ts';
import { openTestDatabase } from '../support/test-database.ts';

void t.test('a list that takes too long is given up as busy, and what comes after has its usual time', async (t) => {
  const { db } = await openTestDatabase(t, { poolMax: 1 });
  const err: unknown = await readBriefly(db, async (tx) => (await tx.execute(sql`select pg_sleep(3600)`)).rows).catch(
    (thrown: unknown) => thrown,
  );
  t.equal(judgeDatabaseFailure(err), 'busy');
  const { rows } = await db.execute(sql`select current_setting('statement_timeout') as limit`);
  t.same(rows, [{ limit: '10s' }]);
});

void t.test('a list has a second and a half, and changes nothing', async (t) => {
  const { db } = await openTestDatabase(t, { poolMax: 1 });
  const rows = await readBriefly(
    db,
    async (tx) =>
      (
        await tx.execute(
          sql`select current_setting('statement_timeout') as limit, current_setting('transaction_read_only') as is_read`,
        )
      ).rows,
  );
  t.same(rows, [{ limit: '1500ms', is_read: 'on' }]);
});
