import t from 'tap';
import { deleteLeftovers } from '../../../src/plugins/maintenance.ts';
import { UsageRecorder } from '../../../src/resources/usage/usage-recorder.ts';
import { createUsageRepository, usageLeftovers } from '../../../src/resources/usage/usage-repository.ts';
import type { UsageCount } from '../../../src/resources/usage/usage-repository.ts';
import { build, waitFor } from '../../support/build-app.ts';
import { createClient, registerUser } from '../../support/factories.ts';
import type { TestClient } from '../../support/factories.ts';
import { clientPath } from '../../support/machines.ts';
import { openDb } from '../../support/secret-tools.ts';

const WAITING_MAX = 10_000;
const DAY_MS = 86_400_000;
const NOON = Date.parse('2026-05-01T12:00:00Z');

const test = await build(t);
const owner = await registerUser(test);
const { db } = openDb(t, test);
const repository = createUsageRepository(db);
const makeRecorder = (now = () => NOON) => new UsageRecorder({ repository, clock: { now }, log: test.app.log });

const read = ({ client_id }: TestClient, column = 'id') =>
  test.query<{ day: string; accepted: number; refused: number }>(
    `select day::text, accepted::int, refused::int from client_usage
     where subject_id = (select ${column} from api_clients where client_id = $1) order by day`,
    [client_id],
  );
const hide = () => test.query('alter table client_usage rename to hidden_usage');
const show = () => test.query('alter table hidden_usage rename to client_usage');

function count(
  recorder: UsageRecorder,
  { client_id }: Pick<TestClient, 'client_id'>,
  counts: { accepted?: number; refused?: number },
) {
  for (let index = 0; index < (counts.accepted ?? 0); index += 1) recorder.accept(client_id);
  for (let index = 0; index < (counts.refused ?? 0); index += 1) recorder.refuse(client_id);
}

void t.test('what several processes count at the same time adds up, and none of them waits in a circle', async (t) => {
  await test.query(
    `insert into api_clients (id, client_id, organization_id, name, environment, permissions)
     select gen_random_uuid(), lpad(n::text, 22, 'c'), $1, 'Many', 'live', '{api.read}' from generate_series(1, 300) as n`,
    [owner.organizationId],
  );
  const clients = Array.from({ length: 300 }, (_, index) => ({ client_id: String(index + 1).padStart(22, 'c') }));
  const recorders = [makeRecorder(), makeRecorder(), makeRecorder()];
  for (let round = 0; round < 5; round += 1) {
    // Each in an order of its own.
    for (const recorder of recorders) {
      const shuffled = clients.toSorted(() => Math.random() - 0.5);
      for (const client of shuffled) count(recorder, client, { accepted: 2, refused: 1 });
    }
    await Promise.all(recorders.map((recorder) => recorder.flush()));
  }
  t.notOk(test.logs.some((line) => line.includes('could not be written')));
  const rows = await test.query<{ accepted: number; refused: number; clients: number }>(
    `select accepted::int, refused::int, count(*)::int as clients from client_usage
     join api_clients on api_clients.id = subject_id where name = 'Many' group by accepted, refused`,
  );
  t.same(rows, [{ accepted: 30, refused: 15, clients: 300 }]);
});

void t.test('each day has its own count, also of checks that one write brings', async (t) => {
  const client = await createClient(test, owner);
  let now = NOON;
  const recorder = makeRecorder(() => now);
  count(recorder, client, { accepted: 1 });
  now += DAY_MS;
  count(recorder, client, { accepted: 2, refused: 3 });
  await recorder.flush();
  now -= DAY_MS;
  count(recorder, client, { accepted: 4 });
  await recorder.flush();
  t.same(await read(client), [
    { day: '2026-05-01', accepted: 5, refused: 0 },
    { day: '2026-05-02', accepted: 2, refused: 3 },
  ]);
});

void t.test(
  'a client that is gone is left out, and the sums of its application and organization keep what it did',
  async (t) => {
    const user = await registerUser(test);
    const [gone, stays] = [
      await createClient(test, user, { application_id: user.applicationId }),
      await createClient(test, user, { application_id: user.applicationId }),
    ];
    const recorder = makeRecorder();
    count(recorder, gone, { accepted: 3 });
    count(recorder, stays, { accepted: 1 });
    await recorder.flush();
    count(recorder, gone, { accepted: 5 });
    await test.request('DELETE', clientPath(user, gone.client_id), { token: user.token });
    await recorder.flush();
    for (const column of ['application_id', 'organization_id']) {
      t.same(await read(stays, column), [{ day: '2026-05-01', accepted: 4, refused: 0 }], column);
    }
  },
);

void t.test('a database error loses nothing: the counts are written with the next ones', async (t) => {
  const client = await createClient(test, owner);
  const recorder = makeRecorder();
  count(recorder, client, { accepted: 2, refused: 1 });
  await hide();
  const failing = recorder.flush();
  count(recorder, client, { accepted: 1 });
  await failing;
  count(recorder, client, { refused: 1 });
  await show();
  await recorder.flush();
  await recorder.flush();
  t.same(await read(client), [{ day: '2026-05-01', accepted: 3, refused: 2 }]);
});

void t.test('while nothing can be written the counts are bounded, and counting goes on afterwards', async (t) => {
  const client = await createClient(test, owner);
  const sizes: number[] = [];
  const add = (counts: readonly UsageCount[]) => {
    sizes.push(counts.length);
    return repository.add(counts);
  };
  const recorder = new UsageRecorder({ repository: { add }, clock: { now: () => NOON }, log: test.app.log });
  await hide();
  for (let index = 0; index < 3 * WAITING_MAX; index += 1) recorder.accept(`nobody-${index}`);
  await recorder.stop();
  await show();
  t.ok(sizes.length > 1, 'it was tried again');
  t.equal(Math.max(...sizes), WAITING_MAX);
  await recorder.flush();
  count(recorder, client, { refused: 1 });
  await recorder.flush();
  t.same(await read(client), [{ day: '2026-05-01', accepted: 0, refused: 1 }]);
});

void t.test('with ten thousand clients the counts are written early', async (t) => {
  const client = await createClient(test, owner);
  const recorder = makeRecorder();
  count(recorder, client, { accepted: 1 });
  for (let index = 0; index < WAITING_MAX; index += 1) recorder.accept(`nobody-${index}`);
  await waitFor(async () => ((await read(client)).length === 1 ? true : undefined));
  t.pass('without a flush or a stop');
});

void t.test('counts are kept for 400 days', async (t) => {
  const client = await createClient(test, owner);
  await test.query(
    `insert into client_usage (subject_id, day, accepted, refused)
     select id, (now() at time zone 'utc')::date - age, 1, 0 from api_clients, unnest(array[399, 400, 401]) as age
     where client_id = $1`,
    [client.client_id],
  );
  await deleteLeftovers(test.app, [usageLeftovers]);
  t.equal((await read(client)).length, 2);
});
