import { mkdir } from 'node:fs/promises';
import t from 'tap';
import { findRunningPostgres } from '../../src/embedded/embedded-postgres.ts';
import { lockDataDir } from '../../src/embedded/embedded-lock.ts';
import { makePlace, query } from '../support/embedded-service.ts';

void t.test('the database of a running process is found, and none where none runs', async (t) => {
  const { dataDir, launch } = await makePlace(t);
  t.equal(await findRunningPostgres(dataDir), undefined, 'no data dir');
  const service = launch({ dataDir });
  const { databaseUrl } = await service.outcome();
  const found = await findRunningPostgres(dataDir);
  t.equal(found, databaseUrl);
  t.same(await query(String(found), 'select 1 as one'), [{ one: 1 }]);
  await service.end('SIGTERM');
  t.equal(await findRunningPostgres(dataDir), undefined, 'after a stop');
});

void t.test('a server that a dead process left behind is nobody’s', async (t) => {
  const { dataDir, launch } = await makePlace(t);
  const service = launch({ dataDir });
  await service.outcome();
  await service.end('SIGKILL');
  t.equal(await findRunningPostgres(dataDir), undefined);
});

void t.test('a process that has the data dir but no database yet is waited for, then named', async (t) => {
  const { dataDir } = await makePlace(t);
  await mkdir(dataDir);
  const lock = await lockDataDir(dataDir);
  await t.rejects(findRunningPostgres(dataDir), {
    name: 'EmbeddedPostgresError',
    message: /^The data dir \S+ is in use by another process, and its database is not ready: try again in a moment$/,
  });
  await lock.release();
});
