import t from 'tap';
import { build, waitFor } from '../../support/build-app.ts';
import { API, createClient, PASSWORD, registerUser } from '../../support/factories.ts';
import { insertUnmatchableSecrets, keepFlooding } from '../../support/flood.ts';
import { check, clientPath, clientsPath, forgeSecret, makeSecretId } from '../../support/machines.ts';

/** More than wait for argon2 at once, however fast the machine takes them away. */
const FLOOD = 1200;

const test = await build(t, { env: { LATCHKEY_SECRET_COST: '4096,1,1' } });
const owner = await registerUser(test);

void t.test('503 with Retry-After when too much waits for argon2, while all that needs none goes on', async (t) => {
  const warm = await createClient(test, owner);
  t.equal((await check(test, warm.client_secret)).statusCode, 200);
  const paused = await createClient(test, owner);
  await test.request('PATCH', clientPath(owner, paused.client_id), { token: owner.token, body: { status: 'paused' } });
  const expired = await createClient(test, owner);
  await test.query('update api_clients set expires_at = now() - make_interval(secs => 0.001) where client_id = $1', [
    expired.client_id,
  ]);
  const lookupIds = Array.from({ length: FLOOD }, makeSecretId);
  await insertUnmatchableSecrets(test, owner.organizationId, lookupIds);

  let refused = 0;
  const flood = keepFlooding(
    lookupIds.map((id) => () => check(test, forgeSecret(warm.client_secret, { id }))),
    ({ statusCode }) => {
      if (statusCode === 503) refused += 1;
      return statusCode === 503;
    },
  );
  await waitFor(() => (refused > 0 ? true : undefined));
  const others = await Promise.all([
    check(test, warm.client_secret),
    check(test, 'garbage'),
    check(test, forgeSecret(warm.client_secret, { keepId: false })),
    check(test, paused.client_secret),
    check(test, expired.client_secret),
    test.request('GET', '/livez'),
    test.request('GET', clientsPath(owner), { token: owner.token }),
    test.request('POST', `${API}/programmatic/login/`, { body: { email: owner.email, password: PASSWORD } }),
  ]);
  const answers = await flood.stop();
  t.same(
    others.map(({ statusCode }) => statusCode),
    [200, 401, 401, 401, 401, 200, 200, 200],
  );
  const faces = answers.map(({ statusCode, headers, body }) =>
    [statusCode, (JSON.parse(body) as { code: string }).code, Number(headers['retry-after'] ?? 0) >= 1].join(' '),
  );
  t.same([...new Set(faces)].sort(), ['401 invalid_credential false', '503 overloaded true']);
  const after = await createClient(test, owner);
  t.equal((await check(test, after.client_secret)).statusCode, 200, 'and then it is over');
});

void t.test('a flood of wrong secrets for one id costs the others nothing', async (t) => {
  const target = await createClient(test, owner);
  const other = await createClient(test, owner);
  const flood = Array.from({ length: 100 }, () => check(test, forgeSecret(target.client_secret, { keepId: true })));
  t.equal((await check(test, other.client_secret)).statusCode, 200);
  const statuses = (await Promise.all(flood)).map(({ statusCode }) => statusCode);
  t.same([...new Set(statuses)].sort(), [401, 503]);
  t.equal((await check(test, target.client_secret)).statusCode, 200, 'the right one is good again afterwards');
});

void t.test('a burst of one secret that was never seen before is accepted as a whole', async (t) => {
  const client = await createClient(test, owner);
  const answers = await Promise.all(Array.from({ length: FLOOD }, () => check(test, client.client_secret)));
  t.same([...new Set(answers.map(({ statusCode }) => statusCode))], [200]);
});

void t.test('503 with Retry-After while the database is away, and never an acceptance by memory', async (t) => {
  const away = await build(t);
  const user = await registerUser(away);
  t.equal((await check(away, user.apiKey)).statusCode, 200);
  const [row] = await away.query<{ name: string }>('select current_database() as name');
  await test.query(`alter database ${row!.name} with allow_connections false`);
  await test.query(`select pg_terminate_backend(pid) from pg_stat_activity where datname = '${row!.name}'`);
  const answer = await check(away, user.apiKey);
  t.equal(answer.statusCode, 503);
  t.match(answer.json(), { code: 'database_unavailable' });
  t.match(answer.headers['retry-after'], /^[1-9]\d*$/);
  t.equal((await check(away, 'garbage')).statusCode, 401, 'a malformed one needs no database');
  await test.query(`alter database ${row!.name} with allow_connections true`);
  t.equal((await check(away, user.apiKey)).statusCode, 200);
});
