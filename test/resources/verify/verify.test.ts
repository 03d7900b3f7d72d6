import type { LightMyRequestResponse } from 'fastify';
import t from 'tap';
import { build } from '../../support/build-app.ts';
import type { TestClient } from '../../support/factories.ts';
import { API, createClient, registerUser } from '../../support/factories.ts';
import { basic, check, clientPath } from '../../support/machines.ts';

interface Verified {
  secret_id: string;
  redirect_url_allowed?: boolean;
}

interface Connection {
  connection: { stream: { bytesRead: number } };
}

const test = await build(t);
const owner = await registerUser(test);

const get = (client: TestClient, query = '') =>
  test.request('GET', `${API}/verify/${query}`, { headers: { 'x-api-key': client.client_secret } });
const post = (client: TestClient, body?: unknown, query = '') =>
  test.request('POST', `${API}/verify/${query}`, { headers: { 'x-api-key': client.client_secret }, body });

async function issueToken(client: TestClient, scope?: string): Promise<string> {
  const response = await test.request('POST', `${API}/token/`, {
    headers: {
      authorization: basic(client.client_id, client.client_secret),
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      ...(scope === undefined ? {} : { scope }),
    }).toString(),
  });
  return response.json<{ access_token: string }>().access_token;
}

void t.test('200 with the client in the body, nulls present, and in headers for a gateway', async (t) => {
  const client = await createClient(test, owner, { permissions: ['flows.execute', 'api.read'] });
  const response = await get(client);
  t.equal(response.statusCode, 200);
  const { secret_id, ...rest } = response.json<Verified>();
  t.same(rest, {
    client_id: client.client_id,
    name: 'Backend',
    organization_id: owner.organizationId,
    application_id: null,
    environment: 'live',
    permissions: ['flows.execute', 'api.read'],
    expires_at: null,
  });
  const secrets = await test.request('GET', clientPath(owner, client.client_id, 'secrets/'), { token: owner.token });
  t.match(secrets.json(), { results: [{ uuid: secret_id }] });
  t.match(response.headers, {
    'x-client-id': client.client_id,
    'x-organization-id': owner.organizationId,
    'x-environment': 'live',
    'x-permissions': 'flows.execute api.read',
    'cache-control': 'no-store',
  });
  t.notOk('x-application-id' in response.headers, 'absent where there is none');
});

void t.test('200 with x-application-id for a client of an application, its api_key included', async (t) => {
  const client = await createClient(test, owner, { application_id: owner.applicationId, environment: 'staging' });
  for (const secret of [client.client_secret, owner.apiKey]) {
    const response = await check(test, secret);
    t.match(response.json(), { application_id: owner.applicationId });
    t.equal(response.headers['x-application-id'], owner.applicationId);
  }
});

void t.test('x-api-key, Basic, GET, POST and a missing trailing slash all give one answer', async (t) => {
  const client = await createClient(test, owner);
  const expected = (await get(client)).json<Verified>();
  const authorization = basic(client.client_id, client.client_secret);
  for (const headers of [
    { 'x-api-key': client.client_secret },
    { authorization },
    { authorization: authorization.replace('Basic', 'bASIC ') },
  ]) {
    for (const method of ['GET', 'POST'] as const) {
      for (const url of [`${API}/verify/`, `${API}/verify`]) {
        const response = await test.request(method, url, { headers });
        t.equal(response.statusCode, 200);
        t.same(response.json(), expected);
      }
    }
  }
});

void t.test('an access token is good for what it was issued for, until it or its client runs out', async (t) => {
  const client = await createClient(test, owner, { permissions: ['api.read', 'api.write'] });
  const bearer = async (token: string) =>
    test.request('GET', `${API}/verify/`, { headers: { authorization: `Bearer ${token}` } });
  const token = await issueToken(client, 'api.write');
  const response = await bearer(token);
  t.equal(response.statusCode, 200);
  t.equal(response.headers['x-permissions'], 'api.write');
  t.match(response.json(), { client_id: client.client_id, permissions: ['api.write'], expires_at: /Z$/ });

  const expires_at = new Date(Date.now() + 60_000).toISOString();
  const options = { token: owner.token, body: { expires_at } };
  await test.request('PATCH', clientPath(owner, client.client_id), options);
  t.match((await bearer(token)).json(), { expires_at });
  await test.request('PATCH', clientPath(owner, client.client_id), { ...options, body: { status: 'paused' } });
  t.equal((await bearer(token)).statusCode, 401);
});

void t.test('expires_at is the earlier of the ends of the client and of the secret', async (t) => {
  const client = await createClient(test, owner, { expires_at: '2099-01-01T00:00:00Z' });
  t.match((await get(client)).json(), { expires_at: '2099-01-01T00:00:00.000Z' });
  await test.query(`update secrets set expires_at = '2098-01-01T00:00:00Z' where hint = $1`, [
    client.client_secret_hint,
  ]);
  t.match((await get(client)).json(), { expires_at: '2098-01-01T00:00:00.000Z' });
});

void t.test('every permission that is asked for must be held, in the query and in the body', async (t) => {
  const client = await createClient(test, owner, { permissions: ['api.read', 'api.write'] });
  const ask = (query: string, body?: object) => (body === undefined ? get(client, query) : post(client, body, query));
  for (const [query, body] of [
    ['?permission=api.read'],
    ['?permission=api.read&permission=api.write'],
    ['', { permission: 'api.write' }],
    ['', { permission: ['api.write', 'api.read'] }],
    ['', { permission: [] }],
    ['?permission=api.read', { permission: 'api.write' }],
  ] as const) {
    t.equal((await ask(query, body)).statusCode, 200, query);
  }
  for (const [query, body] of [
    ['?permission=flows.execute'],
    ['?permission=api.read&permission=flows.execute'],
    ['?permission=api'],
    ['?permission=API.READ'],
    ['?permission='],
    ['', { permission: 'flows.execute' }],
    ['', { permission: ['api.read', 'flows.execute'] }],
    ['', { permission: '' }],
    ['?permission=flows.execute', { permission: 'api.read' }],
    ['?permission=api.read', { permission: 'flows.execute' }],
    ['?permission=api.read', { permission: ['api.read', 'nothing'] }],
  ] as const) {
    const response = await ask(query, body);
    t.equal(response.statusCode, 403, query);
    t.match(response.json(), { code: 'insufficient_permission' });
    t.notOk('x-client-id' in response.headers, 'a gateway that looks at headers alone is told nothing');
  }
});

void t.test('the environment that is asked for must be the client’s, in the query and in the body', async (t) => {
  const client = await createClient(test, owner, { environment: 'staging' });
  t.equal((await get(client, '?environment=staging')).statusCode, 200);
  t.equal((await post(client, { environment: 'staging' }, '?environment=staging')).statusCode, 200);
  for (const response of [
    await get(client, '?environment=live'),
    await post(client, undefined, '?environment=live'),
    await post(client, { environment: 'live' }),
    await post(client, { environment: 'staging' }, '?environment=live'),
    await post(client, { environment: 'live' }, '?environment=staging'),
  ]) {
    t.equal(response.statusCode, 403);
    t.match(response.json(), { code: 'wrong_environment' });
    t.notOk('x-client-id' in response.headers);
  }
});

void t.test(
  'redirect_url_allowed is true for what stands in one of the two lists, character for character',
  async (t) => {
    const url = `${API}/organizations/${owner.organizationId}/applications/${owner.applicationId}/`;
    await test.request('PATCH', url, { token: owner.token, body: { redirect_uris: ['https://app.example/callback'] } });
    const input = { allowed_redirect_urls: ['https://acme.example/callback', 'myapp://done'] };
    const inside = await createClient(test, owner, { ...input, application_id: owner.applicationId });
    const outside = await createClient(test, owner, input);
    const isAllowed = async (client: TestClient, redirect_url: string) =>
      (await post(client, { redirect_url })).json<Verified>().redirect_url_allowed;

    for (const client of [inside, outside]) {
      t.equal(await isAllowed(client, 'https://acme.example/callback'), true);
      t.equal(await isAllowed(client, 'myapp://done'), true);
      for (const other of [
        'https://acme.example/callback/',
        'https://ACME.example/callback',
        'https://acme.example:443/callback',
        'https://acme.example/callback?x=1',
        'https://acme.example/',
        'javascript:alert(1)',
        '',
      ]) {
        t.equal(await isAllowed(client, other), false, other);
      }
    }
    t.equal(await isAllowed(inside, 'https://app.example/callback'), true);
    t.equal(await isAllowed(outside, 'https://app.example/callback'), false);
    t.notOk('redirect_url_allowed' in (await post(inside)).json<object>(), 'absent where nothing was asked');
  },
);

void t.test('long lists of redirect URLs make nobody else wait: a check reads none of them', async (t) => {
  const urls = Array.from({ length: 100 }, (_, index) => `https://acme.example/${index}/`.padEnd(2_048, 'a'));
  const client = await createClient(test, owner, { allowed_redirect_urls: urls });
  t.match((await post(client, { redirect_url: urls[99] })).json(), { redirect_url_allowed: true });
  const { _clients: connections } = test.app.checksDb.$client as unknown as { _clients: Connection[] };
  const measure = () => connections.reduce((sum, { connection }) => sum + connection.stream.bytesRead, 0);
  const before = measure();
  t.match((await post(client, { redirect_url: `${urls[99]}b` })).json(), { redirect_url_allowed: false });
  t.match((await post(client, { redirect_url: `${urls[99]}\0` })).json(), { redirect_url_allowed: false });
  const read = measure() - before;
  t.ok(read > 0 && read < 20_000, `${read} bytes`);
});

void t.test('a redirect URL that is taken off the list is not allowed any more', async (t) => {
  const urls = ['https://acme.example/callback'];
  const client = await createClient(test, owner, { allowed_redirect_urls: urls });
  const body = { redirect_url: urls[0] };
  t.match((await post(client, body)).json(), { redirect_url_allowed: true });
  await test.request('PATCH', clientPath(owner, client.client_id), {
    token: owner.token,
    body: { allowed_redirect_urls: [] },
  });
  t.match((await post(client, body)).json(), { redirect_url_allowed: false });
});

void t.test('400 for two kinds of credential in one request, good ones or bad', async (t) => {
  const client = await createClient(test, owner);
  const authorization = basic(client.client_id, client.client_secret);
  for (const headers of [
    { 'x-api-key': client.client_secret, authorization },
    { 'x-api-key': 'garbage', authorization },
    { 'x-api-key': client.client_secret, authorization: 'garbage' },
    { 'x-api-key': '', authorization: `Bearer ${owner.token}` },
  ]) {
    const response = await test.request('GET', `${API}/verify/`, { headers });
    t.equal(response.statusCode, 400);
    t.match(response.json(), { code: 'ambiguous_credentials' });
  }
});

void t.test('400 names everything that is wrong with the question at once', async (t) => {
  const client = await createClient(test, owner);
  const pointers = (response: LightMyRequestResponse) => [
    ...new Set(response.json<{ errors: { pointer: string }[] }>().errors.map(({ pointer }) => pointer)),
  ];
  const query = await get(client, `?environment=production&scope=x&permission=${'a'.repeat(65)}`);
  t.equal(query.statusCode, 400);
  t.same(pointers(query).sort(), ['?environment', '?permission', '?scope']);
  t.equal((await get(client, '?environment=live&environment=live')).statusCode, 400);

  const body = await post(client, { environment: 7, permission: 7, redirect_url: 'a'.repeat(4097), scope: '' });
  t.equal(body.statusCode, 400);
  t.same(pointers(body).sort(), ['/environment', '/permission', '/redirect_url', '/scope']);
  t.equal((await post(client, { redirect_url: null })).statusCode, 400);
  t.equal((await post(client, { permission: Array<string>(101).fill('api.read') })).statusCode, 400);
});

void t.test('415 for a body that is not declared as JSON, 400 for one that is none', async (t) => {
  const client = await createClient(test, owner);
  const send = (type: string, body: string) =>
    test.request('POST', `${API}/verify/`, {
      headers: { 'x-api-key': client.client_secret, 'content-type': type },
      body,
    });
  t.equal((await send('text/plain', '{}')).statusCode, 415);
  t.equal((await send('application/json', '{')).statusCode, 400);
  t.equal((await send('text/plain', '')).statusCode, 200, 'an empty body means no questions');
  t.equal((await send('application/json', '')).statusCode, 200);
});
