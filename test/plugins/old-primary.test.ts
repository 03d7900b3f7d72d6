import t from 'tap';
import { READ_BUDGET_MS } from '../../src/db/client.ts';
import { migrateDatabase } from '../../src/db/migrate.ts';
import { build, waitFor } from '../support/build-app.ts';
import type { TestApp } from '../support/build-app.ts';
import { API, registerUser } from '../support/factories.ts';
import { isProblem } from '../support/problems.ts';
import { startReplication, withoutReplication } from '../support/replication.ts';
import type { ReplicatedServer } from '../support/replication.ts';

interface Teardown {
  teardown(handler: () => Promise<void>): unknown;
}

/** Two servers, the second of which can be promoted while nobody stops the first, each behind a proxy. */
async function makeTwoHosts(t: Teardown) {
  const [one, two] = (await startReplication(t, 1)) as [ReplicatedServer, ReplicatedServer];
  const [toOne, toTwo] = [one.door, two.door];
  const hosts = [toOne, toTwo].map((proxy) => new URL(proxy.databaseUrl).host);
  const databaseUrl = `postgres://latchkey@${hosts.join(',')}/postgres`;
  await migrateDatabase(databaseUrl);
  // Nobody waits for a standby here: what was written last may not be there yet.
  const promote = async () => {
    await two.caughtUp(one);
    await two.promote();
  };
  return { toOne, toTwo, databaseUrl, plantAt: one.directUrl, promote };
}

const check = (test: TestApp, apiKey: string) =>
  test.request('GET', `${API}/verify/`, { headers: { 'x-api-key': apiKey } });

/** Opens all of the connections that checks have. */
const warmUp = (test: TestApp, apiKey: string) => Promise.all(Array.from({ length: 20 }, () => check(test, apiKey)));

const becomesReady = (test: TestApp) =>
  waitFor(async () => ((await test.request('GET', '/readyz')).statusCode === 200 ? true : undefined));

const isAnswered = (test: TestApp, apiKey: string) =>
  waitFor(async () => ((await check(test, apiKey)).statusCode === 200 ? true : undefined));

void t.test(
  'an old primary that nobody has stopped is not gone back to by who has seen its successor',
  { skip: withoutReplication },
  async (t) => {
    const { toOne, toTwo, databaseUrl, plantAt, promote } = await makeTwoHosts(t);
    const test = await build(t, { databaseUrl, plantAt });
    const { apiKey } = await registerUser(test);
    await toOne.cut();
    await promote();
    await becomesReady(test);
    await isAnswered(test, apiKey);
    await toOne.mend();
    await toTwo.cut();

    isProblem(t, await check(test, apiKey), { code: 'database_unavailable' });
    isProblem(t, await test.request('GET', '/readyz'), { code: 'database_unavailable' });
    await toTwo.mend();
    await isAnswered(test, apiKey);
    await becomesReady(test);
  },
);

void t.test(
  'connections that an old primary has kept are not used any more once its successor has been seen',
  { skip: withoutReplication },
  async (t) => {
    const { toOne, databaseUrl, plantAt, promote } = await makeTwoHosts(t);
    const test = await build(t, { databaseUrl, plantAt, readBudgetMs: READ_BUDGET_MS });
    const { apiKey } = await registerUser(test);
    await warmUp(test, apiKey);
    toOne.hush();
    await promote();
    await becomesReady(test);

    for (const response of await warmUp(test, apiKey)) t.equal(response.statusCode, 200);
    toOne.unhush();
  },
);
