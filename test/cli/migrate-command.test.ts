import t from 'tap';
import { query } from '../support/embedded-service.ts';
import { makeDeployment, runCommand, runForJson, runInstalled } from '../support/command-line.ts';
import { makeMasterKey } from '../support/service-process.ts';

void t.test('it migrates, says how many, and does nothing the second time', async (t) => {
  const env = await makeDeployment(t, { isEmpty: true });
  const first = await runForJson<{ applied: number }>(['migrate'], { env });
  t.same({ code: first.code, stderr: first.stderr }, { code: 0, stderr: '' });
  t.same(await query(env.DATABASE_URL, 'select count(*)::int as applied from drizzle.__drizzle_migrations'), [
    first.document,
  ]);
  t.same(await runForJson(['migrate'], { env }), { code: 0, document: { applied: 0 }, stderr: '' });
  t.same(await runInstalled(['migrate'], { env }), { code: 0, stdout: 'The schema is up to date\n', stderr: '' });
});

void t.test('it needs no master key, and refuses a wrong one before it writes', async (t) => {
  const { DATABASE_URL, LATCHKEY_MASTER_KEY } = await makeDeployment(t, { isEmpty: true });
  t.equal((await runCommand(['migrate'], { env: { DATABASE_URL } })).code, 0);
  const set = { DATABASE_URL, LATCHKEY_MASTER_KEY, LOG_LEVEL: 'error' };
  t.equal((await runCommand(['rotate-signing-key'], { env: set })).code, 0);

  await query(DATABASE_URL, 'delete from drizzle.__drizzle_migrations where id > 3');
  const wrong = await runCommand(['migrate'], { env: { ...set, LATCHKEY_MASTER_KEY: makeMasterKey() } });
  t.same({ code: wrong.code, stdout: wrong.stdout }, { code: 1, stdout: '' });
  t.match(wrong.stderr, /^LATCHKEY_MASTER_KEY is not the key this database was set up with: [^\n]*\n$/);
  t.same(await query(DATABASE_URL, 'select count(*)::int from drizzle.__drizzle_migrations'), [{ count: 3 }]);
});
