import { readFileSync } from 'node:fs';
import t from 'tap';
import { v7 as uuidv7 } from 'uuid';
import { build } from '../../support/build-app.ts';
import { API, registerUser } from '../../support/factories.ts';
import { check, clientPath, clientsPath } from '../../support/machines.ts';
import { recordStatements } from '../../support/statements.ts';

interface Vectors {
  accepted: string[];
  rejected: { url: string; why: string }[];
}
interface Refusal {
  code: string;
  errors: { pointer: string; detail: string }[];
}

const examples = new URL('../../examples/', import.meta.url);
const readExample = (name: string): unknown => JSON.parse(readFileSync(new URL(name, examples), 'utf8'));
const readVectors = () => readExample('redirect-urls.json') as Vectors;

const test = await build(t);
const owner = await registerUser(test);
const moment = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const minimal = { name: 'Backend', environment: 'live', permissions: ['api.read'] };

const create = (body: unknown, headers: Record<string, string> = {}) =>
  test.request('POST', clientsPath(owner), { token: owner.token, body, headers });

async function countClients(): Promise<number> {
  const [row] = await test.query<{ count: number }>('select count(*)::int as count from api_clients');
  return row!.count;
}

void t.test('201 with every example: the whole record, and a secret that works', async (t) => {
  for (const example of readExample('api-clients.json') as Record<string, unknown>[]) {
    const response = await create(example);
    t.equal(response.statusCode, 201);
    t.equal(response.headers.etag, '"1"');
    t.equal(response.headers['cache-control'], 'no-store');
    const { client_id, client_secret, created_at, updated_at, ...record } = response.json<Record<string, string>>();
    t.match(client_id, /^[A-Za-z0-9_-]{22}$/);
    t.match(client_secret, new RegExp(`^lk_${String(example.environment)}_[0-9A-Za-z]{71}$`));
    t.match(created_at, moment);
    t.equal(updated_at, created_at);
    t.same(record, {
      allowed_redirect_urls: [],
      ...example,
      description: null,
      allowed_ips: [],
      status: 'active',
      application_id: null,
      expires_at: null,
      client_secret_hint: client_secret!.slice(-4),
      last_used_at: null,
      created_by: owner.email,
    });
    t.equal((await check(test, client_secret!)).statusCode, 200);

    const read = await test.request('GET', clientPath(owner, client_id!), { token: owner.token });
    t.same(read.json(), { ...record, client_id, created_at, updated_at }, 'later reads have all but the secret');
  }
});

void t.test('201 with every optional field given, and with each of them null', async (t) => {
  const given = {
    ...minimal,
    allowed_redirect_urls: ['https://acme.example/callback'],
    application_id: owner.applicationId,
    description: 'Nightly jobs\nof two teams',
    expires_at: '2099-01-31T12:00:00+02:00',
  };
  const full = await create(given);
  t.equal(full.statusCode, 201);
  t.match(full.json(), { ...given, expires_at: '2099-01-31T10:00:00.000Z' });

  const nothing = { application_id: null, description: null, expires_at: null };
  const empty = await create({ ...minimal, ...nothing });
  t.equal(empty.statusCode, 201);
  t.match(empty.json(), nothing);
});

void t.test('201 for two clients of one name: each has an id and a secret of its own', async (t) => {
  const [one, other] = await Promise.all([create(minimal), create(minimal)]);
  t.not(one.json<{ client_id: string }>().client_id, other.json<{ client_id: string }>().client_id);
  t.not(one.json<{ client_secret: string }>().client_secret, other.json<{ client_secret: string }>().client_secret);
});

void t.test('400 names everything that is wrong at once, and nothing is created', async (t) => {
  const before = await countClients();
  const response = await create({
    name: ' ',
    environment: 'production',
    permissions: ['api.read', 'api.delete'],
    allowed_redirect_urls: ['https://acme.example/callback', '/callback'],
    application_id: 'mine',
    description: 7,
    expires_at: '2001-01-01T00:00:00Z',
    status: 'paused',
    'a/b~c': 1,
  });
  t.equal(response.statusCode, 400);
  t.match(response.headers['content-type'], /^application\/problem\+json/);
  const { code, errors } = response.json<Refusal>();
  t.equal(code, 'invalid_request');
  t.same(errors.map(({ pointer }) => pointer).sort(), [
    '/allowed_redirect_urls/1',
    '/application_id',
    '/a~1b~0c',
    '/description',
    '/environment',
    '/expires_at',
    '/name',
    '/permissions/1',
    '/status',
  ]);
  t.equal(await countClients(), before);
});

void t.test('400 names every missing field, for an empty object and for no body', async (t) => {
  for (const body of [{}, undefined]) {
    const response = await create(body);
    t.equal(response.statusCode, 400);
    t.same(
      response
        .json<Refusal>()
        .errors.map(({ pointer, detail }) => `${pointer} ${detail}`)
        .sort(),
      ['/environment is required', '/name is required', '/permissions is required'],
    );
  }
});

void t.test('400 for a body that is no JSON object', async (t) => {
  const headers = { 'content-type': 'application/json' };
  for (const body of ['[]', 'null', '"name"', '{"name":', '7']) {
    const response = await create(body, headers);
    t.equal(response.statusCode, 400, body);
    t.equal(response.json<Refusal>().code, 'invalid_request');
  }
});

void t.test('415 for a body that is not declared as JSON', async (t) => {
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
    const response = await create(JSON.stringify(minimal), { 'content-type': type });
    t.equal(response.statusCode, 415, type);
    t.equal(response.json<Refusal>().code, 'unsupported_media_type');
  }
});

void t.test('400 for permissions that are none, duplicate, or not in the catalogue', async (t) => {
  for (const [permissions, pointer] of [
    [[], '/permissions'],
    [['api.read', 'api.read'], '/permissions'],
    [['API.READ'], '/permissions/0'],
    [['api.read', ''], '/permissions/1'],
    ['api.read', '/permissions'],
    [null, '/permissions'],
  ] as const) {
    const response = await create({ ...minimal, permissions });
    t.equal(response.statusCode, 400, JSON.stringify(permissions));
    t.same(
      response.json<Refusal>().errors.map((error) => error.pointer),
      [pointer],
      JSON.stringify(permissions),
    );
  }
});

void t.test('the catalogue of the deployment decides which permissions exist', async (t) => {
  const env = { LATCHKEY_PERMISSIONS: JSON.stringify([{ name: 'orders:read', description: 'Read orders' }]) };
  const other = await build(t, { env });
  const user = await registerUser(other);
  const send = (permission: string) =>
    other.request('POST', clientsPath(user), { token: user.token, body: { ...minimal, permissions: [permission] } });
  t.equal((await send('orders:read')).statusCode, 201);
  t.equal((await send('api.read')).statusCode, 400);
});

void t.test('400 for an end that is past, no moment, or out of the calendar', async (t) => {
  const justNow = new Date(Date.now() - 1000).toISOString();
  const values = [justNow, '2099-01-01', '2099-02-30T00:00:00Z', '2099-01-01T00:00:00', 'tomorrow', '', 4070908800];
  for (const expires_at of values) {
    const response = await create({ ...minimal, expires_at });
    t.equal(response.statusCode, 400, String(expires_at));
    t.same(
      response.json<Refusal>().errors.map((error) => error.pointer),
      ['/expires_at'],
    );
  }
});

void t.test('400 for an application of another organization, the same as for one that does not exist', async (t) => {
  const stranger = await registerUser(test);
  const before = await countClients();
  const headers = { 'x-request-id': 'one-request' };
  const foreign = await create({ ...minimal, application_id: stranger.applicationId }, headers);
  const missing = await create({ ...minimal, application_id: uuidv7() }, headers);
  t.equal(foreign.statusCode, 400);
  t.same(foreign.json<Refusal>().errors, [
    { pointer: '/application_id', code: 'not_found', detail: 'is not an application of this organization' },
  ]);
  t.equal(foreign.body, missing.body);
  t.equal(await countClients(), before);
});

void t.test('every allowed redirect URL of the vectors is stored character for character', async (t) => {
  const { accepted } = readVectors();
  const response = await create({ ...minimal, allowed_redirect_urls: accepted });
  t.equal(response.statusCode, 201);
  const { client_id } = response.json<{ client_id: string }>();
  const read = await test.request('GET', clientPath(owner, client_id), { token: owner.token });
  t.same(read.json<{ allowed_redirect_urls: string[] }>().allowed_redirect_urls, accepted);
});

void t.test('400 names every refused redirect URL of the vectors by its place, with the reason', async (t) => {
  const { accepted, rejected } = readVectors();
  const urls = [accepted[0]!, ...rejected.map(({ url }) => url)];
  const response = await create({ ...minimal, allowed_redirect_urls: urls });
  t.equal(response.statusCode, 400);
  const { errors } = response.json<Refusal>();
  t.same(
    errors.map(({ pointer }) => pointer),
    rejected.map((_, index) => `/allowed_redirect_urls/${index + 1}`),
  );
  for (const { detail } of errors) t.match(detail, /^must /);
});

void t.test('400 for redirect URLs that are listed twice, too long, or more than a hundred', async (t) => {
  const url = (index: number) => `https://acme.example/${index}`;
  const hundred = Array.from({ length: 100 }, (_, index) => url(index));
  t.equal((await create({ ...minimal, allowed_redirect_urls: hundred })).statusCode, 201);
  for (const [urls, pointer] of [
    [[url(1), url(2), url(1)], '/allowed_redirect_urls'],
    [[...hundred, url(100)], '/allowed_redirect_urls'],
    [[`https://acme.example/${'a'.repeat(2048)}`], '/allowed_redirect_urls/0'],
    [url(1), '/allowed_redirect_urls'],
    [null, '/allowed_redirect_urls'],
  ] as const) {
    const response = await create({ ...minimal, allowed_redirect_urls: urls });
    t.equal(response.statusCode, 400);
    t.same([...new Set(response.json<Refusal>().errors.map((error) => error.pointer))], [pointer]);
  }
});

void t.test('404 when the organization is deleted while the client is being made', async (t) => {
  const user = await registerUser(test);
  const organization = `${API}/organizations/${user.organizationId}/`;
  const requests = Array.from({ length: 20 }, () =>
    test.request('POST', clientsPath(user), { token: user.token, body: minimal }),
  );
  const gone = await test.request('DELETE', organization, {
    token: user.token,
    body: { confirm: user.organizationName },
  });
  t.equal(gone.statusCode, 204);
  for (const response of await Promise.all(requests)) t.ok([201, 404].includes(response.statusCode), response.body);
  const left = await test.query('select from api_clients where organization_id = $1', [user.organizationId]);
  t.equal(left.length, 0);
});

void t.test('a client is made in one way to the database, its secret, quota, policy and event included', async (t) => {
  // What is found out once is known by then.
  await create(minimal);
  const before = await countClients();
  const statements = await recordStatements(() => create(minimal));
  t.equal(await countClients(), before + 1);
  const asked = statements.filter((one) => /memberships|api_clients|organizations|append_audit_events/.test(one));
  t.match(asked, [/^select .*"memberships"/s, /insert into api_clients .*insert into secrets .*append_audit_events/s]);
  t.equal(asked.length, 2, 'who asks is found by one, and the client made by the other');
});
