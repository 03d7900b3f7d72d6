import Fastify from 'fastify';
import t from 'tap';
import { answerOnce } from '../../src/plugins/safe-retries.ts';
import { build } from '../support/build-app.ts';
import { countRecords, isAccepted, makeCompany, refuseInserts } from '../support/company.ts';
import { holdLock, waitForLockWaiters } from '../support/database-session.ts';
import { fillPath, isManagement, makeReady, makeTarget } from '../support/every-route.ts';
import { addMember, API, PASSWORD } from '../support/factories.ts';
import { operationOf } from '../support/operations.ts';
import { makeRetryKey, postOnce } from '../support/retries.ts';

const test = await build(t);
const company = await makeCompany(test);
const { token } = company.owner;
const clients = `${company.path}/api-clients/`;
const fields = { name: 'Backend', environment: 'live', permissions: ['api.read'] };

interface Made {
  client_id: string;
  client_secret: string;
}

const make = (key: string | null, more: object = {}) => postOnce(test, clients, { token, key, body: fields, ...more });
const secretOf = ({ body }: { body: string }) => (JSON.parse(body) as Made).client_secret;
const codeOf = ({ body }: { body: string }) => (JSON.parse(body) as { code?: string }).code;
const count = async () => (await countRecords(test, company.organizationId)).clients;

void t.test('every POST that makes something answers the same again, and makes it once', async (t) => {
  const posts = test.app.routeTable.filter((route) => route.method === 'POST' && isManagement(route));
  const { paths } = test.app.swagger() as unknown as {
    paths: Record<string, Record<string, { parameters?: { name: string }[] }>>;
  };
  // The first asks only, the second gives a challenge that is good once; of the others nothing in their answers would be
  // missed, or it comes again: an import is harmless to repeat, and its answer too long to be kept.
  const others = ['checkRedirectUrl', 'createPasskeyOptions', 'changePassword', 'reauthenticate', 'importApiClients'];
  for (const route of posts) {
    const operationId = String(route.operationId);
    const described = paths[route.url.replaceAll(/:(\w+)/g, '{$1}')]?.post?.parameters?.map(({ name }) => name) ?? [];
    t.equal(described.includes('idempotency-key'), !others.includes(operationId), `${operationId} says so`);
    if (others.includes(operationId)) continue;

    const target = await makeTarget(test, { token, org: company.organizationId, orgName: 'Acme' });
    const url = fillPath(route.url, target);
    const { body: usual, status = 200, reveals = [] } = operationOf(route);
    const makeRequest = async () => {
      const { body = usual?.(target) } = await makeReady(test, route, token);
      return { token, key: makeRetryKey(), body };
    };
    const request = await makeRequest();
    const rows = async () => test.query('select * from api_clients natural full join secrets order by 1, 2');
    const first = await postOnce(test, url, request);
    const between = await rows();
    const again = await postOnce(test, url, request);
    t.equal(first.statusCode, status, operationId);
    t.equal(first.replayed, undefined, operationId);
    t.same(again, { ...first, replayed: 'true' }, operationId);
    t.same(await rows(), between, `${operationId} changed nothing`);
    for (const member of reveals) t.match(again.body, `"${member}":`, operationId);
    const other = await postOnce(test, url, await makeRequest());
    t.equal(other.statusCode, status, operationId);
    t.not(other.body, first.body, `${operationId} with another key`);
  }
});

void t.test('a password in a request leaves nothing by which it could be guessed', async (t) => {
  const app = Fastify();
  t.teardown(() => app.close());
  const digests: (string | undefined)[] = [];
  app.decorateRequest('admin', null);
  app.post('/', async (request, reply) =>
    answerOnce(request, reply, {
      make: async (retry) => void digests.push(retry?.requestDigest),
      toAnswer: () => ({ status: 200, version: 1, body: '' }),
    }),
  );
  const headers = { 'idempotency-key': makeRetryKey() };
  for (const body of [
    { a: 1, password: 'Correct-Horse-7' },
    { a: 1, password: 'Battery-Staple-8' },
    { a: 1 },
    { a: 2 },
  ]) {
    await app.inject({ method: 'POST', url: '/', headers, payload: body });
  }
  t.equal(new Set(digests.slice(0, 3)).size, 1);
  t.equal(new Set(digests).size, 2);
});

void t.test('a repeated answer must not be stored, and its secret works', async (t) => {
  const key = makeRetryKey();
  await make(key);
  const response = await test.request('POST', clients, { token, body: fields, headers: { 'idempotency-key': key } });
  t.equal(response.headers['cache-control'], 'no-store');
  t.match(response.headers['content-type'], 'application/json');
  t.ok(await isAccepted(test, secretOf(response)));
});

void t.test('the same request is the same however it is spelled', async (t) => {
  const key = makeRetryKey();
  const first = await make(key);
  const turned = Object.fromEntries(Object.entries(fields).reverse());
  const spellings = [clients.slice(0, -1), clients.replace('/organizations/', '/organizations/me/')];
  for (const url of spellings) {
    t.same(await postOnce(test, url, { token, key, body: turned }), { ...first, replayed: 'true' }, url);
  }
});

void t.test('422 for another request under the key: another body, address or condition', async (t) => {
  const key = makeRetryKey();
  const { client_id: id } = JSON.parse((await make(key)).body) as Made;
  const regenerate = `${clients}${id}/regenerate-secret/`;
  const before = await count();
  const answers = [
    await make(key, { body: { ...fields, name: 'Other' } }),
    await make(key, { body: { ...fields, description: null } }),
    await postOnce(test, `${company.path}/applications/`, { token, key, body: {} }),
    await postOnce(test, regenerate, { token, key, body: {} }),
  ];
  for (const answer of answers) t.same([answer.statusCode, codeOf(answer)], [422, 'idempotency_key_reused']);
  t.equal(await count(), before);

  const second = makeRetryKey();
  const asked = { token, key: second, headers: { 'if-match': '"1"' } };
  const first = await postOnce(test, regenerate, asked);
  t.equal(first.statusCode, 200);
  t.same(
    await postOnce(test, regenerate, asked),
    { ...first, replayed: 'true' },
    'although the version is another now',
  );
  for (const headers of [{}, { 'if-match': '"2"' }]) {
    t.equal((await postOnce(test, regenerate, { ...asked, headers })).statusCode, 422);
  }
});

void t.test('the key of another user, or in another organization, is another key', async (t) => {
  const key = makeRetryKey();
  const first = await make(key);
  const other = await make(key, { token: company.admin.token });
  t.equal(other.statusCode, 201);
  t.equal(other.replayed, undefined);
  t.not(secretOf(other), secretOf(first));

  const { stranger, owner } = company;
  t.equal((await make(key, { token: stranger.token })).statusCode, 404);
  await addMember(test, stranger.organizationId, { userId: owner.userId, role: 'developer' });
  const elsewhere = `${API}/organizations/${stranger.organizationId}/api-clients/`;
  const third = await postOnce(test, elsewhere, { token, key, body: fields });
  t.equal(third.statusCode, 201);
  t.not(secretOf(third), secretOf(first));
});

void t.test('400 that names the header for a key of another form, and nothing is made', async (t) => {
  const before = await count();
  const bad = [
    'short',
    'x'.repeat(15),
    'x'.repeat(256),
    `${'x'.repeat(16)} y`,
    `${'x'.repeat(16)}é`,
    '',
    ' '.repeat(20),
  ];
  for (const key of bad) {
    const answer = await make(key);
    t.equal(answer.statusCode, 400, key);
    t.match(answer.body, 'The header idempotency-key must h', key);
  }
  t.equal(await count(), before);
  for (const key of [`!~${'x'.repeat(14)}`, `${makeRetryKey()}${'"'.repeat(219)}`]) {
    t.equal((await make(key)).statusCode, 201, key);
  }
});

void t.test('what was refused is not kept: the key is good for the request that succeeds', async (t) => {
  const key = makeRetryKey();
  const refused = await make(key, { body: { ...fields, application_id: company.owner.userId } });
  t.equal(refused.statusCode, 400);
  const mend = await refuseInserts(test, 'secrets');
  t.equal((await make(key)).statusCode, 500);
  await mend();
  const made = await make(key);
  t.same([made.statusCode, made.replayed], [201, undefined]);
});

void t.test('an answer that cannot be kept is not given: nothing was made', async (t) => {
  const before = await count();
  const key = makeRetryKey();
  await test.query('alter table kept_answers rename to hidden_answers');
  t.equal((await make(key)).statusCode, 500);
  await test.query('alter table hidden_answers rename to kept_answers');
  t.equal(await count(), before);
  t.equal((await make(key)).statusCode, 201);
});

void t.test('409 with Retry-After while the same request is still being carried out, then its answer', async (t) => {
  const before = await count();
  const held = await holdLock(test, 'select from organizations where id = $1 for update', [company.organizationId]);
  const key = makeRetryKey();
  const slow = make(key);
  await waitForLockWaiters(test);
  const headers = { 'idempotency-key': key };
  const early = await test.request('POST', clients, { token, body: fields, headers });
  t.same([early.statusCode, codeOf(early)], [409, 'request_in_progress']);
  t.equal(early.headers['retry-after'], '1');
  await held.commit();
  const first = await slow;
  t.equal(first.statusCode, 201);
  t.same(await make(key), { ...first, replayed: 'true' });
  t.equal(await count(), before + 1);
});

void t.test('who may no longer hear an answer does not: role, membership and session are read again', async (t) => {
  const { admin } = company;
  const setRole = async (role: string) =>
    test.query('update memberships set role = $1 where user_id = $2 and organization_id = $3', [
      role,
      admin.userId,
      company.organizationId,
    ]);
  const key = makeRetryKey();
  const request = { token: admin.token, key };
  const url = `${company.path}/api-clients/${company.owner.clientId}/regenerate-secret/`;
  const first = await postOnce(test, url, request);
  t.equal(first.statusCode, 200, 'an admin may, with a primary client');
  await setRole('developer');
  const lower = await postOnce(test, url, request);
  t.same([lower.statusCode, codeOf(lower)], [403, 'insufficient_role']);
  await setRole('owner');
  t.same(await postOnce(test, url, request), { ...first, replayed: 'true' });
  await test.query('delete from memberships where user_id = $1 and organization_id = $2', [
    admin.userId,
    company.organizationId,
  ]);
  t.equal((await postOnce(test, url, request)).statusCode, 404);
  await addMember(test, company.organizationId, { userId: admin.userId, role: 'admin' });
  await test.query('update sessions set ended_at = now() where user_id = $1', [admin.userId]);
  t.equal((await postOnce(test, url, request)).statusCode, 401);
  const login = await test.request('POST', `${API}/programmatic/login/`, {
    body: { email: admin.email, password: PASSWORD },
  });
  const fresh = { token: login.json<{ access_token: string }>().access_token, key };
  t.same(await postOnce(test, url, fresh), { ...first, replayed: 'true' }, 'in another session of the same user');
});
