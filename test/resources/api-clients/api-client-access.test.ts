import t from 'tap';
import type { TestClient, TestUser } from '../../support/factories.ts';
import { build } from '../../support/build-app.ts';
import { createClient, registerUser } from '../../support/factories.ts';
import { addColleague, check, clientPath, clientsPath, listSecrets, regenerate } from '../../support/machines.ts';

interface Route {
  name: string;
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** What follows the client's own path; null for the collection. */
  rest: string | null;
  success: number;
  body?: object;
  isRead: boolean;
}

const routes: Route[] = [
  { name: 'list', method: 'GET', rest: null, success: 200, isRead: true },
  {
    name: 'create',
    method: 'POST',
    rest: null,
    success: 201,
    body: { name: 'Backend', environment: 'live', permissions: ['api.read'] },
    isRead: false,
  },
  { name: 'get', method: 'GET', rest: '', success: 200, isRead: true },
  { name: 'update', method: 'PATCH', rest: '', success: 200, body: { name: 'Changed' }, isRead: false },
  { name: 'list secrets', method: 'GET', rest: 'secrets/', success: 200, isRead: true },
  {
    name: 'check a redirect URL',
    method: 'POST',
    rest: 'redirect-urls/check/',
    success: 200,
    body: { redirect_url: 'https://acme.example/' },
    isRead: true,
  },
  {
    name: 'regenerate',
    method: 'POST',
    rest: 'regenerate-secret/',
    success: 200,
    body: { force: true },
    isRead: false,
  },
  { name: 'revoke a secret', method: 'DELETE', rest: 'secrets/{secret}/?force=true', success: 204, isRead: false },
  { name: 'delete', method: 'DELETE', rest: '', success: 204, isRead: false },
];

const test = await build(t);
const owner = await registerUser(test);
const stranger = await registerUser(test);
const reader = await addColleague(test, owner, 'reader');
const developer = await addColleague(test, owner, 'developer');

function send(route: Route, target: { owner: { organizationId: string }; clientId: string; secretId: string }) {
  const { method, rest, body } = route;
  const url =
    rest === null
      ? clientsPath(target.owner)
      : clientPath(target.owner, target.clientId, rest.replace('{secret}', target.secretId));
  return (token: string | undefined) =>
    test.request(method, url, {
      ...(token === undefined ? {} : { token }),
      ...(body === undefined ? {} : { body }),
      headers: { 'x-request-id': 'one-request' },
    });
}

async function makeTarget(user: TestUser) {
  const client: TestClient = await createClient(test, user);
  await regenerate(test, user, { clientId: client.client_id, overlapSeconds: 60 });
  const [, retiring] = await listSecrets(test, user, client.client_id);
  return { owner: user, clientId: client.client_id, secretId: retiring!.uuid, secret: client.client_secret };
}

const missing = { organizationId: '01890000-0000-7000-8000-000000000000' };

for (const route of routes) {
  void t.test(`${route.name}: ${route.success} for a developer, and a reader may only read`, async (t) => {
    const target = await makeTarget(owner);
    const asReader = await send(route, target)(reader.token);
    t.equal(asReader.statusCode, route.isRead ? route.success : 403);
    if (!route.isRead) t.match(asReader.json(), { code: 'insufficient_role' });
    t.equal((await check(test, target.secret)).statusCode, 200, 'nothing was changed');
    t.equal((await send(route, target)(developer.token)).statusCode, route.success);
  });

  void t.test(`${route.name}: 401 without an admin token, whatever else is presented`, async (t) => {
    const target = await makeTarget(owner);
    for (const token of [undefined, 'garbage', target.secret]) {
      const response = await send(route, target)(token);
      t.equal(response.statusCode, 401);
      t.match(response.json(), { code: 'unauthorized' });
      t.match(response.headers['www-authenticate'], /^Bearer/);
    }
    t.equal((await check(test, target.secret)).statusCode, 200, 'nothing was changed');
  });

  void t.test(`${route.name}: 404 in another organization, the same as in one that does not exist`, async (t) => {
    const target = await makeTarget(owner);
    const foreign = await send(route, target)(stranger.token);
    t.equal(foreign.statusCode, 404);
    const nowhere = await send(route, { ...target, owner: missing })(stranger.token);
    const malformed = await send(route, { ...target, owner: { organizationId: 'mine' } })(stranger.token);
    for (const other of [nowhere, malformed]) {
      t.equal(other.statusCode, 404);
      t.equal(other.body, foreign.body);
    }
    t.equal((await check(test, target.secret)).statusCode, 200, 'nothing was changed');
  });

  if (route.rest === null) continue;
  void t.test(`${route.name}: 404 for a foreign client_id, a missing one and a malformed one, all alike`, async (t) => {
    const own = await makeTarget(owner);
    const foreign = await makeTarget(stranger);
    const clientIds = [foreign.clientId, 'AAAAAAAAAAAAAAAAAAAAAA', 'short', `${own.clientId}A`, '%00', 'a b', "'--"];
    const answers = await Promise.all(
      clientIds.map((clientId) => send(route, { ...foreign, owner, clientId: encodeURI(clientId) })(owner.token)),
    );
    for (const answer of answers) {
      t.equal(answer.statusCode, 404);
      t.equal(answer.body, answers[0]!.body);
    }
    t.match(answers[0]!.json(), { code: 'not_found' });
    t.equal((await check(test, foreign.secret)).statusCode, 200, 'nothing was changed');
  });
}

void t.test('a role that is taken away bites at once', async (t) => {
  const target = await makeTarget(owner);
  const colleague = await addColleague(test, owner, 'developer');
  const rename = send(
    routes.find(({ name }) => name === 'update')!,
    target,
  );
  t.equal((await rename(colleague.token)).statusCode, 200);
  await test.query(`update memberships set role = 'reader' where user_id = $1 and organization_id = $2`, [
    colleague.userId,
    owner.organizationId,
  ]);
  t.equal((await rename(colleague.token)).statusCode, 403);
  await test.query('delete from memberships where user_id = $1 and organization_id = $2', [
    colleague.userId,
    owner.organizationId,
  ]);
  t.equal((await rename(colleague.token)).statusCode, 404);
});

void t.test('organizations/me/{org}/ and a missing trailing slash lead to the same client', async (t) => {
  const { clientId } = await makeTarget(owner);
  const path = clientPath(owner, clientId);
  const plain = await test.request('GET', path, { token: owner.token });
  t.equal(plain.statusCode, 200);
  for (const url of [path.slice(0, -1), path.replace('/organizations/', '/organizations/me/')]) {
    t.equal((await test.request('GET', url, { token: owner.token })).body, plain.body);
  }
});

void t.test('400 for a query parameter on the routes that take none', async (t) => {
  const { clientId } = await makeTarget(owner);
  const response = await test.request('GET', `${clientPath(owner, clientId)}?verbose=1`, { token: owner.token });
  t.equal(response.statusCode, 400);
  t.match(response.json(), { errors: [{ pointer: '?verbose' }] });
});
