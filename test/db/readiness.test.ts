import t from 'tap';
import { createPool } from '../../src/db/client.ts';
import { judgeDatabaseFailure } from '../../src/db/failures.ts';
import { createReadiness } from '../../src/db/readiness.ts';
import { startDatabaseProxy } from '../support/database-proxy.ts';
import { createEmptyDatabase } from '../support/test-database.ts';

void t.test(
  'a connection that breaks while it is asked is a database that is away, and no fault of ours',
  async (t) => {
    const { databaseUrl, drop } = await createEmptyDatabase();
    t.teardown(drop);
    const proxy = await startDatabaseProxy(t, databaseUrl);
    const pool = createPool({ databaseUrl: proxy.databaseUrl, poolMax: 1 });
    pool.on('error', () => undefined);
    t.teardown(() => pool.end());
    const isReady = createReadiness(pool, 0);
    await isReady();
    proxy.hush();
    const asked = isReady().catch(judgeDatabaseFailure);
    await proxy.cut();
    t.equal(await asked, 'unavailable');
  },
);
