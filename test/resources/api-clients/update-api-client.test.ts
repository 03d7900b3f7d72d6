import t from 'tap';
import { build } from '../../support/build-app.ts';
import { cutLockWaiters, holdLock, waitForLockWaiters } from '../../support/database-session.ts';
import { createClient, registerUser } from '../../support/factories.ts';
import type { TestClient } from '../../support/factories.ts';
import { check, clientPath } from '../../support/machines.ts';

interface Refusal {
  code: string;
  errors: { pointer: string; detail: string }[];
}

const test = await build(t);
const owner = await registerUser(test);

const patch = (client: TestClient, body: unknown, headers: Record<string, string> = {}) =>
  test.request('PATCH', clientPath(owner, client.client_id), { token: owner.token, body, headers });
const read = (client: TestClient) => test.request('GET', clientPath(owner, client.client_id), { token: owner.token });

void t.test('200 changes just the fields that were sent, and answers with the whole record', async (t) => {
  const client = await createClient(test, owner, { description: 'Before' });
  let expected = (await read(client)).json<Record<string, unknown>>();
  const changes = [
    { name: 'After' },
    { description: 'After\nthat' },
    { description: null },
    { permissions: ['flows.execute', 'api.write'] },
    { allowed_redirect_urls: ['https://acme.example/b', 'https://acme.example/a'] },
    { allowed_redirect_urls: [] },
    { allowed_ips: ['192.0.2.0/24', '2001:db8::7'] },
    { allowed_ips: [] },
    { expires_at: '2099-01-01T00:00:00.000Z' },
    { expires_at: null },
    { status: 'paused' },
    { status: 'active' },
    { name: 'Both', status: 'paused' },
  ];
  for (const change of changes) {
    const response = await patch(client, change);
    t.equal(response.statusCode, 200, JSON.stringify(change));
    const record = response.json<Record<string, unknown>>();
    t.ok(String(record.updated_at) > String(expected.updated_at));
    expected = { ...expected, ...change, updated_at: record.updated_at };
    t.same(record, expected);
    t.same((await read(client)).json(), expected);
  }
});

void t.test('200 for an empty object and for no body: nothing but updated_at changes', async (t) => {
  const client = await createClient(test, owner);
  const before = (await read(client)).json<Record<string, unknown>>();
  for (const body of [{}, undefined]) {
    const response = await patch(client, body);
    t.equal(response.statusCode, 200);
    const { updated_at, ...record } = response.json<Record<string, unknown>>();
    t.same({ ...record, updated_at: before.updated_at }, before, String(updated_at));
  }
});

void t.test(
  '503 when its connection is lost while it waits, nothing is changed, and the process goes on',
  async (t) => {
    const client = await createClient(test, owner);
    const strays: unknown[] = [];
    const note = (err: unknown) => void strays.push(err);
    process.on('unhandledRejection', note);
    t.teardown(() => process.off('unhandledRejection', note));
    const other = await holdLock(test, 'select from organizations for update');
    const asked = patch(client, { allowed_ips: ['192.0.2.0/24'] });
    await waitForLockWaiters(test);
    await cutLockWaiters(test);
    t.equal((await asked).statusCode, 503);
    await other.commit();
    t.match((await read(client)).json(), { allowed_ips: [] });
    t.same(strays, [], 'no failure is left to itself');
  },
);

void t.test('422 for every member that never changes, and nothing is changed', async (t) => {
  const client = await createClient(test, owner);
  const before = (await read(client)).body;
  const immutable = {
    client_id: client.client_id,
    environment: client.environment,
    application_id: owner.applicationId,
    client_secret: client.client_secret,
    client_secret_hint: client.client_secret_hint,
    last_used_at: null,
    created_at: '2026-01-01T00:00:00Z',
    updated_at: '2026-01-01T00:00:00Z',
  };
  for (const [member, value] of Object.entries(immutable)) {
    const response = await patch(client, { [member]: value, name: 'Changed' });
    t.equal(response.statusCode, 422, member);
    const { code, errors } = response.json<Refusal>();
    t.equal(code, 'immutable_field');
    t.same(errors, [{ pointer: `/${member}`, code: 'immutable', detail: 'never changes' }]);
  }
  const all = await patch(client, immutable);
  t.equal(all.statusCode, 422);
  t.same(
    all
      .json<Refusal>()
      .errors.map(({ pointer }) => pointer)
      .sort(),
    Object.keys(immutable)
      .map((member) => `/${member}`)
      .sort(),
  );
  t.equal((await read(client)).body, before);
});

void t.test('400 names everything that is wrong at once, also members that never change', async (t) => {
  const client = await createClient(test, owner);
  const before = (await read(client)).body;
  const response = await patch(client, {
    name: '',
    permissions: [' '],
    allowed_redirect_urls: ['https://*.acme.example/'],
    description: 'a\u0000b',
    expires_at: '2001-01-01T00:00:00Z',
    status: 'deleted',
    environment: 'staging',
    surprise: true,
  });
  t.equal(response.statusCode, 400);
  const { code, errors } = response.json<Refusal>();
  t.equal(code, 'invalid_request');
  t.same([...new Set(errors.map(({ pointer }) => pointer))].sort(), [
    '/allowed_redirect_urls/0',
    '/description',
    '/environment',
    '/expires_at',
    '/name',
    '/permissions/0',
    '/status',
    '/surprise',
  ]);
  t.equal((await read(client)).body, before);
});

void t.test('400 for null where a value is needed', async (t) => {
  const client = await createClient(test, owner);
  for (const member of ['name', 'permissions', 'allowed_redirect_urls', 'status']) {
    const response = await patch(client, { [member]: null });
    t.equal(response.statusCode, 400, member);
    t.match(response.json(), { errors: [{ pointer: `/${member}` }] });
  }
  t.equal((await patch(client, { permissions: [] })).statusCode, 400, 'a client keeps at least one permission');
});

void t.test('415 for a body that is not declared as JSON', async (t) => {
  const client = await createClient(test, owner);
  const response = await patch(client, '{"name":"After"}', { 'content-type': 'text/plain' });
  t.equal(response.statusCode, 415);
  t.match((await read(client)).json(), { name: 'Backend' });
});

void t.test('412 when the record has changed since the ETag was read, and nothing is changed', async (t) => {
  const client = await createClient(test, owner);
  const etag = String((await read(client)).headers.etag);
  const changed = await patch(client, { name: 'First' }, { 'if-match': etag });
  t.equal(changed.statusCode, 200);
  t.not(changed.headers.etag, etag);
  for (const condition of [etag, `W/${etag}`, '"other"', 'other', '""']) {
    const response = await patch(client, { name: 'Second' }, { 'if-match': condition });
    t.equal(response.statusCode, 412, condition);
    t.match(response.json(), { code: 'precondition_failed' });
  }
  t.match((await read(client)).json(), { name: 'First' });
  const listed = `"99", ${String(changed.headers.etag)}`;
  t.equal((await patch(client, { name: 'Third' }, { 'if-match': listed })).statusCode, 200, 'one of several fits');
  t.equal((await patch(client, { name: 'Fourth' }, { 'if-match': '*' })).statusCode, 200);
});

void t.test('of many changes under one ETag at the same time exactly one is made', async (t) => {
  const client = await createClient(test, owner);
  const headers = { 'if-match': String((await read(client)).headers.etag) };
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, index) => patch(client, { name: `Change ${index}` }, headers)),
  );
  const made = answers.filter(({ statusCode }) => statusCode === 200);
  t.equal(made.length, 1);
  t.equal(answers.filter(({ statusCode }) => statusCode === 412).length, 9);
  t.equal((await read(client)).body, made[0]!.body);
});

void t.test('a change of another organization’s client is 404 and changes nothing, also under If-Match', async (t) => {
  const stranger = await registerUser(test);
  const client = await createClient(test, owner);
  const url = clientPath(stranger, client.client_id);
  for (const condition of ['"1"', '*']) {
    const headers = { 'if-match': condition };
    const response = await test.request('PATCH', url, { token: stranger.token, body: { status: 'paused' }, headers });
    t.equal(response.statusCode, 404);
  }
  t.equal((await check(test, client.client_secret)).statusCode, 200);
});

void t.test('a permission that left the catalogue can be kept and taken away, and not be given', async (t) => {
  const client = await createClient(test, owner, { permissions: ['api.read'] });
  const other = await createClient(test, owner, { permissions: ['api.read'] });
  await test.query(`update api_clients set permissions = '{api.read,old.one}' where client_id = $1`, [
    client.client_id,
  ]);

  const kept = await patch(client, { permissions: ['old.one', 'api.write'] });
  t.equal(kept.statusCode, 200);
  t.same(kept.json<{ permissions: string[] }>().permissions, ['old.one', 'api.write']);
  t.equal((await patch(client, { name: 'Renamed' })).statusCode, 200);

  const given = await patch(other, { permissions: ['api.read', 'old.one', 'no.such'] });
  t.equal(given.statusCode, 400);
  const detail = 'must be a permission of the catalogue';
  t.same(given.json<Refusal>().errors, [
    { pointer: '/permissions/1', code: 'not_allowed', detail },
    { pointer: '/permissions/2', code: 'not_allowed', detail },
  ]);

  t.equal((await patch(client, { permissions: ['api.write'] })).statusCode, 200);
  t.equal((await patch(client, { permissions: ['old.one'] })).statusCode, 400, 'once taken away it is gone for good');
});
