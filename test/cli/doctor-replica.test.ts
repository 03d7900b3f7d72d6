import t from 'tap';
import { makeDeployment, runCommand } from '../support/command-line.ts';
import { query } from '../support/embedded-service.ts';
import { createTestDatabase } from '../support/test-database.ts';

const env = await makeDeployment(t);
const { DATABASE_URL: databaseUrl } = env;

/** The doctor's line about the replica. */
async function examine(readUrl: string): Promise<string | undefined> {
  const { stdout, stderr } = await runCommand(['doctor'], { env: { ...env, DATABASE_READ_URL: readUrl } });
  t.notMatch(stdout + stderr, 'hunter2');
  return stdout.split('\n').find((line) => /^\w+ +replica /.test(line));
}

void t.test('a replica is looked at where one is set, and nothing is left behind', async (t) => {
  t.match(await examine(databaseUrl), /^warn +replica +DATABASE_READ_URL leads to the primary itself/);
  t.same(await query(databaseUrl, 'select from state_promises'), []);
  t.same(await query(databaseUrl, 'select from state_promise_epoch'), []);
  t.equal(await examine(''), undefined);
});

void t.test('a replica of another database, and one that is away', async (t) => {
  const another = await createTestDatabase();
  t.teardown(() => another.drop());
  await query(another.databaseUrl, `insert into state_changes (number, keys) values (1000001, '{}')`);
  t.match(await examine(another.databaseUrl), /^fail +replica +DATABASE_READ_URL leads to another database/);
  t.match(
    await examine('postgres://someone:hunter2@127.0.0.1:1/none'),
    /^fail +replica +The replica cannot be reached .*: check DATABASE_READ_URL/,
  );
});
