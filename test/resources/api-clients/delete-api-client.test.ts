import t from 'tap';
import { build } from '../../support/build-app.ts';
import { API, createClient, registerUser } from '../../support/factories.ts';
import { check, clientPath, clientsPath } from '../../support/machines.ts';

const test = await build(t);
const owner = await registerUser(test);

const remove = (clientId: string, headers: Record<string, string> = {}) =>
  test.request('DELETE', clientPath(owner, clientId), { token: owner.token, headers });

void t.test('204 without a body, and the client, its secrets and its use are gone', async (t) => {
  const client = await createClient(test, owner);
  const response = await remove(client.client_id);
  t.equal(response.statusCode, 204);
  t.equal(response.body, '');
  t.equal((await check(test, client.client_secret)).statusCode, 401);
  for (const [method, rest] of [
    ['GET', ''],
    ['DELETE', ''],
    ['GET', 'secrets/'],
    ['POST', 'regenerate-secret/'],
  ] as const) {
    const gone = await test.request(method, clientPath(owner, client.client_id, rest), { token: owner.token });
    t.equal(gone.statusCode, 404, `${method} ${rest}`);
  }
  const list = await test.request('GET', clientsPath(owner), { token: owner.token });
  t.notOk(list.body.includes(client.client_id));
  const [left] = await test.query<{ clients: number; secrets: number }>(
    `select (select count(*)::int from api_clients where client_id = $1) as clients,
       (select count(*)::int from secrets where hint = $2) as secrets`,
    [client.client_id, client.client_secret_hint],
  );
  t.same(left, { clients: 0, secrets: 0 });
});

void t.test('409 primary_client for the client of an application, which goes on working', async (t) => {
  const response = await remove(owner.clientId);
  t.equal(response.statusCode, 409);
  t.match(response.json(), { code: 'primary_client', detail: /application/ });
  t.equal((await check(test, owner.apiKey)).statusCode, 200);
});

void t.test('the primary client goes with its application, and so does every other client of it', async (t) => {
  const user = await registerUser(test);
  const client = await createClient(test, user, { application_id: user.applicationId });
  const other = await createClient(test, user);
  const url = `${API}/organizations/${user.organizationId}/applications/${user.applicationId}/`;
  t.equal((await test.request('DELETE', url, { token: user.token })).statusCode, 204);
  for (const clientId of [user.clientId, client.client_id]) {
    t.equal((await test.request('GET', clientPath(user, clientId), { token: user.token })).statusCode, 404);
  }
  t.equal((await check(test, user.apiKey)).statusCode, 401);
  t.equal((await check(test, client.client_secret)).statusCode, 401);
  t.equal((await check(test, other.client_secret)).statusCode, 200, 'a client of no application stays');
});

void t.test('412 when the record has changed since the ETag was read: it stays', async (t) => {
  const client = await createClient(test, owner);
  const url = clientPath(owner, client.client_id);
  const etag = String((await test.request('GET', url, { token: owner.token })).headers.etag);
  const changed = await test.request('PATCH', url, { token: owner.token, body: { name: 'Changed' } });
  const response = await remove(client.client_id, { 'if-match': etag });
  t.equal(response.statusCode, 412);
  t.match(response.json(), { code: 'precondition_failed' });
  t.equal((await check(test, client.client_secret)).statusCode, 200);
  t.equal((await remove(client.client_id, { 'if-match': String(changed.headers.etag) })).statusCode, 204);
});

void t.test('of many deletions at the same time one is answered 204 and the rest 404', async (t) => {
  const client = await createClient(test, owner);
  const answers = await Promise.all(Array.from({ length: 10 }, () => remove(client.client_id)));
  t.same(answers.map(({ statusCode }) => statusCode).sort(), [204, ...Array<number>(9).fill(404)]);
});

void t.test('a client that is deleted while its secret is regenerated has no secret afterwards', async (t) => {
  for (let round = 0; round < 5; round++) {
    const client = await createClient(test, owner);
    const regenerate = () =>
      test.request('POST', clientPath(owner, client.client_id, 'regenerate-secret/'), { token: owner.token });
    const [first, second, deleted] = await Promise.all([regenerate(), regenerate(), remove(client.client_id)]);
    t.equal(deleted.statusCode, 204);
    for (const answer of [first, second]) {
      t.ok([200, 404].includes(answer.statusCode), answer.body);
      const { client_secret } = answer.json<{ client_secret?: string }>();
      if (client_secret !== undefined) t.equal((await check(test, client_secret)).statusCode, 401);
    }
  }
  const orphans = await test.query('select from secrets where api_client_id not in (select id from api_clients)');
  t.equal(orphans.length, 0);
});
