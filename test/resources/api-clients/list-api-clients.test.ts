import t from 'tap';
import { v7 as uuidv7 } from 'uuid';
import { build } from '../../support/build-app.ts';
import { isProblem } from '../../support/problems.ts';
import type { TestUser } from '../../support/factories.ts';
import { createClient, registerUser } from '../../support/factories.ts';
import { clientPath, clientsPath } from '../../support/machines.ts';

interface Item {
  client_id: string;
  name: string;
}
interface PageBody {
  results: Item[];
  next_cursor: string | null;
}

const test = await build(t);

/** Oldest first, in the order in which the tests make them, unless asked otherwise. */
async function list(user: TestUser, query: Record<string, string> = {}) {
  const search = new URLSearchParams({ order: 'oldest', ...query }).toString();
  return test.request('GET', `${clientsPath(user)}?${search}`, { token: user.token });
}

async function names(user: TestUser, query: Record<string, string> = {}): Promise<string[]> {
  const response = await list(user, query);
  if (response.statusCode !== 200) throw new Error(response.body);
  return response.json<PageBody>().results.map(({ name }) => name);
}

/** Follows `Link` to the end, as a client that knows nothing of cursors would. */
async function walk(user: TestUser, query: Record<string, string>): Promise<PageBody[]> {
  const pages: PageBody[] = [];
  let response = await list(user, query);
  for (;;) {
    const page = response.json<PageBody>();
    pages.push(page);
    const link = /^<([^>]+)>; rel="next"$/.exec(String(response.headers.link ?? ''))?.[1];
    if (link === undefined) return pages;
    response = await test.request('GET', link, { token: user.token });
  }
}

void t.test('newest first, unless order asks for the oldest', async (t) => {
  const user = await registerUser(test);
  for (const name of ['One', 'Two']) await createClient(test, user, { name });
  const first = `${user.organizationName} App`;
  t.same(await names(user, { order: 'newest' }), ['Two', 'One', first]);
  t.same(await names(user, { order: 'oldest' }), [first, 'One', 'Two']);
  const plain = await test.request('GET', clientsPath(user), { token: user.token });
  t.same(
    plain.json<PageBody>().results.map(({ name }) => name),
    ['Two', 'One', first],
  );
  t.equal((await list(user, { order: 'random' })).statusCode, 400);
});

void t.test('200 with whole records, oldest first, and no secret in any of them', async (t) => {
  const user = await registerUser(test);
  const created = [await createClient(test, user, { name: 'First' }), await createClient(test, user)];
  const response = await list(user);
  t.equal(response.statusCode, 200);
  const { results, next_cursor } = response.json<PageBody>();
  t.equal(next_cursor, null);
  t.equal(response.headers.link, undefined);
  t.same(
    results.map(({ client_id }) => client_id),
    [user.clientId, ...created.map(({ client_id }) => client_id)],
  );
  for (const item of results) {
    const single = await test.request('GET', clientPath(user, item.client_id), { token: user.token });
    t.same(item, single.json());
    t.notOk('client_secret' in item);
  }
  for (const { client_secret } of created) t.notOk(response.body.includes(client_secret));
});

void t.test('a list holds the clients of its own organization only', async (t) => {
  const user = await registerUser(test);
  const stranger = await registerUser(test);
  await createClient(test, stranger, { name: 'Foreign' });
  t.same(await names(user, { q: 'Foreign' }), []);
  t.same(await names(user, { application_id: stranger.applicationId }), []);
});

void t.test('each filter keeps what fits it, and several at once what fits them all', async (t) => {
  const user = await registerUser(test);
  await createClient(test, user, { name: 'One', permissions: ['api.read', 'api.write'] });
  await createClient(test, user, { name: 'Two', environment: 'staging', application_id: user.applicationId });
  const three = await createClient(test, user, { name: 'Three', environment: 'staging', permissions: ['api.write'] });
  await test.request('PATCH', clientPath(user, three.client_id), { token: user.token, body: { status: 'paused' } });
  const first = `${user.organizationName} App`;

  t.same(await names(user, { environment: 'staging' }), ['Two', 'Three']);
  t.same(await names(user, { environment: 'live' }), [first, 'One']);
  t.same(await names(user, { status: 'paused' }), ['Three']);
  t.same(await names(user, { status: 'active' }), [first, 'One', 'Two']);
  t.same(await names(user, { application_id: user.applicationId }), [first, 'Two']);
  t.same(await names(user, { application_id: uuidv7() }), []);
  t.same(await names(user, { application_id: 'none' }), ['One', 'Three']);
  t.same(await names(user, { permission: 'api.write' }), [first, 'One', 'Three']);
  t.same(await names(user, { permission: 'api' }), [], 'a permission is compared as a whole');
  t.same(await names(user, { environment: 'staging', status: 'active', permission: 'api.read', q: 'w' }), ['Two']);
  t.same(await names(user, { environment: 'live', status: 'paused' }), []);
});

void t.test('q finds a part of the name in any case, and takes every character literally', async (t) => {
  const user = await registerUser(test);
  for (const name of ['100% sure', '100 sure', 'a_b', 'axb', 'back\\slash', 'backslash', `it's "quoted"`]) {
    await createClient(test, user, { name });
  }
  t.same(await names(user, { q: 'SURE' }), ['100% sure', '100 sure']);
  t.same(await names(user, { q: '%' }), ['100% sure']);
  t.same(await names(user, { q: '_' }), ['a_b']);
  t.same(await names(user, { q: '\\' }), ['back\\slash']);
  t.same(await names(user, { q: '\\%' }), []);
  t.same(await names(user, { q: `'s "q` }), [`it's "quoted"`]);
  t.same(await names(user, { q: '0 s' }), ['100 sure']);
});

void t.test(
  'q finds a whole client_id and the hint of a current secret, and neither of another organization',
  async (t) => {
    const user = await registerUser(test);
    const stranger = await registerUser(test);
    const named = await createClient(test, user, { name: 'By its id' });
    const foreign = await createClient(test, stranger, { name: 'Foreign' });
    t.same(await names(user, { q: named.client_id }), ['By its id']);
    t.same(await names(user, { q: named.client_id.slice(0, -1) }), [], 'a part of a client_id is none');
    t.ok((await names(user, { q: named.client_secret_hint })).includes('By its id'));
    t.same(await names(user, { q: foreign.client_id }), []);
    t.notOk((await names(user, { q: foreign.client_secret_hint })).includes('Foreign'));
  },
);

void t.test('503 for a list that takes longer than a page may, though other statements may take as long', async (t) => {
  const user = await registerUser(test);
  await test.query('alter table api_clients rename to quick_clients');
  await test.query(
    'create view api_clients as select quick_clients.* from quick_clients, (select pg_sleep(6) offset 0) as slow',
  );
  const response = await list(user, { q: 'App' });
  await test.query('drop view api_clients');
  await test.query('alter table quick_clients rename to api_clients');
  isProblem(t, response, { code: 'overloaded' });
  t.match(response.headers, { 'retry-after': /^[1-9]/ });
  t.equal((await list(user, { q: 'App' })).statusCode, 200);
});

void t.test('unused_since keeps what was never used and what was last used before', async (t) => {
  const user = await registerUser(test);
  for (const name of ['Never', 'Old', 'New']) await createClient(test, user, { name });
  const use = (name: string, at: string) =>
    test.query('update api_clients set last_used_at = $2 where name = $1 and organization_id = $3', [
      name,
      at,
      user.organizationId,
    ]);
  await use('Old', '2026-01-01T00:00:00Z');
  await use('New', '2026-03-01T00:00:00Z');
  // The organization's first client was never used either.
  const unused = async (since: string) => (await names(user, { unused_since: since })).slice(1);
  t.same(await unused('2026-02-01T00:00:00Z'), ['Never', 'Old']);
  t.same(await unused('2026-01-01T00:00:00Z'), ['Never'], 'used at that very moment is not unused since');
  t.same(await unused('2026-03-01T00:30:00+01:00'), ['Never', 'Old'], 'the offset counts');
  t.same(await unused('2026-03-01T02:30:00+01:00'), ['Never', 'Old', 'New']);
});

void t.test('expires_before keeps what ends before then or has ended, and nothing without an end', async (t) => {
  const user = await registerUser(test);
  for (const [name, end] of Object.entries({ Soon: '2040-01-01T00:00:00Z', Late: '2041-01-01T00:00:00Z' })) {
    await createClient(test, user, { name, expires_at: end });
  }
  await createClient(test, user, { name: 'Over' });
  await test.query(`update api_clients set expires_at = '2026-01-01' where name = 'Over'`);
  await createClient(test, user, { name: 'Never' });
  t.same(await names(user, { expires_before: '2040-01-01T00:00:00.001Z' }), ['Soon', 'Over']);
  t.same(
    await names(user, { expires_before: '2040-01-01T00:00:00Z' }),
    ['Over'],
    'ending at that very moment is not before',
  );
  t.same(
    await names(user, { expires_before: '2041-01-01T01:30:00+01:00' }),
    ['Soon', 'Late', 'Over'],
    'the offset counts',
  );
});

void t.test('following Link visits every client exactly once, with limit and filters kept', async (t) => {
  const user = await registerUser(test);
  const wanted: string[] = [];
  for (let index = 0; index < 7; index++) {
    wanted.push((await createClient(test, user, { name: `job & ${index}`, environment: 'staging' })).client_id);
    await createClient(test, user, { name: `other ${index}` });
  }
  const filters = { environment: 'staging', q: 'job &', permission: 'api.read' };
  const pages = await walk(user, { ...filters, limit: '3' });
  t.same(
    pages.map(({ results }) => results.length),
    [3, 3, 1],
  );
  t.same(
    pages.flatMap(({ results }) => results.map(({ client_id }) => client_id)),
    wanted,
  );
  t.equal(pages.at(-1)!.next_cursor, null);

  const exact = await walk(user, { ...filters, limit: '7' });
  t.equal(exact.length, 1, 'a page that holds the rest says so');
});

void t.test('paging goes on where it was, whatever is deleted and created meanwhile', async (t) => {
  const user = await registerUser(test);
  const ids: string[] = [];
  for (const name of ['a', 'b', 'c', 'd']) ids.push((await createClient(test, user, { name })).client_id);
  const first = (await list(user, { limit: '3' })).json<PageBody>();
  for (const clientId of [ids[0]!, ids[1]!]) {
    await test.request('DELETE', clientPath(user, clientId), { token: user.token });
  }
  ids.push((await createClient(test, user, { name: 'e' })).client_id);
  const rest = (await list(user, { limit: '3', cursor: first.next_cursor! })).json<PageBody>();
  t.same(
    rest.results.map(({ client_id }) => client_id),
    ids.slice(2),
  );
});

void t.test('the default page holds 50, the largest 100, and a larger limit is lowered', async (t) => {
  const user = await registerUser(test);
  await test.query(
    `insert into api_clients (id, client_id, organization_id, name, environment, permissions)
     select gen_random_uuid(), translate(encode(sha256(n::text::bytea), 'base64'), '+/=', 'xyz')::char(22), $1,
       'Copy ' || n, 'live', '{api.read}' from generate_series(1, 120) n`,
    [user.organizationId],
  );
  const sizes = async (query: Record<string, string>) => (await names(user, query)).length;
  t.equal(await sizes({}), 50);
  t.equal(await sizes({ limit: '100' }), 100);
  t.equal(await sizes({ limit: '1000' }), 100);
  t.equal(await sizes({ limit: '1' }), 1);
});

void t.test('a cursor is good in its own list with its own filters, and nowhere else', async (t) => {
  const user = await registerUser(test);
  const stranger = await registerUser(test);
  await createClient(test, user);
  const { next_cursor } = (await list(user, { limit: '1', environment: 'live' })).json<PageBody>();
  const cursor = next_cursor!;
  t.equal((await list(user, { cursor, environment: 'live' })).statusCode, 200);
  const attempts = [
    list(user, { cursor }),
    list(user, { cursor, environment: 'staging' }),
    list(user, { cursor, environment: 'live', q: 'a' }),
    list(stranger, { cursor, environment: 'live' }),
    list(user, { cursor: `${cursor.slice(0, -1)}${cursor.endsWith('A') ? 'B' : 'A'}`, environment: 'live' }),
    list(user, { cursor: '', environment: 'live' }),
  ];
  for (const response of await Promise.all(attempts)) {
    t.equal(response.statusCode, 400);
    t.match(response.json(), { code: 'invalid_request', errors: [{ pointer: '?cursor' }] });
  }
});

void t.test('400 names every parameter that is wrong at once', async (t) => {
  const user = await registerUser(test);
  const response = await list(user, {
    limit: '0',
    environment: 'production',
    status: 'deleted',
    application_id: 'mine',
    expires_before: 'tomorrow',
    permission: '',
    q: ' ',
    unused_since: '2026-02-30T00:00:00Z',
    sort: 'name',
  });
  t.equal(response.statusCode, 400);
  const { errors } = response.json<{ errors: { pointer: string }[] }>();
  t.same([...new Set(errors.map(({ pointer }) => pointer))].sort(), [
    '?application_id',
    '?environment',
    '?expires_before',
    '?limit',
    '?permission',
    '?q',
    '?sort',
    '?status',
    '?unused_since',
  ]);
  for (const limit of ['-1', '1.5', 'many', '']) t.equal((await list(user, { limit })).statusCode, 400, limit);
});
