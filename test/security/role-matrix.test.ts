import t from 'tap';
import type { RouteEntry } from '../../src/identity/admin-auth.ts';
import type { Role } from '../../src/db/tables/organizations.ts';
import { build } from '../support/build-app.ts';
import type { RequestOptions } from '../support/build-app.ts';
import { makeCompany } from '../support/company.ts';
import {
  fillPath,
  isManagement,
  makeReady,
  makeSession,
  makeTarget,
  makeUnknownTarget,
} from '../support/every-route.ts';
import { managementOperations, operationOf, operations } from '../support/operations.ts';
import type { Target } from '../support/operations.ts';
import { API, createClient } from '../support/factories.ts';

const members = ['owner', 'admin', 'developer', 'reader'] as const;

void t.test('every management route answers every kind of caller as the contract says', async (t) => {
  const test = await build(t);
  const company = await makeCompany(test);
  const { owner, stranger } = company;
  const orgName = owner.organizationName;
  const base = await makeTarget(test, { token: owner.token, org: company.organizationId, orgName });
  const machine = await createClient(test, owner, { permissions: ['api.read', 'api.write', 'flows.execute'] });
  const basic = Buffer.from(`${machine.client_id}:${machine.client_secret}`).toString('base64');
  const credentials: Record<string, RequestOptions> = {
    'no token': {},
    'a secret as Bearer': { token: machine.client_secret },
    'a secret as x-api-key': { headers: { 'x-api-key': machine.client_secret } },
    'a secret as Basic': { headers: { authorization: `Basic ${basic}` } },
    'an access token': { token: await issueAccessToken() },
  };
  const routes = test.app.routeTable.filter(isManagement);

  async function issueAccessToken(): Promise<string> {
    const form = {
      grant_type: 'client_credentials',
      client_id: machine.client_id,
      client_secret: machine.client_secret,
    };
    const response = await test.request('POST', `${API}/token/`, {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(form).toString(),
    });
    return response.json<{ access_token: string }>().access_token;
  }

  /** An operation that ends what it is about gets something of its own to end. */
  async function makeTargetFor(operationId: string, { token } = owner): Promise<Target> {
    if (operationId === 'endSession') return { ...base, session: await makeSession(test, token) };
    if (!/^(?:delete|revoke)|Secret$/.test(operationId)) return base;
    if (operationId !== 'deleteOrganization') return makeTarget(test, { token: owner.token, org: base.org, orgName });
    const created = await test.request('POST', `${API}/organizations/`, {
      token: owner.token,
      body: { name: 'Doomed' },
    });
    const { uuid: org } = created.json<{ uuid: string }>();
    for (const role of ['admin', 'developer', 'reader'] as const) {
      await test.query(
        'insert into memberships (id, organization_id, user_id, role) values (gen_random_uuid(), $1, $2, $3)',
        [org, company[role].userId, role],
      );
    }
    return { ...base, org, orgName: 'Doomed' };
  }

  const send = async (route: RouteEntry, target: Target, options: RequestOptions) => {
    const body = operationOf(route).body?.(target);
    return test.request(route.method, fillPath(route.url, target), {
      ...(body === undefined ? {} : { body }),
      ...options,
    });
  };

  /** Sends as somebody who may, with what that needs. */
  const sendAs = async (route: RouteEntry, target: Target, { token }: { token: string }) => {
    const { body, ...ids } = await makeReady(test, route, token);
    return send(route, { ...target, ...ids }, { token, ...(body === undefined ? {} : { body }) });
  };

  /** Everything a management route could change. */
  const readState = async () => {
    const records = ['applications', 'api_clients', 'secrets', 'invitations', 'passkeys'];
    const tables = ['organizations', 'memberships', 'users', ...records];
    // Earlier uses are written down a little later, by themselves.
    const row = "to_jsonb(t) - 'last_used_at' - 'last_used_ip' - 'last_seen_at'";
    const parts = tables.map((table) => `(select jsonb_agg(${row} order by t.id) from ${table} t) as ${table}`);
    return test.query(`select ${parts.join(', ')}`);
  };

  await t.test('the table of operations names every route, and no other', async (t) => {
    t.same([...new Set(routes.map(({ operationId }) => operationId))].sort(), [...managementOperations].sort());
    const all = new Set(test.app.routeTable.map(({ operationId }) => String(operationId)));
    t.same([...all].sort(), Object.keys(operations).sort());
    const others = test.app.routeTable.filter((route) => !isManagement(route));
    t.same(
      others.filter(({ access }) => !['public', 'public-or-user', 'machine'].includes(access)),
      [],
      'no route elsewhere takes an admin token',
    );
  });

  for (const route of routes) {
    const { method, url, operationId = '' } = route;
    const { who, status: success = 200 } = operationOf(route);
    const least = members.find((role) => role === who) ?? 'reader';
    const isAllowed = (role: Role) => members.indexOf(role) <= members.indexOf(least);

    await t.test(`${method} ${url}`, async (t) => {
      const target = await makeTargetFor(operationId);
      const before = await readState();
      const isRefused = async (name: string, options: RequestOptions, status: number) => {
        t.equal((await send(route, target, options)).statusCode, status, `${name}: ${status}`);
      };
      for (const [name, options] of Object.entries(credentials)) await isRefused(name, options, 401);
      for (const role of members) {
        if (!isAllowed(role)) await isRefused(role, { token: company[role].token }, 403);
      }
      if (who !== 'user') await isRefused('a member of another organization', { token: stranger.token }, 404);
      t.same(await readState(), before, 'a refused request changes nothing');

      for (const role of members) {
        if (!isAllowed(role)) continue;
        const response = await sendAs(route, await makeTargetFor(operationId, company[role]), company[role]);
        t.equal(response.statusCode, success, `${role}: ${success}`);
      }
      if (who === 'user') {
        const own = await makeTargetFor(operationId, stranger);
        t.equal((await sendAs(route, own, stranger)).statusCode, success, 'any user');
      }
    });
  }

  await t.test('who may call is decided before what is sent is looked at', async (t) => {
    for (const route of routes.filter((entry) => operationOf(entry).who !== 'user')) {
      const broken = { body: '{"broken', headers: { 'content-type': 'application/json', 'if-match': 'x' } };
      const url = `${fillPath(route.url, base)}?limit=none&unknown=1`;
      const statusFor = async (token?: string) => {
        const caller = token === undefined ? broken : { ...broken, token };
        return (await test.request(route.method, url, caller)).statusCode;
      };
      t.equal(await statusFor(), 401, `${route.method} ${route.url}`);
      t.equal(await statusFor(stranger.token), 404, `${route.method} ${route.url}`);
    }
  });

  await t.test('the same guards stand before every other spelling of an address', async (t) => {
    for (const route of routes.filter((entry) => operationOf(entry).who !== 'user')) {
      const path = fillPath(route.url, base);
      const spellings = [
        path.replace('/organizations/', '/organizations/me/'),
        path.replace(/\/$/, ''),
        path.replace(base.org, base.org.toUpperCase()),
        path.replace('organizations', '%6frganizations'),
      ];
      for (const url of spellings) {
        const answers = [test.request(route.method, url), test.request(route.method, url, stranger)];
        const [nobody, foreigner] = await Promise.all(answers);
        t.equal(nobody?.statusCode, 401, `${route.method} ${url}`);
        t.equal(foreigner?.statusCode, 404, `${route.method} ${url}`);
      }
    }
  });

  await t.test('what is somebody else’s cannot be told from what does not exist', async (t) => {
    const own = { org: stranger.organizationId, orgName: stranger.organizationName };
    const mine = await makeTarget(test, { token: stranger.token, ...own });
    const unknown = makeUnknownTarget();
    const foreignAndUnknown: [Target, Target][] = [
      [base, unknown],
      [base, { ...base, org: 'not-an-id' }],
      [base, { ...base, org: '00000000-0000-0000-0000-000000000000' }],
      // In the caller's own organization, with somebody else's records.
      [
        { ...base, org: mine.org },
        { ...unknown, org: mine.org },
      ],
      [
        { ...mine, secret: base.secret },
        { ...mine, secret: unknown.secret },
      ],
    ];
    for (const route of routes.filter((entry) => operationOf(entry).who !== 'user')) {
      for (const [foreign, missing] of foreignAndUnknown) {
        if (fillPath(route.url, foreign) === fillPath(route.url, missing)) continue;
        const before = await readState();
        const answers = [];
        for (const target of [foreign, missing]) {
          const options = { token: stranger.token, headers: { 'x-request-id': 'same' } };
          const { statusCode, headers, body } = await send(route, target, options);
          answers.push({ statusCode, headers: { ...headers, date: undefined }, body });
        }
        t.equal(answers[0]?.statusCode, 404, `${route.method} ${route.url}`);
        t.same(answers[0], answers[1], `${route.method} ${route.url}`);
        t.same(await readState(), before);
      }
    }
  });
});

void t.test('a role is what the database says at each request', async (t) => {
  const test = await build(t);
  const { path, organizationId, admin } = await makeCompany(test);
  const member = [organizationId, admin.userId];
  const setRole = (role: Role) =>
    test.query('update memberships set role = $3 where organization_id = $1 and user_id = $2', [...member, role]);
  const read = async () => (await test.request('GET', `${path}/`, { token: admin.token })).statusCode;
  const write = async () =>
    (await test.request('PATCH', `${path}/`, { token: admin.token, body: { name: 'Acme' } })).statusCode;

  await t.test('a lowered one bites at the very next request', async (t) => {
    t.equal(await write(), 200);
    await setRole('reader');
    t.equal(await write(), 403);
    t.equal(await read(), 200);
  });

  await t.test('a raised one helps at the very next request', async (t) => {
    await setRole('owner');
    t.equal(await write(), 200);
  });

  await t.test('a membership that was taken away leaves nothing', async (t) => {
    await test.query('delete from memberships where organization_id = $1 and user_id = $2', member);
    t.equal(await write(), 404);
    t.equal(await read(), 404);
    const mine = await test.request('GET', `${API}/organizations/me/`, { token: admin.token });
    t.notOk(mine.body.includes(organizationId));
  });
});
