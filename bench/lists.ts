import { drizzle } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import { migrateDatabase } from '../src/db/migrate.ts';
import { createApiClientRepository } from '../src/resources/api-clients/api-client-repository.ts';
import type { ApiClientFilters } from '../src/resources/api-clients/api-client-filters.ts';
import type { PageRequest } from '../src/http/pagination.ts';
import type { Case, Comparison } from './cases.ts';
import { CaseError, median } from './measure.ts';

const CLIENTS = 1_000_000;
const QUICK_CLIENTS = 50_000;
/** One client in so many is what a filter for few finds. */
const FEW = 5_000;
const PAGE = 51;
const DEEP_PAGE = 20_000;
const ROUNDS = 9;
/** Rounds that are not counted. */
const WARM_UP = 5;
const DEEP_RATIO_MAX = 1.5;
const FILTER_RATIO_MAX = 3;

interface List {
  what: string;
  filters: ApiClientFilters;
  /** The row that the page begins after, counted from the newest. */
  skip?: number;
  /** Not promised: what stands in the way is in the README. */
  isBound?: boolean;
}

const day = (offset: number) => new Date(Date.now() + offset * 86_400_000).toISOString();

/** Every list of API clients, with what is found rarely and what is found everywhere. */
const lists: List[] = [
  { what: 'page 1', filters: {} },
  { what: `page ${DEEP_PAGE}`, filters: {}, skip: (DEEP_PAGE - 1) * (PAGE - 1) },
  { what: 'environment, few', filters: { environment: 'staging' } },
  { what: 'environment, most', filters: { environment: 'live' } },
  { what: 'status, few', filters: { status: 'paused' } },
  { what: 'application_id=none', filters: { application_id: 'none' } },
  { what: 'permission, few', filters: { permission: 'api.write' } },
  { what: 'permission, all', filters: { permission: 'api.read' } },
  { what: 'permission, none', filters: { permission: 'no.such' } },
  { what: 'expires_before, few', filters: { expires_before: day(30) } },
  { what: 'has_retiring_secret=true, few', filters: { has_retiring_secret: true } },
  { what: 'has_retiring_secret=false', filters: { has_retiring_secret: false } },
  { what: 'q, few names', filters: { q: 'ledger' } },
  { what: 'q, all names', filters: { q: 'client' } },
  { what: 'q, no name', filters: { q: 'nobody has it' } },
  { what: 'q, few names of many that are like them', filters: { q: 'client 77777' }, isBound: true },
  { what: 'q, a hint', filters: { q: 'ab12' } },
  { what: 'q, two letters, few names', filters: { q: 'Lé' }, isBound: true },
  { what: 'unused_since, few', filters: { unused_since: day(-30) }, isBound: true },
];

/** A million API clients of one organization: how long each list takes beside the first page, and how it is read. */
export const listClients: Case = async (stage) => {
  const total = stage.plan.rounds === 1 ? QUICK_CLIENTS : CLIENTS;
  const url = await stage.createDatabase('lists');
  await migrateDatabase(url);
  const pool = new pg.Pool({ connectionString: url, max: 1, options: '-c max_parallel_workers_per_gather=0' });
  pool.on('error', () => undefined);
  const statements: { text: string; values: unknown[] }[] = [];
  const logQuery = (text: string, values: unknown[]) => statements.push({ text, values });
  try {
    const organizationId = await fill(pool, total);
    const clients = createApiClientRepository(drizzle({ client: pool, logger: { logQuery } }), organizationId);
    const first: PageRequest = { limit: PAGE, order: 'newest', afterId: null };
    const time = async (page: PageRequest, filters: ApiClientFilters) => {
      const begun = performance.now();
      await clients.list(page, filters);
      return performance.now() - begun;
    };
    const comparisons: Comparison[] = [];
    const notes: string[] = [];
    for (const list of lists) {
      const { what, filters, skip, isBound } = list;
      const page =
        skip === undefined ? first : { ...first, afterId: await idAt(pool, Math.min(skip, total - PAGE - 1)) };
      const rounds: [own: number, plain: number][] = [];
      for (let round = 0; round < ROUNDS + WARM_UP; round += 1) {
        const plain = await time(first, {});
        rounds.push([await time(page, filters), plain]);
      }
      const [own, plain] = ([0, 1] as const).map((place) => median(rounds.slice(WARM_UP).map((one) => one[place])));
      comparisons.push(compare(list, own!, plain!));
      const plan = await explain(pool, statements.at(-1)!);
      if (isBound !== true && plan.includes('Seq Scan')) {
        throw new CaseError(`${what} is read by a sequential scan:\n${plan}`);
      }
      notes.push(`${what}\n${plan}`);
    }
    return { outcomes: [], comparisons: comparisons.slice(1), notes };
  } finally {
    await pool.end();
  }
};

function compare({ what, skip, isBound = false }: List, service: number, other: number): Comparison {
  const most = skip === undefined ? FILTER_RATIO_MAX : DEEP_RATIO_MAX;
  const ratio = service / other;
  const wanted = isBound ? 'no promise' : `≤ ${most}`;
  return {
    what: `api-clients/, ${what}`,
    beside: 'page 1',
    unit: 'ms',
    service,
    other,
    ratio,
    wanted,
    isMet: isBound || ratio <= most,
  };
}

async function explain(pool: pg.Pool, { text, values }: { text: string; values: unknown[] }): Promise<string> {
  const { rows } = await pool.query<{ 'QUERY PLAN': string }>(`explain (costs off) ${text}`, values);
  return rows.map((row) => `  ${row['QUERY PLAN']}`).join('\n');
}

async function idAt(pool: pg.Pool, place: number): Promise<string> {
  const { rows } = await pool.query<{ id: string }>('select id from api_clients order by id desc offset $1 limit 1', [
    place,
  ]);
  return rows[0]!.id;
}

/** Ids that rise with time, as the service makes them. @returns the organization that has the clients */
async function fill(pool: pg.Pool, total: number): Promise<string> {
  const { rows } = await pool.query<{ id: string }>(
    `insert into organizations (id, name, contact_email) values (gen_random_uuid(), 'Acme', 'acme@example.com') returning id`,
  );
  const organizationId = rows[0]!.id;
  const id = (seed: string) => `(lpad(to_hex(1700000000000 + i), 12, '0') || '7' || substr(md5(${seed} || i), 1, 3)
    || '8' || substr(md5(${seed} || i), 4, 15))::uuid`;
  await pool.query(
    `insert into api_clients (id, client_id, organization_id, name, environment, permissions, status, expires_at, last_used_at)
      select ${id("'client'")}, 'client-' || i, $1,
        case when i % $3 = 7 then 'Ledger ' || i when i % $3 = 8 then 'Lé ' || i else 'Client ' || i end,
        case when i % $3 = 0 then 'staging' else 'live' end,
        case when i % $3 = 1 then array['api.read', 'api.write'] else array['api.read', 'flows.execute'] end,
        case when i % $3 = 2 then 'paused' else 'active' end,
        case when i % $3 = 3 then now() + interval '1 day' end,
        case when i % $3 = 4 then now() - interval '1 year' else now() end
      from generate_series(1, $2::int) as i`,
    [organizationId, total, FEW],
  );
  const hash = '$argon2id$v=19$m=64,t=1,p=1$none$none';
  await pool.query(
    `insert into secrets (id, api_client_id, status, lookup_id, hash, pepper_version, hint, expires_at)
      select ${id('status')}, ${id("'client'")}, status, substr(md5(status || i), 1, 22), $3, 'none', case when i = 5 then 'ab12' else 'none' end,
        case when status = 'retiring' then now() + interval '1 day' end
      from generate_series(1, $1::int) as i, unnest(array['active', 'retiring']) as status
      where status = 'active' or i % $2 = 6`,
    [total, FEW, hash],
  );
  // Whoever made a client is looked up for each row of a page: among so few users that would be a scan.
  await pool.query(
    `insert into users (id, email, password_hash)
      select gen_random_uuid(), 'user-' || i || '@example.com', 'none' from generate_series(1, 3000) as i`,
  );
  await pool.query('vacuum analyze');
  return organizationId;
}
