import t from 'tap';
import { build } from '../../support/build-app.ts';
import { API, createClient, registerUser } from '../../support/factories.ts';
import type { TestClient } from '../../support/factories.ts';
import { addColleague, basic, clientPath, clientsPath } from '../../support/machines.ts';

const PROXY = '203.0.113.1';
const INSIDE = '192.0.2.7';
const OUTSIDE = '198.51.100.7';

const test = await build(t, { env: { TRUST_PROXY: PROXY } });
const owner = await registerUser(test);

const patch = ({ client_id }: Pick<TestClient, 'client_id'>, body: object, token = owner.token) =>
  test.request('PATCH', clientPath(owner, client_id), { token, body });
const create = (allowed_ips: unknown) => {
  const body = { name: 'Backend', environment: 'live', permissions: ['api.read'], allowed_ips };
  return test.request('POST', clientsPath(owner), { token: owner.token, body });
};

interface Ask {
  from: string;
  headers: Record<string, string>;
}

const verify = ({ from, headers }: Ask) => test.request('GET', `${API}/verify/`, { from, headers });
const send = (route: string, form: Record<string, string>, { from, headers }: Ask) =>
  test.request('POST', `${API}/${route}/`, {
    from,
    headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(form).toString(),
  });
const asClient = ({ client_id, client_secret }: TestClient) => ({ authorization: basic(client_id, client_secret) });
const grant = { grant_type: 'client_credentials' };

async function issueToken(client: TestClient, from: string): Promise<string> {
  const response = await send('token', grant, { from, headers: asClient(client) });
  t.equal(response.statusCode, 200, response.body);
  return response.json<{ access_token: string }>().access_token;
}

void t.test('a list is kept in one spelling, and an empty one or null sets no bounds', async (t) => {
  const created = await create(['192.0.2.0/24', '::ffff:198.51.100.9', '2001:DB8:0::7', '203.0.113.5/32']);
  t.equal(created.statusCode, 201, created.body);
  const kept = ['192.0.2.0/24', '198.51.100.9', '2001:db8::7', '203.0.113.5'];
  const client = created.json<TestClient>();
  t.match(created.json(), { allowed_ips: kept });
  t.match((await test.request('GET', clientPath(owner, client.client_id), { token: owner.token })).json(), {
    allowed_ips: kept,
  });
  t.same((await patch(client, { name: 'Renamed' })).json<{ allowed_ips: unknown }>().allowed_ips, kept);
  for (const none of [[], null]) {
    t.same((await patch(client, { allowed_ips: ['192.0.2.1'] })).json<{ allowed_ips: unknown }>().allowed_ips, [
      '192.0.2.1',
    ]);
    t.same((await patch(client, { allowed_ips: none })).json<{ allowed_ips: unknown }>().allowed_ips, []);
    t.same((await create(none)).json<{ allowed_ips: unknown }>().allowed_ips, []);
  }
  t.equal((await verify({ from: OUTSIDE, headers: { 'x-api-key': client.client_secret } })).statusCode, 200);
});

void t.test('400 names every item that is none, and the first two that are the same however spelled', async (t) => {
  const client = await createClient(test, owner);
  const zone = { code: 'malformed', detail: 'must not have a zone ("%"): it means something on one machine only' };
  const cases: [list: unknown, errors: object[]][] = [
    [
      ['192.0.2.1', 'fe80::1%eth0', '192.0.2.1/24', 7],
      [
        { pointer: '/allowed_ips/1', ...zone },
        {
          pointer: '/allowed_ips/2',
          code: 'malformed',
          detail: 'must not have bits set after the prefix: the range is 192.0.2.0/24',
        },
        { pointer: '/allowed_ips/3', code: 'wrong_type', detail: 'must be text' },
      ],
    ],
    [
      ['192.0.2.1', '192.0.2.1'],
      [{ pointer: '/allowed_ips', code: 'duplicate', detail: 'must not hold duplicates: items 0 and 1 are equal' }],
    ],
    [
      ['2001:db8::/32', '192.0.2.1', '::FFFF:c000:201/128'],
      [{ pointer: '/allowed_ips', code: 'duplicate', detail: 'must not hold duplicates: items 1 and 2 are equal' }],
    ],
    [
      Array.from({ length: 101 }, (_, i) => `192.0.2.${i}`),
      [{ pointer: '/allowed_ips', code: 'too_many', detail: 'must have at most 100 items' }],
    ],
    ['192.0.2.1', [{ pointer: '/allowed_ips', code: 'wrong_type', detail: 'must be a list or null' }]],
  ];
  for (const [list, errors] of cases) {
    for (const response of [await create(list), await patch(client, { allowed_ips: list })]) {
      t.equal(response.statusCode, 400, JSON.stringify(list));
      t.same(response.json<{ errors: unknown }>().errors, errors);
    }
  }
});

void t.test('a secret and its tokens are accepted from the listed addresses alone, on every route', async (t) => {
  const client = await createClient(test, owner, { allowed_ips: ['192.0.2.0/24', '2001:db8::/32'] });
  const key = { 'x-api-key': client.client_secret };
  const token = await issueToken(client, INSIDE);
  const bearer = { authorization: `Bearer ${token}` };
  for (const from of [INSIDE, `::ffff:${INSIDE}`, '2001:db8:1::9']) {
    for (const headers of [key, asClient(client), bearer]) {
      t.equal((await verify({ from, headers })).statusCode, 200, from);
    }
    t.equal((await send('token', grant, { from, headers: asClient(client) })).statusCode, 200);
    t.match((await send('introspect', { token }, { from, headers: asClient(client) })).json(), { active: true });
  }
  for (const from of [OUTSIDE, `::ffff:${OUTSIDE}`, '2001:db9::1']) {
    for (const headers of [key, asClient(client), bearer]) {
      const logged = test.logs.length;
      const response = await verify({ from, headers });
      t.equal(response.statusCode, 401);
      const unlisted = await verify({ from, headers: {} });
      t.same({ ...response.json<object>(), request_id: '' }, { ...unlisted.json<object>(), request_id: '' });
      const line = test.logs.slice(logged).find((one) => one.includes('address not allowed'));
      t.match(line, /"reason":"address not allowed"/, 'the log says why');
      t.notOk(test.logs.slice(logged).some((one) => one.includes(client.client_secret) || one.includes(token)));
    }
    for (const [route, form] of [
      ['token', grant],
      ['introspect', { token }],
      ['revoke', { token }],
    ] as const) {
      const response = await send(route, form, { from, headers: asClient(client) });
      t.equal(response.statusCode, 401, `${route} from ${from}`);
      t.match(response.json(), { error: 'invalid_client' });
    }
  }
  t.equal((await verify({ from: INSIDE, headers: bearer })).statusCode, 200, 'it was not revoked from outside');
});

void t.test('what is asked about at introspect/ is judged by the address that the request comes from', async (t) => {
  const client = await createClient(test, owner, { allowed_ips: ['192.0.2.0/24'] });
  const api = await createClient(test, owner, { name: 'The API' });
  const token = await issueToken(client, INSIDE);
  const secret = { token: client.client_secret, token_type_hint: 'client_secret' };
  const forwarded = { 'x-forwarded-for': INSIDE };
  for (const form of [{ token }, secret]) {
    const ask = async (from: string, headers: Record<string, string> = {}) =>
      (await send('introspect', form, { from, headers: { ...asClient(api), ...headers } })).json<object>();
    t.match(await ask(PROXY, forwarded), { active: true }, 'a trusted gateway passes on where the machine is');
    t.same(await ask(PROXY, { 'x-forwarded-for': OUTSIDE }), { active: false });
    t.same(await ask(PROXY), { active: false }, 'it says nothing of the machine');
    t.same(await ask(OUTSIDE, forwarded), { active: false }, 'nobody trusts it');
  }
});

void t.test('a trusted gateway passes the address on, and what a caller claims itself counts nothing', async (t) => {
  const client = await createClient(test, owner, { allowed_ips: [INSIDE] });
  const headers = { 'x-api-key': client.client_secret };
  const from = (peer: string, forwarded?: string) =>
    verify({ from: peer, headers: forwarded === undefined ? headers : { ...headers, 'x-forwarded-for': forwarded } });
  t.equal((await from(PROXY, INSIDE)).statusCode, 200);
  t.equal((await from(PROXY, `${OUTSIDE}, ${INSIDE}`)).statusCode, 200);
  t.equal((await from(PROXY, `${INSIDE}, ${OUTSIDE}`)).statusCode, 401);
  t.equal((await from(PROXY)).statusCode, 401);
  t.equal((await from(OUTSIDE, INSIDE)).statusCode, 401);
  t.equal((await from(PROXY, 'unknown')).statusCode, 401);
});

void t.test('a change of the list holds from the answer on, for secrets and tokens, in every process', async (t) => {
  const beside = await build(t, { beside: test });
  const client = await createClient(test, owner);
  const token = await issueToken(client, OUTSIDE);
  const statuses = async () => {
    const asked = [{ 'x-api-key': client.client_secret }, { authorization: `Bearer ${token}` }].flatMap((headers) =>
      [test, beside].map(({ request }) => request('GET', `${API}/verify/`, { from: OUTSIDE, headers })),
    );
    return (await Promise.all(asked)).map(({ statusCode }) => statusCode);
  };
  for (const [list, status] of [
    [[], 200],
    [[INSIDE], 401],
    [[INSIDE, OUTSIDE], 200],
    [['192.0.2.0/24'], 401],
    [null, 200],
  ] as const) {
    t.equal((await patch(client, { allowed_ips: list })).statusCode, 200);
    t.same(await statuses(), [status, status, status, status]);
  }
});

void t.test('on a primary client the list is an admin’s', async (t) => {
  const developer = await addColleague(test, owner, 'developer');
  const admin = await addColleague(test, owner, 'admin');
  const primary = { client_id: owner.clientId };
  t.equal((await patch(primary, { allowed_ips: [INSIDE] }, developer.token)).statusCode, 403);
  t.equal((await patch(primary, { allowed_ips: [] }, admin.token)).statusCode, 200);
});
