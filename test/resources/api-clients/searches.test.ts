import t from 'tap';
import { createApiClientRepository } from '../../../src/resources/api-clients/api-client-repository.ts';
import type { ApiClientFilters } from '../../../src/resources/api-clients/api-client-filters.ts';
import { build } from '../../support/build-app.ts';
import { captureStatements } from '../../support/captured-statements.ts';
import { registerUser } from '../../support/factories.ts';
import type { TestUser } from '../../support/factories.ts';
import { clientsPath } from '../../support/machines.ts';

const CLIENTS = 8_000;
/** One of so many is of those that a filter finds few of. */
const FEW = 1_000;
const PAGE = 51;

const test = await build(t);

/** Clients with a secret each, of which few differ from the others in one thing each. */
async function insertClients({ organizationId }: TestUser): Promise<void> {
  await test.query(
    `with made as (
        insert into api_clients (id, client_id, organization_id, name, environment, permissions)
        select gen_random_uuid(), 'searched-' || i, $1,
          case when i % $3 = 1 then 'Grand Ledger ' || i when i % $3 = 2 then 'Übung ' || i else 'Client ' || i end, 'live',
          case when i % $3 = 3 then array['api.read', 'api.write'] else array['api.read'] end
        from generate_series(1, $2::int) as i
        returning id, client_id, substr(client_id, 10)::int % $3 as place
      )
      insert into secrets (id, api_client_id, status, lookup_id, hash, pepper_version, hint, expires_at)
      select gen_random_uuid(), id, status, substr(md5(status || client_id), 1, 22), '$argon2id$none', 'none',
        case when place = 4 then 'Zz9z' else 'none' end, case when status = 'retiring' then now() + interval '1 day' end
      from made, unnest(array['active', 'retiring']) as status where status = 'active' or place = 5`,
    [organizationId, CLIENTS, FEW],
  );
  await test.query('vacuum analyze');
}

void t.test('searches', async (t) => {
  const user = await registerUser(test);
  await insertClients(user);
  const statements = captureStatements(test);
  t.teardown(statements.end);
  const clients = createApiClientRepository(statements.db, user.organizationId);
  const page = { afterId: null, limit: PAGE, order: 'newest' } as const;
  const found = CLIENTS / FEW;

  /** Finds, and counts the rows that the steps of the search looked at. */
  const search = async (filters: ApiClientFilters) => {
    const names = (await clients.list(page, filters)).map(({ name }) => name);
    const { text, values } = statements.seen.at(-1) ?? { text: '', values: [] };
    const plan = await test.query<{ 'QUERY PLAN': string }>(`explain (analyze, costs off, timing off) ${text}`, values);
    const lines = plan.map((line) => line['QUERY PLAN']);
    const counted = lines.flatMap((line) => [
      ...[...line.matchAll(/actual rows=([\d.]+) loops=(\d+)/g)].map(([, rows, loops]) => Number(rows) * Number(loops)),
      ...[...line.matchAll(/Rows Removed by [\w ]+: (\d+)/g)].map(([, rows]) => Number(rows)),
    ]);
    return { names, most: Math.max(...counted), plan: lines.join('\n') };
  };

  for (const [title, filters, expected] of [
    // The first client of an organization has all of them.
    ['a permission', { permission: 'api.write' }, found + 1],
    ['an old secret that still works', { has_retiring_secret: true }, found],
    ['a part of the name', { q: 'and LEDG' }, found],
    ['a part of the name with other letters than those of English', { q: 'üBUN' }, found],
    ['a hint', { q: 'Zz9z' }, found],
    ['a client_id', { q: 'searched-77' }, 1],
    ['a permission that the first one alone has', { permission: 'flows.execute' }, 1],
    ['a name that nobody has', { q: 'nowhere' }, 0],
  ] as const) {
    await t.test(`few with ${title} are found without a look at all the others`, async (t) => {
      const { names, most, plan } = await search(filters);
      t.equal(names.length, expected);
      t.ok(most <= 4 * PAGE, `${most} rows`, { plan });
    });
  }

  for (const [title, filters] of [
    ['a permission', { permission: 'api.read' }],
    ['no old secret', { has_retiring_secret: false }],
    ['a part of the name', { q: 'client' }],
    ['two letters of the name', { q: 'Cl' }],
  ] as const) {
    await t.test(`many with ${title} are read as far as the page goes`, async (t) => {
      const { names, most, plan } = await search(filters);
      t.equal(names.length, PAGE);
      t.ok(most <= 4 * PAGE, `${most} rows`, { plan });
    });
  }

  await t.test('where Postgres has no trigrams, the same is found', async (t) => {
    const queries = ['and LEDG', 'übun', 'Zz9z', 'searched-77', 'Üb', '100%', '_', 'nowhere'];
    const ask = async () => {
      const answers = queries.map(async (q) => {
        const url = `${clientsPath(user)}?${new URLSearchParams({ q, limit: '100' }).toString()}`;
        const response = await test.request('GET', url, { token: user.token });
        return response.json<{ results: { client_id: string }[] }>().results.map((one) => one.client_id);
      });
      return Promise.all(answers);
    };
    const before = await ask();
    t.same(
      before.map((one) => one.length),
      [8, 8, 8, 1, 8, 0, 0, 0],
    );
    await test.query('drop extension pg_trgm cascade');
    t.same(await ask(), before);
  });
});
