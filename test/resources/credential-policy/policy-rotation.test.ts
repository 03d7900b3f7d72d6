import t from 'tap';
import { build } from '../../support/build-app.ts';
import { isAccepted } from '../../support/company.ts';
import { holdLock, waitForLockWaiters } from '../../support/database-session.ts';
import { API, createClient, registerUser } from '../../support/factories.ts';
import type { TestClient, TestUser } from '../../support/factories.ts';
import { clientPath } from '../../support/machines.ts';
import { isProblem } from '../../support/problems.ts';

const test = await build(t);

const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
const pathOf = ({ organizationId }: TestUser) => `${API}/organizations/${organizationId}`;

async function setPolicy(owner: TestUser, body: object): Promise<void> {
  const response = await test.request('PUT', `${pathOf(owner)}/credential-policy/`, { token: owner.token, body });
  if (response.statusCode !== 200) throw new Error(response.body);
}

const regenerate = (owner: TestUser, { client_id }: Pick<TestClient, 'client_id'>, body: object = {}) =>
  test.request('POST', clientPath(owner, client_id, 'regenerate-secret/'), { token: owner.token, body });
const detailsOf = (response: { json: () => unknown }) =>
  (response.json() as { errors: { pointer: string; detail: string }[] }).errors.map(
    ({ pointer, detail }) => `${pointer} ${detail}`,
  );

void t.test('422 for a new secret without the end that the policy asks for, or with too late a one', async (t) => {
  const owner = await registerUser(test);
  const client = await createClient(test, owner);
  await setPolicy(owner, { max_secret_lifetime_days: 30, expiry_required_for: ['live'] });
  const cases = [
    [{}, '/expires_at is required: the credential policy demands an end in live and a lifetime of at most 30 days'],
    [
      { expires_at: inDays(31) },
      '/expires_at must be at most 30 days from the making of the secret: the credential policy demands a lifetime of at most 30 days',
    ],
  ] as const;
  for (const [body, detail] of cases) {
    const response = await regenerate(owner, client, body);
    isProblem(t, response, { code: 'policy_violation', pointers: ['/expires_at'] });
    t.same(detailsOf(response), [detail]);
  }
  t.ok(await isAccepted(test, client.client_secret), 'nothing was rotated');
  const rotated = await regenerate(owner, client, { expires_at: inDays(30) });
  t.equal(rotated.statusCode, 200, rotated.body);
  t.notOk(await isAccepted(test, client.client_secret));
});

void t.test('the end of the client is one as well', async (t) => {
  const owner = await registerUser(test);
  const client = await createClient(test, owner, { expires_at: inDays(20) });
  await setPolicy(owner, { max_secret_lifetime_days: 30, expiry_required_for: ['live'] });
  t.equal((await regenerate(owner, client)).statusCode, 200);
});

void t.test(
  '422 for a longer overlap than the policy allows, on the routes of clients and of applications',
  async (t) => {
    const owner = await registerUser(test);
    await setPolicy(owner, { max_overlap_seconds: 3600 });
    const url = `${pathOf(owner)}/applications/${owner.applicationId}/regenerate-api-key/`;
    const asApplication = (body: object) => test.request('POST', url, { token: owner.token, body });
    const asClient = (body: object) => regenerate(owner, { client_id: owner.clientId }, body);
    for (const send of [asClient, asApplication]) {
      const response = await send({ overlap_seconds: 3601 });
      isProblem(t, response, { code: 'policy_violation', pointers: ['/overlap_seconds'] });
      t.same(detailsOf(response), [
        '/overlap_seconds must be at most 3600: the credential policy demands an overlap of at most 3600 seconds',
      ]);
    }
    t.equal((await asClient({ overlap_seconds: 3600 })).statusCode, 200);
  },
);

void t.test('422 for a later end of a secret than the policy allows; an earlier one is always fine', async (t) => {
  const owner = await registerUser(test);
  const client = await createClient(test, owner);
  const secrets = clientPath(owner, client.client_id, 'secrets/');
  const listed = await test.request('GET', secrets, { token: owner.token });
  const [secret] = listed.json<{ results: { uuid: string }[] }>().results;
  const move = (expires_at: string | null) =>
    test.request('PATCH', `${secrets}${secret!.uuid}/`, { token: owner.token, body: { expires_at } });
  t.equal((await move(inDays(100))).statusCode, 200);
  await setPolicy(owner, { max_secret_lifetime_days: 30 });
  for (const end of [null, inDays(101)]) {
    isProblem(t, await move(end), { code: 'policy_violation', pointers: ['/expires_at'] });
  }
  for (const end of [inDays(90), inDays(20), inDays(30)]) t.equal((await move(end)).statusCode, 200, end);
});

void t.test('a secret that has ended breaks nothing', async (t) => {
  const owner = await registerUser(test);
  const client = await createClient(test, owner);
  await setPolicy(owner, { expiry_required_for: ['live'] });
  const violating = async () => {
    const url = `${pathOf(owner)}/credential-policy/violations/`;
    const response = await test.request('GET', url, { token: owner.token });
    return response.json<{ results: { client_id: string }[] }>().results.map(({ client_id }) => client_id);
  };
  t.ok((await violating()).includes(client.client_id));
  t.equal((await regenerate(owner, client, { expires_at: inDays(30) })).statusCode, 200);
  t.notOk((await violating()).includes(client.client_id));
});

void t.test('a rotation that met a new policy under way goes by it', async (t) => {
  const owner = await registerUser(test);
  const client = await createClient(test, owner);
  const policy = await holdLock(test, 'select from organizations where id = $1 for update', [owner.organizationId]);
  await policy.query('update organizations set max_overlap_seconds = 0 where id = $1', [owner.organizationId]);
  const rotation = regenerate(owner, client, { overlap_seconds: 60 });
  await waitForLockWaiters(test, 1);
  await policy.commit();
  isProblem(t, await rotation, { code: 'policy_violation', pointers: ['/overlap_seconds'] });
});

void t.test('422 for an overlap that is made longer than the policy allows; a shorter one is fine', async (t) => {
  const owner = await registerUser(test);
  const client = await createClient(test, owner);
  t.equal((await regenerate(owner, client, { overlap_seconds: 7200 })).statusCode, 200);
  await setPolicy(owner, { max_overlap_seconds: 3600 });
  const secrets = clientPath(owner, client.client_id, 'secrets/');
  const listed = await test.request('GET', secrets, { token: owner.token });
  const { results } = listed.json<{ results: { uuid: string; status: string }[] }>();
  const retiring = results.find(({ status }) => status === 'retiring');
  const move = (hours: number) => {
    const body = { expires_at: inDays(hours / 24) };
    return test.request('PATCH', `${secrets}${retiring!.uuid}/`, { token: owner.token, body });
  };
  const refused = await move(3);
  isProblem(t, refused, { code: 'policy_violation', pointers: ['/expires_at'] });
  t.match(detailsOf(refused)[0], 'an overlap of at most 3600 seconds');
  t.equal((await move(1)).statusCode, 200);
});

void t.test('404 for a change whose organization is deleted before its turn comes', async (t) => {
  const owner = await registerUser(test);
  const client = await createClient(test, owner);
  const deletion = await holdLock(test, 'delete from organizations where id = $1', [owner.organizationId]);
  const body = { expires_at: inDays(1) };
  const changes = [
    test.request('PATCH', clientPath(owner, client.client_id), { token: owner.token, body }),
    regenerate(owner, client),
    test.request('PUT', `${pathOf(owner)}/credential-policy/`, { token: owner.token, body: {} }),
  ];
  await waitForLockWaiters(test, changes.length);
  await deletion.commit();
  for (const change of changes) isProblem(t, await change, { code: 'not_found' });
});

void t.test(
  '422 for a client without an end that would leave a secret without one if its rotation were cancelled',
  async (t) => {
    const owner = await registerUser(test);
    const client = await createClient(test, owner, { expires_at: inDays(80) });
    await setPolicy(owner, { expiry_required_for: ['live'] });
    const rotation = { overlap_seconds: 600, expires_at: inDays(79) };
    t.equal((await regenerate(owner, client, rotation)).statusCode, 200);
    const path = clientPath(owner, client.client_id);
    const move = (end: string | null) => test.request('PATCH', path, { token: owner.token, body: { expires_at: end } });
    isProblem(t, await move(null), { code: 'policy_violation', pointers: ['/expires_at'] });
    t.equal((await move(inDays(70))).statusCode, 200);
  },
);

void t.test('422 for an overlap that is made longer again and again: it is counted from its beginning', async (t) => {
  const owner = await registerUser(test);
  const client = await createClient(test, owner);
  await setPolicy(owner, { max_overlap_seconds: 3600 });
  t.equal((await regenerate(owner, client, { overlap_seconds: 3600 })).statusCode, 200);
  await test.query(
    `update secrets set created_at = created_at - interval '50 minutes', expires_at = expires_at - interval '50 minutes'
     where api_client_id = (select id from api_clients where client_id = $1)`,
    [client.client_id],
  );
  const secrets = clientPath(owner, client.client_id, 'secrets/');
  const listed = await test.request('GET', secrets, { token: owner.token });
  const { results } = listed.json<{ results: { uuid: string; status: string }[] }>();
  const retiring = results.find(({ status }) => status === 'retiring');
  const move = (minutes: number) => {
    const body = { expires_at: new Date(Date.now() + minutes * 60_000).toISOString() };
    return test.request('PATCH', `${secrets}${retiring!.uuid}/`, { token: owner.token, body });
  };
  isProblem(t, await move(50), { code: 'policy_violation', pointers: ['/expires_at'] });
  t.equal((await move(5)).statusCode, 200);
});
