import t from 'tap';
import { build } from '../../support/build-app.ts';
import { createApplication, isAccepted } from '../../support/company.ts';
import { holdLock, waitForLockWaiters } from '../../support/database-session.ts';
import { API, createClient, registerUser } from '../../support/factories.ts';
import type { TestClient, TestUser } from '../../support/factories.ts';
import { clientPath, clientsPath, listSecrets, regenerate } from '../../support/machines.ts';
import { isProblem } from '../../support/problems.ts';

interface Fault {
  pointer: string;
  code: string;
  detail: string;
}

interface Violation {
  client_id: string;
  violations: { rule: string; value: unknown; secret_id: string | null; detail: string }[];
}

const test = await build(t);

const DAY_MS = 86_400_000;
const inDays = (days: number) => new Date(Date.now() + days * DAY_MS).toISOString();
const pathOf = ({ organizationId }: TestUser) => `${API}/organizations/${organizationId}`;

async function setPolicy(owner: TestUser, body: object): Promise<void> {
  const response = await test.request('PUT', `${pathOf(owner)}/credential-policy/`, { token: owner.token, body });
  if (response.statusCode !== 200) throw new Error(`the policy answered ${response.statusCode}: ${response.body}`);
}

const create = (owner: TestUser, input: object = {}) => {
  const body = { name: 'Backend', environment: 'live', permissions: ['api.read'], ...input };
  return test.request('POST', clientsPath(owner), { token: owner.token, body });
};
const patch = (owner: TestUser, { client_id }: { client_id: string }, body: object) =>
  test.request('PATCH', clientPath(owner, client_id), { token: owner.token, body });
const violationsOf = async (owner: TestUser, query = '') => {
  const url = `${pathOf(owner)}/credential-policy/violations/${query}`;
  const response = await test.request('GET', url, { token: owner.token });
  t.equal(response.statusCode, 200, response.body);
  return response.json<{ results: Violation[]; next_cursor: string | null }>();
};

void t.test('422 for a new API client that breaks the policy names the rule and its value, at the field', async (t) => {
  const owner = await registerUser(test);
  await setPolicy(owner, {
    max_secret_lifetime_days: 90,
    expiry_required_for: ['live'],
    allowed_ips_required_for: ['live', 'staging'],
  });
  const response = await create(owner);
  isProblem(t, response, { code: 'policy_violation', pointers: ['/allowed_ips', '/expires_at'] });
  t.same(response.json<{ errors: Fault[] }>().errors, [
    {
      pointer: '/expires_at',
      code: 'required',
      detail: 'is required: the credential policy demands an end in live and a lifetime of at most 90 days',
    },
    {
      pointer: '/allowed_ips',
      code: 'required',
      detail: 'is required: the credential policy demands a list of addresses in live and staging',
    },
  ]);
  const late = await create(owner, { expires_at: inDays(91), allowed_ips: ['192.0.2.1'] });
  t.equal(late.statusCode, 422);
  t.same(late.json<{ errors: Fault[] }>().errors, [
    {
      pointer: '/expires_at',
      code: 'too_large',
      detail:
        'must be at most 90 days from the making of the secret: the credential policy demands a lifetime of at most 90 days',
    },
  ]);
  t.equal((await create(owner, { expires_at: inDays(90), allowed_ips: ['192.0.2.1'] })).statusCode, 201);
  const [{ count } = { count: 0 }] = await test.query<{ count: number }>(
    'select count(*)::int as count from api_clients where organization_id = $1',
    [owner.organizationId],
  );
  t.equal(count, 2, 'the primary one and the one that was allowed');
});

void t.test('a rule binds the environments that it names', async (t) => {
  const owner = await registerUser(test);
  await setPolicy(owner, { expiry_required_for: ['staging'], allowed_ips_required_for: ['staging'] });
  t.equal((await create(owner, { environment: 'live' })).statusCode, 201);
  const response = await create(owner, { environment: 'staging' });
  isProblem(t, response, { code: 'policy_violation', pointers: ['/allowed_ips', '/expires_at'] });
});

void t.test(
  'an application is made with an end and addresses of its primary client, where they are asked for',
  async (t) => {
    const owner = await registerUser(test);
    await setPolicy(owner, { expiry_required_for: ['live'], allowed_ips_required_for: ['live'] });
    const url = `${pathOf(owner)}/applications/`;
    const refused = await test.request('POST', url, { token: owner.token });
    isProblem(t, refused, { code: 'policy_violation', pointers: ['/allowed_ips', '/expires_at'] });
    const expires_at = inDays(10);
    const { client_id, api_key } = await createApplication(
      test,
      { path: pathOf(owner), owner },
      { expires_at, allowed_ips: ['127.0.0.0/8'] },
    );
    const client = await test.request('GET', clientPath(owner, client_id), { token: owner.token });
    t.match(client.json(), { expires_at, allowed_ips: ['127.0.0.0/8'] });
    t.ok(await isAccepted(test, api_key));
  },
);

void t.test(
  '422 for a change that leads away from the policy; what breaks it already goes on and may come nearer',
  async (t) => {
    const owner = await registerUser(test);
    const bound = await createClient(test, owner, { allowed_ips: ['192.0.2.1'], expires_at: inDays(80) });
    const free = await createClient(test, owner);
    await setPolicy(owner, {
      max_secret_lifetime_days: 90,
      expiry_required_for: ['live'],
      allowed_ips_required_for: ['live'],
    });
    t.ok(await isAccepted(test, free.client_secret), 'it goes on');
    for (const body of [{ allowed_ips: [] }, { allowed_ips: null }]) {
      isProblem(t, await patch(owner, bound, body), { code: 'policy_violation', pointers: ['/allowed_ips'] });
    }
    for (const expires_at of [null, inDays(100)]) {
      const response = await patch(owner, bound, { expires_at });
      isProblem(t, response, { code: 'policy_violation', pointers: ['/expires_at'] });
    }
    const both = await patch(owner, bound, { expires_at: null, allowed_ips: [], name: 'Renamed' });
    isProblem(t, both, { code: 'policy_violation', pointers: ['/allowed_ips', '/expires_at'] });
    t.match((await test.request('GET', clientPath(owner, bound.client_id), { token: owner.token })).json(), {
      name: 'Backend',
      allowed_ips: ['192.0.2.1'],
    });
    for (const body of [{ allowed_ips: ['192.0.2.2'] }, { expires_at: inDays(89) }, { name: 'Renamed' }]) {
      t.equal((await patch(owner, bound, body)).statusCode, 200, JSON.stringify(body));
    }
    const nearer = [
      { name: 'Old' },
      { allowed_ips: [], expires_at: null },
      { expires_at: inDays(400) },
      { status: 'paused' },
    ];
    for (const body of [...nearer, { status: 'active' }, { expires_at: inDays(300) }]) {
      t.equal((await patch(owner, free, body)).statusCode, 200, JSON.stringify(body));
    }
    isProblem(t, await patch(owner, free, { expires_at: inDays(301) }), {
      code: 'policy_violation',
      pointers: ['/expires_at'],
    });
  },
);

void t.test('violations are what breaks the policy now, rule by rule, and no more', async (t) => {
  const owner = await registerUser(test);
  t.same(await violationsOf(owner), { results: [], next_cursor: null });
  const free = await createClient(test, owner);
  const good = await createClient(test, owner, { allowed_ips: ['192.0.2.1'], expires_at: inDays(80) });
  await createClient(test, owner, { environment: 'staging' });
  const ended = await createClient(test, owner);
  const long = await createClient(test, owner, { allowed_ips: ['192.0.2.1'], expires_at: inDays(400) });
  await test.query("update api_clients set expires_at = now() - interval '1 second' where client_id = $1", [
    ended.client_id,
  ]);
  await setPolicy(owner, {
    max_secret_lifetime_days: 365,
    expiry_required_for: ['live'],
    allowed_ips_required_for: ['live'],
  });
  const stagingToo = (await violationsOf(owner)).results;
  t.equal(stagingToo.length, 4, 'a lifetime binds staging as well');
  await setPolicy(owner, { expiry_required_for: ['live'], allowed_ips_required_for: ['live'] });
  const { results } = await violationsOf(owner);
  t.same(
    results.map(({ client_id }) => client_id),
    [free.client_id, owner.clientId],
  );
  const [row] = await test.query<{ id: string }>('select id from secrets where hint = $1', [free.client_secret_hint]);
  t.same(results[0], {
    client_id: free.client_id,
    name: 'Backend',
    environment: 'live',
    status: 'active',
    member: null,
    violations: [
      {
        rule: 'expiry_required_for',
        value: ['live'],
        secret_id: row!.id,
        detail: 'the end of the secret is required: the credential policy demands an end in live',
      },
      {
        rule: 'allowed_ips_required_for',
        value: ['live'],
        secret_id: null,
        detail: 'the list of addresses is required: the credential policy demands a list of addresses in live',
      },
    ],
  });
  await setPolicy(owner, { max_secret_lifetime_days: 100 });
  const found = (await violationsOf(owner)).results;
  t.match(
    found.find(({ client_id }) => client_id === long.client_id),
    { violations: [{ rule: 'max_secret_lifetime_days', value: 100 }] },
  );
  t.equal(
    found.find(({ client_id }) => client_id === good.client_id),
    undefined,
  );
  await setPolicy(owner, {});
  t.same((await violationsOf(owner)).results, []);
});

void t.test(
  'a retiring secret that goes on for longer than a new policy allows is a violation until then',
  async (t) => {
    const owner = await registerUser(test);
    const [long, short] = [await createClient(test, owner), await createClient(test, owner)];
    await createClient(test, owner);
    await regenerate(test, owner, { clientId: long.client_id, overlapSeconds: 7_200 });
    await regenerate(test, owner, { clientId: short.client_id, overlapSeconds: 3_600 });
    await setPolicy(owner, { max_overlap_seconds: 7_200 });
    t.same((await violationsOf(owner)).results, [], 'what is as long as allowed breaks nothing');
    await setPolicy(owner, { max_overlap_seconds: 3_600 });
    const [retiring] = (await listSecrets(test, owner, long.client_id)).filter(({ status }) => status === 'retiring');
    t.match((await violationsOf(owner)).results, [
      {
        client_id: long.client_id,
        violations: [
          {
            rule: 'max_overlap_seconds',
            value: 3_600,
            secret_id: retiring!.uuid,
            detail:
              'the end of the secret must be within 3600 seconds: the credential policy demands an overlap of at most 3600 seconds',
          },
        ],
      },
    ]);
    t.equal((await violationsOf(owner)).results.length, 1);
    // Time goes by.
    await test.query(`update secrets set expires_at = expires_at - interval '1 hour' where id = $1`, [retiring!.uuid]);
    t.same((await violationsOf(owner)).results, []);
    await setPolicy(owner, { max_overlap_seconds: 0 });
    t.equal((await violationsOf(owner)).results.length, 2);
  },
);

void t.test('the list has pages, and holds no other organization’s', async (t) => {
  const [owner, other] = [await registerUser(test), await registerUser(test)];
  const clients: TestClient[] = [];
  for (let index = 0; index < 4; index += 1) clients.push(await createClient(test, owner));
  await createClient(test, other);
  for (const one of [owner, other]) await setPolicy(one, { allowed_ips_required_for: ['live'] });
  const seen: string[] = [];
  let cursor: string | null = null;
  do {
    const next: string = cursor === null ? '' : `&cursor=${cursor}`;
    const page = await violationsOf(owner, `?limit=2${next}`);
    t.ok(page.results.length <= 2);
    seen.push(...page.results.map(({ client_id }) => client_id));
    cursor = page.next_cursor;
  } while (cursor !== null);
  t.same(seen, [owner.clientId, ...clients.map(({ client_id }) => client_id)].reverse());
});

void t.test('a creation or a change that met a new policy under way goes by it', async (t) => {
  const owner = await registerUser(test);
  const bound = await createClient(test, owner, { allowed_ips: ['192.0.2.1'] });
  const policy = await holdLock(test, 'select from organizations where id = $1 for update', [owner.organizationId]);
  await policy.query(`update organizations set allowed_ips_required_for = '{live}' where id = $1`, [
    owner.organizationId,
  ]);
  const answers = [
    create(owner),
    test.request('POST', `${pathOf(owner)}/applications/`, { token: owner.token }),
    patch(owner, bound, { allowed_ips: [] }),
  ];
  await waitForLockWaiters(test, 3);
  await policy.commit();
  for (const answer of answers) isProblem(t, await answer, { code: 'policy_violation', pointers: ['/allowed_ips'] });
});

void t.test('a new policy waits for the changes under way, and its answer knows what they made', async (t) => {
  const owner = await registerUser(test);
  const bound = await createClient(test, owner, { allowed_ips: ['192.0.2.1'] });
  const row = await holdLock(test, 'select from api_clients where client_id = $1 for update', [bound.client_id]);
  const change = patch(owner, bound, { allowed_ips: [] });
  await waitForLockWaiters(test, 1);
  const policy = setPolicy(owner, { allowed_ips_required_for: ['live'] });
  await waitForLockWaiters(test, 2);
  await row.commit();
  t.equal((await change).statusCode, 200);
  await policy;
  const { results } = await violationsOf(owner);
  t.ok(results.some(({ client_id }) => client_id === bound.client_id));
});

void t.test('of creations and policies at once, nothing slips through after a policy was answered', async (t) => {
  const owner = await registerUser(test);
  let undone = 0;
  for (let round = 0; round < 10; round += 1) {
    await setPolicy(owner, {});
    const before = (await violationsOf(owner)).results.length;
    t.equal(before, 0);
    const [, ...made] = await Promise.all([
      setPolicy(owner, { allowed_ips_required_for: ['live'] }),
      ...Array.from({ length: 4 }, () => create(owner)),
    ]);
    t.same(
      made.filter(({ statusCode }) => statusCode !== 201 && statusCode !== 422),
      [],
    );
    undone += made.filter(({ statusCode }) => statusCode === 422).length;
    const accepted = made.filter(({ statusCode }) => statusCode === 201).map((one) => one.json<TestClient>().client_id);
    const listed = new Set((await violationsOf(owner, '?limit=100')).results.map(({ client_id }) => client_id));
    for (const id of accepted) t.ok(listed.has(id));
    t.equal((await create(owner)).statusCode, 422);
  }
  t.comment(`${undone} of 40 creations were refused`);
});
