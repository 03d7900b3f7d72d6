import { createHash, randomBytes, randomUUID } from 'node:crypto';
import t from 'tap';
import { build } from '../../support/build-app.ts';
import {
  addColleague,
  basic,
  check,
  clientPath,
  clientsPath,
  listSecrets,
  regenerate,
} from '../../support/machines.ts';
import { API, registerUser } from '../../support/factories.ts';
import type { TestUser } from '../../support/factories.ts';
import { importLine, importLines, importPath, lookupOf, random } from '../../support/imports.ts';
import { Lines } from '../../support/lines.ts';
import { isProblem } from '../../support/problems.ts';

const test = await build(t);

const makeId = () => `svc-${randomUUID()}`;
const makeSecret = () => randomBytes(32).toString('base64url');
const sha256 = (secret: string) => `$sha256$${createHash('sha256').update(secret).digest('hex')}`;
const isAccepted = async (clientId: string, secret: string) => {
  const headers = { authorization: basic(clientId, secret) };
  return (await test.request('GET', `${API}/verify/`, { headers })).statusCode === 200;
};
const read = async ({ token, ...owner }: TestUser, clientId: string) =>
  (await test.request('GET', clientPath(owner, clientId), { token })).json<Record<string, unknown>>();
const countClients = async ({ organizationId }: TestUser) => {
  const [row] = await test.query<{ count: number }>(
    'select count(*)::int as count from api_clients where organization_id = $1',
    [organizationId],
  );
  return row!.count;
};

void t.test('a client is imported with all it has, under its own client_id, and with its secret', async (t) => {
  const owner = await registerUser(test);
  const [clientId, secret] = [makeId(), makeSecret()];
  const application_id = owner.applicationId;
  const expires_at = new Date(Date.now() + 86_400_000).toISOString();
  const fields = {
    name: 'Billing',
    description: 'Moved in',
    environment: 'staging',
    permissions: ['api.read', 'flows.execute'],
    allowed_redirect_urls: ['https://acme.example/cb'],
    allowed_ips: ['127.0.0.0/8'],
    application_id,
    expires_at,
  };
  const line = { client_id: clientId, ...fields, secret: { hash: sha256(secret), random, hint: secret.slice(-4) } };
  const { results, end } = await importLines(test, owner, [line]);
  t.same(results, [{ line: 1, client_id: clientId, result: 'imported' }]);
  t.same(end, { done: true, imported: 1, already_imported: 0, failed: 0, problem: null });
  t.match(await read(owner, clientId), {
    client_id: clientId,
    ...fields,
    status: 'active',
    client_secret_hint: secret.slice(-4),
    created_by: owner.email,
  });
  t.ok(await isAccepted(clientId, secret));
  t.equal((await check(test, secret)).statusCode, 200, 'and by x-api-key: its digest finds it');
  t.match((await check(test, secret)).json(), { client_id: clientId, organization_id: owner.organizationId });
  t.notOk(await isAccepted(clientId, `${secret}x`));
  t.notOk(await isAccepted(makeId(), secret));
});

void t.test('a client without a secret has none until the first is made', async (t) => {
  const owner = await registerUser(test);
  const clientId = makeId();
  await importLines(test, owner, [importLine(clientId, { status: 'paused' })]);
  t.match(await read(owner, clientId), { status: 'paused', client_secret_hint: null });
  t.same(await listSecrets(test, owner, clientId), []);
  await test.request('PATCH', clientPath(owner, clientId), { token: owner.token, body: { status: 'active' } });
  const { client_secret: secret } = await regenerate(test, owner, { clientId });
  t.ok(await isAccepted(clientId, secret));
});

void t.test('each line has its result, good ones are imported beside bad ones, and every fault is named', async (t) => {
  const owner = await registerUser(test);
  const [good, other] = [makeId(), makeId()];
  const bcrypt = `$2b$13$${'a'.repeat(53)}`;
  const { results, end } = await importLines(test, owner, [
    importLine(good),
    '{"client_id":',
    '',
    '[]',
    { client_id: makeId() },
    importLine(makeId(), { colour: 'red', permissions: [] }),
    importLine('lk_live_billing'),
    importLine('a b'),
    importLine(makeId(), { permissions: ['api.unknown', 'api.read'], application_id: randomUUID() }),
    importLine(makeId(), {
      allowed_redirect_urls: ['http://acme.example/'],
      allowed_ips: ['10.0.0.1', '::ffff:10.0.0.1'],
    }),
    importLine(makeId(), { secret: { hash: bcrypt } }),
    importLine(makeId(), { secret: { hash: sha256(makeSecret()) } }),
    importLine(makeId(), { secret: { hash: sha256('x'), random: { characters: 20, alphabet: 'base64' } } }),
    importLine(makeId(), { secret: { hash: `$2b$10$${'a'.repeat(53)}`, lookup: lookupOf('x'), hint: 'abcd' } }),
    importLine(makeId(), { secret: { hash: sha256('x'), random, lookup: lookupOf('y') } }),
    importLine(makeId(), { secret: 'plain' }),
    importLine(other),
  ]);
  const found = results.map(({ line, result, errors = [] }) => [
    line,
    result,
    ...errors.map((e) => `${e.pointer} ${e.code}`),
  ]);
  t.same(found, [
    [1, 'imported'],
    [2, 'failed', ' malformed'],
    [4, 'failed', ' wrong_type'],
    [5, 'failed', '/name required', '/environment required', '/permissions required'],
    [6, 'failed', '/permissions too_few', '/colour unknown_field'],
    [7, 'failed', '/client_id not_allowed'],
    [8, 'failed', '/client_id malformed'],
    [9, 'failed', '/permissions/0 not_allowed', '/application_id not_found'],
    [10, 'failed', '/allowed_redirect_urls/0 malformed'],
    [11, 'failed', '/secret/hash not_allowed'],
    [12, 'failed', '/secret/hash not_allowed'],
    [13, 'failed', '/secret/random/characters too_small'],
    [14, 'failed', '/secret/lookup not_allowed', '/secret/hint not_allowed'],
    [15, 'failed', '/secret/lookup not_allowed'],
    [16, 'failed', '/secret wrong_type'],
    [17, 'imported'],
  ]);
  t.match(end, { done: true, imported: 2, failed: 14 });
  t.equal(await countClients(owner), 3);
});

void t.test('the same import again changes nothing, and what differs is named and left alone', async (t) => {
  const owner = await registerUser(test);
  const secret = makeSecret();
  const lines = [importLine(makeId(), { secret: { hash: sha256(secret), random } }), importLine(makeId())];
  await importLines(test, owner, lines);
  const [first, second] = lines as [(typeof lines)[0], (typeof lines)[0]];
  t.ok(await isAccepted(first.client_id, secret), 'used, and hashed anew');
  const again = await importLines(test, owner, [...lines, first]);
  t.same(new Set(again.results.map(({ result }) => result)), new Set(['already_imported']));
  const changed = await importLines(test, owner, [
    { ...first, name: 'Another', secret: { hash: sha256(makeSecret()), random } },
    { ...second, secret: { hash: sha256(makeSecret()), random } },
  ]);
  t.same(
    changed.results.map(({ errors }) => errors),
    [
      [
        {
          pointer: '/client_id',
          code: 'taken',
          detail: 'is one of the organization’s API clients already, with another name, secret',
        },
      ],
      [
        {
          pointer: '/client_id',
          code: 'taken',
          detail: 'is one of the organization’s API clients already, with another secret',
        },
      ],
    ],
  );
  t.match(await read(owner, first.client_id), { name: 'Moved', client_secret_hint: '????' });
  t.ok(await isAccepted(first.client_id, secret));
});

void t.test('what another organization has or had is taken, and nothing more is said', async (t) => {
  const [owner, other] = [await registerUser(test), await registerUser(test)];
  const secret = makeSecret();
  const [live, gone, ofTheirs] = [makeId(), makeId(), makeId()];
  await importLines(test, owner, [
    importLine(live),
    importLine(gone),
    importLine(ofTheirs, { secret: { hash: sha256(secret), random } }),
  ]);
  await test.request('DELETE', clientPath(owner, gone), { token: owner.token });
  const taken = [{ pointer: '/client_id', code: 'taken', detail: 'is taken' }];
  const { results } = await importLines(test, other, [
    importLine(live),
    importLine(gone, { name: 'Moved' }),
    importLine(owner.clientId),
    importLine(makeId(), { secret: { hash: sha256(secret), random } }),
  ]);
  t.same(
    results.map(({ errors }) => errors),
    [
      taken,
      taken,
      taken,
      [{ pointer: '/secret', code: 'taken', detail: 'is found by what finds another one: it needs a new secret' }],
    ],
  );
  t.match(
    (await importLines(test, owner, [importLine(gone)])).results,
    [{ result: 'imported' }],
    'its own may come back',
  );
  t.match((await check(test, secret)).json(), { client_id: ofTheirs });
});

void t.test('a client_id that the settings give rights to cannot be imported', async (t) => {
  const powerful = makeId();
  const built = await build(t, { env: { LATCHKEY_RESOURCE_SERVERS: powerful } });
  const owner = await registerUser(built);
  const { results } = await importLines(built, owner, [importLine(powerful)]);
  t.same(results[0]!.errors, [{ pointer: '/client_id', code: 'taken', detail: 'is taken' }]);
});

void t.test('a client_id that could be the id of a person is nobody’s to import', async (t) => {
  const owner = await registerUser(test);
  const { userId } = owner;
  const bare = userId.replaceAll('-', '');
  const wrong = [userId, userId.toUpperCase(), bare, bare.toUpperCase()];
  const good = [randomUUID(), randomUUID().replaceAll('-', ''), `svc-${userId}`, `${userId}0`, bare.slice(1)];
  const { results } = await importLines(
    test,
    owner,
    [...wrong, ...good].map((clientId) => importLine(clientId)),
  );
  t.match(
    results.map(({ result, errors = [] }) => ({ result, errors })),
    [
      ...wrong.map(() => ({ result: 'failed', errors: [{ pointer: '/client_id', code: 'not_allowed' }] })),
      ...good.map(() => ({ result: 'imported' })),
    ],
  );
});

void t.test('with atomic all lines or none, and at most a thousand', async (t) => {
  const owner = await registerUser(test);
  const [one, two] = [makeId(), makeId()];
  const send = (lines: unknown[]) =>
    test.request('POST', importPath(owner, '?atomic=true'), { token: owner.token, body: new Lines(lines) });
  isProblem(t, await send([importLine(one), importLine(two, { permissions: ['api.unknown'] }), '{']), {
    code: 'import_failed',
    pointers: ['/2/permissions/0', '/3'],
  });
  t.equal(await countClients(owner), 1);
  const { results } = await importLines(test, owner, new Lines([importLine(one), importLine(two)], '?atomic=true'));
  t.same(
    results.map(({ result }) => result),
    ['imported', 'imported'],
  );
  const again = await importLines(test, owner, new Lines([importLine(one), importLine(makeId())], '?atomic=true'));
  t.same(
    again.results.map(({ result }) => result),
    ['already_imported', 'imported'],
  );
  isProblem(t, await send(Array.from({ length: 1_001 }, () => importLine(makeId()))), { code: 'content_too_large' });
  t.equal(await countClients(owner), 4);
});

void t.test('the quota and the credential policy hold for each line', async (t) => {
  const built = await build(t, { env: { LATCHKEY_QUOTAS: '{"api_clients":3}' } });
  const owner = await registerUser(built);
  await built.request('PUT', `${API}/organizations/${owner.organizationId}/credential-policy/`, {
    token: owner.token,
    body: { allowed_ips_required_for: ['live'], max_secret_lifetime_days: 30 },
  });
  const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
  const allowed_ips = ['192.0.2.1'];
  const { results } = await importLines(built, owner, [
    importLine(makeId()),
    importLine(makeId(), { allowed_ips, expires_at: inDays(31) }),
    importLine(makeId(), { allowed_ips, secret: { hash: sha256('x'), random, expires_at: inDays(29) } }),
    importLine(makeId(), { allowed_ips, expires_at: inDays(29) }),
    importLine(makeId(), { allowed_ips, expires_at: inDays(29) }),
  ]);
  t.same(
    results.map(({ result, errors = [] }) => [result, ...errors.map(({ pointer }) => pointer)]),
    [['failed', '/expires_at', '/allowed_ips'], ['failed', '/expires_at'], ['imported'], ['imported'], ['failed', '']],
  );
  t.match(results[4]!.errors, [
    { code: 'too_many', detail: 'is one too many: the limit is 3 API clients in one organization' },
  ]);
});

void t.test('each client leaves an event, with neither hash nor lookup', async (t) => {
  const owner = await registerUser(test);
  const [clientId, secret] = [makeId(), makeSecret()];
  await importLines(test, owner, [importLine(clientId, { secret: { hash: sha256(secret), random, hint: 'abcd' } })]);
  const url = `${API}/organizations/${owner.organizationId}/audit-events/?action=api_client.import&target=${clientId}`;
  const response = await test.request('GET', url, { token: owner.token });
  t.match(response.json(), {
    results: [
      {
        action: 'api_client.import',
        actor: { email: owner.email },
        target: { type: 'api_client', id: clientId, name: 'Moved' },
        changes: { client_secret_hint: { from: null, to: 'abcd' }, environment: { to: 'live' } },
      },
    ],
  });
  t.notMatch(response.body, /sha256|lookup/);
});

void t.test('a retired, revoked or paused imported secret is refused from the answer on', async (t) => {
  const owner = await registerUser(test);
  const [clientId, secret] = [makeId(), makeSecret()];
  await importLines(test, owner, [importLine(clientId, { secret: { hash: sha256(secret), random } })]);
  t.ok(await isAccepted(clientId, secret));
  const patch = (body: object) => test.request('PATCH', clientPath(owner, clientId), { token: owner.token, body });
  await patch({ status: 'paused' });
  t.notOk(await isAccepted(clientId, secret));
  await patch({ status: 'active', allowed_ips: ['192.0.2.1'] });
  t.notOk(await isAccepted(clientId, secret));
  await patch({ allowed_ips: [] });
  t.ok(await isAccepted(clientId, secret));
  const { client_secret: fresh } = await regenerate(test, owner, { clientId, overlapSeconds: 60 });
  t.ok(await isAccepted(clientId, secret), 'through the overlap');
  t.ok(await isAccepted(clientId, fresh));
  await regenerate(test, owner, { clientId, force: true });
  t.notOk(await isAccepted(clientId, secret));
  t.equal((await check(test, secret)).statusCode, 401);
  const rows = await test.query(
    `select 1 from secrets join api_clients on api_clients.id = api_client_id
     where client_id = $1 and ended_at is not null and num_nonnulls(hash, imported_digest) > 0`,
    [clientId],
  );
  t.same(rows, [], 'nothing is left to compare it by');
  const again = () => [importLine(makeId(), { secret: { hash: sha256(secret), random } })];
  const other = await registerUser(test);
  const foreign = await importLines(test, other, again());
  t.match(foreign.results, [{ errors: [{ pointer: '/secret', code: 'taken' }] }], 'no stranger answers its machines');
  t.equal((await check(test, secret)).statusCode, 401);
  t.match((await importLines(test, owner, again())).results, [{ result: 'imported' }], 'its own may come back');
});

void t.test('415 for a body of another kind, 403 for a developer, 404 for a stranger, 400 for none', async (t) => {
  const owner = await registerUser(test);
  const line = JSON.stringify(importLine(makeId()));
  for (const type of ['application/json', 'text/plain', 'application/x-www-form-urlencoded']) {
    const headers = { 'content-type': type };
    const response = await test.request('POST', importPath(owner), { token: owner.token, body: line, headers });
    isProblem(t, response, { code: 'unsupported_media_type' });
  }
  const [developer, stranger] = [await addColleague(test, owner, 'developer'), await registerUser(test)];
  const body = new Lines([line]);
  isProblem(t, await test.request('POST', importPath(owner), { token: developer.token, body }), {
    code: 'insufficient_role',
  });
  isProblem(t, await test.request('POST', importPath(owner), { token: stranger.token, body }), { code: 'not_found' });
  isProblem(t, await test.request('POST', importPath(owner), { token: owner.token }), {
    code: 'invalid_request',
    pointers: ['/client_id', '/name', '/environment', '/permissions'],
  });
  t.equal(await countClients(owner), 1);
});

void t.test('an import of an export is harmless, and an export moves to another organization', async (t) => {
  const [owner, other] = [await registerUser(test), await registerUser(test)];
  const lines = Array.from({ length: 3 }, () => importLine(makeId(), { allowed_ips: ['192.0.2.1'] }));
  await importLines(test, owner, lines);
  const exported = await test.request('GET', `${clientsPath(owner)}export/`, { token: owner.token });
  t.equal(exported.headers['content-type'], 'application/x-ndjson');
  const documents = exported.body.trim().split('\n');
  t.equal(documents.length, 4, 'the primary one as well');
  t.notMatch(exported.body, /hash|secret|hint/);
  const again = await importLines(test, owner, documents);
  t.same(new Set(again.results.map(({ result }) => result)), new Set(['already_imported']));
  for (const { client_id } of lines) await test.request('DELETE', clientPath(owner, client_id), { token: owner.token });
  const restored = await importLines(test, owner, documents);
  t.same(
    restored.results.map(({ result }) => result),
    ['already_imported', 'imported', 'imported', 'imported'],
  );
  t.same((await importLines(test, other, documents)).end.failed, 4);
});
