import t from 'tap';
import { createApiClientRepository } from '../../src/resources/api-clients/api-client-repository.ts';
import { createApplicationRepository } from '../../src/resources/applications/application-repository.ts';
import { build } from '../support/build-app.ts';
import { captureStatements } from '../support/captured-statements.ts';
import { createApplication, makeCompany } from '../support/company.ts';
import { API, createClient } from '../support/factories.ts';
import { isProblem } from '../support/problems.ts';
import { insertApplications } from '../support/rows.ts';

interface ListPage {
  results: { uuid: string; name: string; created_at: string }[];
  next_cursor: string | null;
}

void t.test('lists', async (t) => {
  const test = await build(t);
  const company = await makeCompany(test);
  const { owner, reader, stranger } = company;
  const { token } = owner;
  const get = (url: string, as = token) => test.request('GET', url, { token: as });
  const makeOrganization = async (count: number) => {
    const body = { name: 'Long' };
    const { uuid } = (await test.request('POST', `${API}/organizations/`, { token, body })).json<{ uuid: string }>();
    await insertApplications(test, uuid, count);
    return { organizationId: uuid, path: `${API}/organizations/${uuid}`, owner: { ...owner, organizationId: uuid } };
  };
  /** Follows `Link` to the end. */
  const walk = async (url: string, between: (page: number) => Promise<void> = async () => undefined) => {
    const pages: ListPage['results'][] = [];
    for (let next: string | undefined = url; next !== undefined;) {
      const response = await get(next);
      const { results, next_cursor: cursor } = response.json<ListPage>();
      pages.push(results);
      next = /^<([^>]*)>; rel="next"$/.exec(String(response.headers.link ?? ''))?.[1];
      t.equal(next === undefined, cursor === null, 'next_cursor and Link agree');
      if (next !== undefined) t.equal(new URL(next, 'http://localhost').searchParams.get('cursor'), cursor);
      await between(pages.length);
    }
    return pages;
  };
  const long = await makeOrganization(120);
  const url = `${long.path}/applications/`;
  const idsOf = async (organizationId: string) =>
    (
      await test.query<{ id: string }>('select id from applications where organization_id = $1 order by id', [
        organizationId,
      ])
    ).map(({ id }) => id);

  await t.test('200 with everything of the organization in the order of its ids, for every member', async (t) => {
    const made = [await createApplication(test, company), await createApplication(test, company)];
    for (const as of [token, reader.token]) {
      const page = (await get(`${company.path}/applications/`, as)).json<ListPage>();
      t.same(
        page.results.map(({ uuid }) => uuid),
        [owner.applicationId, ...made.map(({ uuid }) => uuid)].reverse(),
        'which is newest first',
      );
      t.equal(page.next_cursor, null);
      t.same(page.results[0], (await get(`${company.path}/applications/${made[1]?.uuid ?? ''}/`)).json());
      for (const { api_key: apiKey } of made) t.equal(JSON.stringify(page).includes(apiKey), false);
    }
    t.same((await get(`${company.path}/applications`)).json<ListPage>().results.length, 3, 'without the slash');
  });

  await t.test(
    'limit: 100 applications and 50 API clients unless asked for, lowered to 100, and the last page has no next one',
    async (t) => {
      const sizes = { '': 100, '?limit=1': 1, '?limit=99': 99, '?limit=100': 100, '?limit=101': 100 };
      for (const [query, size] of Object.entries({ ...sizes, '?limit=1000000000000': 100 })) {
        t.equal((await get(url + query)).json<ListPage>().results.length, size, query);
      }
      t.same(
        (await walk(url)).map(({ length }) => length),
        [100, 20],
      );
      t.same(
        (await walk(`${url}?limit=60`)).map(({ length }) => length),
        [60, 60],
        'a full last page is the last',
      );
      t.same(
        (await walk(`${url}?limit=5000`)).map(({ length }) => length),
        [100, 20],
      );
    },
  );

  await t.test('Link followed to the end gives every record once, in order', async (t) => {
    const alias = `${API}/organizations/me/${long.organizationId}/applications`;
    for (const start of [`${url}?limit=7`, `${alias}?limit=11&order=newest`]) {
      const ids = (await walk(start)).flat().map(({ uuid }) => uuid);
      t.same(ids, (await idsOf(long.organizationId)).reverse());
    }
    for (const start of [`${url}?limit=7&order=oldest`, `${alias}?order=oldest&limit=11`]) {
      const ids = (await walk(start)).flat().map(({ uuid }) => uuid);
      t.same(ids, await idsOf(long.organizationId), 'oldest first when it is asked for');
    }
  });

  await t.test('records that come and go meanwhile cost no other record its place', async (t) => {
    const busy = await makeOrganization(40);
    const start = await idsOf(busy.organizationId);
    const gone = new Set<string>();
    const added: string[] = [];
    const pages = await walk(`${busy.path}/applications/?limit=6&order=oldest`, async (page) => {
      if (page > 4) return;
      // One that was seen, the very last one seen, and one that is still to come.
      for (const id of [start[(page - 1) * 6], start[page * 6 - 1], start[39 - page]]) {
        if (id === undefined || gone.has(id)) throw new Error('the test deletes a record twice');
        gone.add(id);
        await test.request('DELETE', `${busy.path}/applications/${id}`, { token });
      }
      added.push((await createApplication(test, busy)).uuid);
    });
    const seen = pages.flat().map(({ uuid }) => uuid);
    t.equal(new Set(seen).size, seen.length, 'none twice');
    t.same(seen, [...seen].sort(), 'in order');
    const stayed = start.filter((id) => !gone.has(id));
    t.same(
      stayed.filter((id) => !seen.includes(id)),
      [],
      'none is missing',
    );
    t.same(
      seen.filter((id) => !start.includes(id) && !added.includes(id)),
      [],
    );
  });

  await t.test('Link keeps limit, filters and the path as it was asked for', async (t) => {
    for (let i = 0; i < 3; i += 1) await createClient(test, owner, { name: `a&b=c é ${i}`, environment: 'staging' });
    const asked = `${company.path}/api-clients?environment=staging&q=a%26b%3Dc+%C3%A9&limit=1`;
    const first = await get(asked);
    const next = /^<([^>]*)>; rel="next"$/.exec(String(first.headers.link))?.[1] ?? '';
    const { pathname, searchParams } = new URL(next, 'http://localhost');
    t.equal(next.startsWith('/'), true, 'a path: the origin is the caller’s to know');
    t.equal(pathname, `${company.path}/api-clients`);
    t.same(Object.fromEntries(searchParams), {
      environment: 'staging',
      q: 'a&b=c é',
      limit: '1',
      cursor: first.json<ListPage>().next_cursor,
    });
    t.same(
      (await walk(asked)).flat().map(({ name }) => name),
      ['a&b=c é 2', 'a&b=c é 1', 'a&b=c é 0'],
    );
    const lowered = String((await get(`${url}?limit=100000`)).headers.link);
    t.equal(new URL(/<(.*)>/.exec(lowered)?.[1] ?? '', 'http://localhost').searchParams.get('limit'), '100');
  });

  await t.test('HEAD tells the next page as GET does', async (t) => {
    const head = await test.request('HEAD', `${url}?limit=2`, { token });
    t.equal(head.statusCode, 200);
    t.equal(head.body, '');
    t.match(head.headers.link, /^<\/auth\/v2\/.*limit=2&cursor=[\w-]{43}>; rel="next"$/);
  });

  await t.test('400 with the pointer ?limit for what is no number of records', async (t) => {
    for (const limit of ['0', '-1', '1.5', 'abc', '', '%00', 'NaN', 'Infinity', '-Infinity', '1e400', '5&limit=6']) {
      isProblem(t, await get(`${url}?limit=${limit}`), {
        code: 'invalid_request',
        pointers: ['?limit'],
        message: limit,
      });
    }
  });

  await t.test('400 names every parameter that is wrong at once, by its plain name', async (t) => {
    const response = await get(`${url}?limit=0&offset=5&a%2Fb=1&c~d=2&cursor=${'x'.repeat(201)}`);
    const pointers = ['?limit', '?offset', '?a/b', '?c~d', '?cursor'];
    isProblem(t, response, { code: 'invalid_request', pointers });
  });

  await t.test('400 with the pointer ?cursor for a cursor that is not of this list', async (t) => {
    const cursorOf = async (from: string) => {
      const cursor = (await get(from)).json<ListPage>().next_cursor;
      if (cursor === null) throw new Error(`${from} has only one page`);
      return cursor;
    };
    const cursor = await cursorOf(`${url}?limit=1`);
    const isRefused = async (address: string, message: string) => {
      isProblem(t, await get(address), { code: 'invalid_request', pointers: ['?cursor'], message });
    };
    t.equal((await get(`${url}?cursor=${cursor}`)).statusCode, 200, 'in its own list it is good, whatever the limit');
    await isRefused(`${company.path}/applications/?cursor=${cursor}`, 'another organization');
    await isRefused(`${long.path}/api-clients/?cursor=${cursor}`, 'another list');
    const clients = `${company.path}/api-clients/`;
    const filtered = await cursorOf(`${clients}?environment=staging&limit=1`);
    t.equal((await get(`${clients}?cursor=${filtered}&environment=staging`)).statusCode, 200);
    await isRefused(`${url}?cursor=${cursor}&order=oldest`, 'another order');
    await isRefused(`${clients}?cursor=${filtered}`, 'without its filter');
    await isRefused(`${clients}?cursor=${filtered}&environment=live`, 'another filter');
    await isRefused(`${clients}?cursor=${filtered}&environment=staging&status=active`, 'one filter more');
    const other = cursor.startsWith('A') ? 'B' : 'A';
    for (const tampered of [other + cursor.slice(1), cursor.slice(0, -1), `${cursor}A`, `${cursor}=`, '', 'x', '%00']) {
      await isRefused(`${url}?cursor=${tampered}`, 'tampered');
    }
    await isRefused(`${url}?cursor=${cursor}&cursor=${cursor}`, 'twice');
  });

  await t.test('401 without a token, and the same 404 for a stranger whatever the query', async (t) => {
    isProblem(t, await test.request('GET', url), { code: 'unauthorized' });
    for (const query of ['', '?limit=0', '?nonsense=1']) {
      isProblem(t, await get(url + query, stranger.token), { code: 'not_found' });
    }
  });

  await t.test('any page is read through an index, past nothing that others have made since', async (t) => {
    const deep = await makeOrganization(6000);
    // The organization has nearly all there is, and the newest is of another one.
    await makeOrganization(600);
    // So many that looking one up by its id is no scan.
    await test.query(`insert into users (id, email, password_hash)
      select gen_random_uuid(), 'user-' || n || '@deep.example', 'h' from generate_series(1, 3000) n`);
    await test.query('analyze');
    const statements = captureStatements(test);
    t.teardown(statements.end);
    const ids = await idsOf(deep.organizationId);
    const { db } = statements;
    const filtered = [
      { filters: { environment: 'live' }, found: 51 },
      { filters: { environment: 'staging' }, found: 0 },
      { filters: { status: 'active' }, found: 51 },
      { filters: { status: 'paused' }, found: 0 },
      { filters: { application_id: 'none' }, found: 0 },
    ] as const;
    for (const order of ['newest', 'oldest'] as const) {
      for (const afterId of [null, ids[order === 'oldest' ? 5000 : 1000] ?? '']) {
        const page = { afterId, limit: 51, order };
        t.equal((await createApplicationRepository(db, deep.organizationId).list(page)).length, 51);
        const clients = createApiClientRepository(db, deep.organizationId);
        t.equal((await clients.list(page, {})).length, 51);
        for (const { filters, found } of filtered) t.equal((await clients.list(page, filters)).length, found);
      }
    }
    t.equal(statements.seen.length, 4 * (2 + filtered.length));
    for (const { text, values } of statements.seen) {
      const plan = await test.query<{ 'QUERY PLAN': string }>(
        `explain (analyze, costs off, timing off) ${text}`,
        values,
      );
      const lines = plan.map((line) => line['QUERY PLAN']);
      t.match(lines.join('\n'), /Index (Only )?Scan (Backward )?using \w+ on (applications|api_clients)/);
      t.same(
        lines.filter((line) => /\bSort\b|Seq Scan/.test(line)),
        [],
      );
      // The cost does not grow with the depth: no step reads more rows than a page has.
      const rows = lines.flatMap((line) => [...line.matchAll(/actual rows=(\d+)/g)].map(([, count]) => Number(count)));
      t.ok(Math.max(...rows) <= 51, lines.join('\n'));
      t.same(
        lines.filter((line) => line.includes('Rows Removed')),
        [],
      );
    }
    // An owner of nearly everything makes the primary key look as good to the planner; it must not serve.
    await test.query(`drop index applications__organization_id_id_idx; drop index api_clients__organization_id_id_idx`);
    for (const { text, values } of statements.seen) {
      const plan = await test.query<{ 'QUERY PLAN': string }>(`explain ${text}`, values);
      t.notMatch(plan.map((line) => line['QUERY PLAN']).join('\n'), /using (applications|api_clients)_pkey on/);
    }
  });
});
