import type { LightMyRequestResponse } from 'fastify';
import t from 'tap';
import { build, waitFor } from '../../support/build-app.ts';
import { API, createClient, registerUser } from '../../support/factories.ts';
import { basic, check, clientPath, connect, forgeSecret, regenerate, revokeOldSecret } from '../../support/machines.ts';

interface Refused {
  name: string;
  headers: Record<string, string>;
  reason: string;
  /** Every secret in play: none of them may be logged. */
  secret?: string;
}

const test = await build(t);
const owner = await registerUser(test);

const none = 'no credential of an accepted kind';
const malformed = 'malformed secret';
const unknown = 'unknown secret';
const wrong = 'wrong secret';

/** A secret that was good, and is used once so that the service knows it, before `end` takes it away. */
async function spent(name: string, reason: string, end: (client: Spent) => Promise<unknown>): Promise<Refused> {
  const user = await registerUser(test);
  const client = await createClient(test, user, { application_id: user.applicationId });
  if ((await check(test, client.client_secret)).statusCode !== 200) throw new Error('the secret never worked');
  await end({ user, clientId: client.client_id, hint: client.client_secret_hint });
  return { name, reason, headers: { 'x-api-key': client.client_secret }, secret: client.client_secret };
}

interface Spent {
  user: Awaited<ReturnType<typeof registerUser>>;
  clientId: string;
  hint: string;
}

const remove = ({ user }: Spent, url: string, body?: object) =>
  test.request('DELETE', url, { token: user.token, ...(body === undefined ? {} : { body }) });
const bind = ({ user, clientId }: Spent) =>
  test.request('PATCH', clientPath(user, clientId), { token: user.token, body: { allowed_ips: ['192.0.2.1'] } });
const pause = ({ user, clientId }: Spent) =>
  test.request('PATCH', clientPath(user, clientId), { token: user.token, body: { status: 'paused' } });

const revokeOld = ({ user, clientId }: Spent) => revokeOldSecret(test, user, { client_id: clientId });

async function makeRefused(): Promise<Refused[]> {
  const client = await createClient(test, owner);
  const other = await createClient(test, owner);
  const { client_secret: secret } = client;
  const key = (name: string, value: string, reason: string): Refused => ({
    name,
    reason,
    headers: { 'x-api-key': value },
    ...(value === '' ? {} : { secret: value }),
  });
  const auth = (name: string, authorization: string, reason: string): Refused => ({
    name,
    reason,
    headers: { authorization },
    secret: authorization.split(' ').at(-1)!,
  });
  const lastDigit = secret.endsWith('0') ? '1' : '0';
  return [
    { name: 'no credential', headers: {}, reason: none },
    key('an empty key', '', malformed),
    key('garbage', 'garbage', malformed),
    key('what another system could have made', 'garbage-in-the-header', unknown),
    key('a wrong checksum', secret.slice(0, -1) + lastDigit, malformed),
    key('another prefix', secret.replace('lk_', 'xx_'), unknown),
    key('another environment', secret.replace('_live_', '_staging_'), malformed),
    key('something behind it', `${secret}0`, malformed),
    key('two keys in one header', `${secret}, ${secret}`, malformed),
    key('an unknown id', forgeSecret(secret, { keepId: false }), unknown),
    key('a wrong secret with a right id', forgeSecret(secret, { keepId: true }), wrong),
    key('an admin token as key', owner.token, malformed),
    auth('Basic with the id of another client', basic(other.client_id, secret), 'the secret belongs to another client'),
    auth('Basic without a client_id', basic('', secret), 'the secret belongs to another client'),
    auth('Basic with the parts swapped', basic(secret, client.client_id), malformed),
    auth('Basic without a colon', `Basic ${Buffer.from(secret).toString('base64')}`, none),
    auth('Basic that is not base64', `Basic ${client.client_id}:${secret}`, none),
    auth('Basic with a wrong secret', basic(client.client_id, forgeSecret(secret, { keepId: true })), wrong),
    auth('a scheme nobody knows', `Digest ${secret}`, none),
    auth('garbage', 'garbage-without-a-scheme', none),
    auth('an admin token', `Bearer ${owner.token}`, 'not an access token of this service'),
    auth('a secret as bearer token', `Bearer ${secret}`, 'not an access token of this service'),
    await spent('a deleted client', unknown, (it) => remove(it, clientPath(it.user, it.clientId))),
    await spent('a deleted application', unknown, (it) =>
      remove(it, `${API}/organizations/${it.user.organizationId}/applications/${it.user.applicationId}/`),
    ),
    await spent('a deleted organization', unknown, (it) =>
      remove(it, `${API}/organizations/${it.user.organizationId}/`, { confirm: it.user.organizationName }),
    ),
    await spent('regenerated away', unknown, (it) => regenerate(test, it.user, it)),
    await spent('revoked', unknown, revokeOld),
    await spent('paused', 'client paused', pause),
    await spent('from another address', 'address not allowed', bind),
    await spent('an expired client', 'expired', ({ clientId }) =>
      test.query('update api_clients set expires_at = now() - make_interval(secs => 0.001) where client_id = $1', [
        clientId,
      ]),
    ),
    await spent('a secret whose overlap is over', 'expired', async (it) => {
      await regenerate(test, it.user, { ...it, overlapSeconds: 3600 });
      await test.query('update secrets set expires_at = now() - make_interval(secs => 0.001) where hint = $1', [
        it.hint,
      ]);
    }),
  ];
}

/** All of an answer but the moment of it. */
function faceOf({ statusCode, headers, body }: LightMyRequestResponse) {
  return { statusCode, headers: Object.entries(headers).filter(([name]) => name !== 'date'), body };
}

void t.test('every refusal is the same, body and headers, whatever the cause; the log has the cause', async (t) => {
  const refused = await makeRefused();
  const ask = (method: 'GET' | 'POST', headers: Record<string, string>) =>
    test.request(method, `${API}/verify/`, { headers: { 'x-request-id': 'one-request', ...headers } });
  const expected = faceOf(await ask('GET', {}));
  t.equal(expected.statusCode, 401);
  t.match(JSON.parse(expected.body), { code: 'invalid_credential', status: 401, request_id: 'one-request' });
  t.match(Object.fromEntries(expected.headers), {
    'content-type': /^application\/problem\+json/,
    'www-authenticate': /./,
    'cache-control': 'no-store',
  });

  for (const { name, headers, reason, secret } of refused) {
    for (const method of ['GET', 'POST'] as const) {
      const logged = test.logs.length;
      t.same(faceOf(await ask(method, headers)), expected, `${method} with ${name}`);
      const lines = test.logs.slice(logged);
      t.match(
        lines.map((line) => JSON.parse(line) as { reason?: string }).filter((line) => line.reason !== undefined),
        [{ code: 'invalid_credential', reason }],
        `the log says why: ${name}`,
      );
      if (secret !== undefined)
        t.notOk(
          lines.some((line) => line.includes(secret)),
          `the log is silent: ${name}`,
        );
    }
  }
});

void t.test('a refusal says nothing of the questions that came with it', async (t) => {
  const client = await createClient(test, owner);
  const secret = forgeSecret(client.client_secret, { keepId: true });
  const ask = (query: string, headers: Record<string, string>) =>
    test.request('GET', `${API}/verify/${query}`, { headers: { 'x-request-id': 'one-request', ...headers } });
  const expected = faceOf(await ask('', {}));
  for (const query of ['?permission=api.read', '?permission=nothing', '?environment=live', '?environment=staging']) {
    t.same(faceOf(await ask(query, { 'x-api-key': secret })), expected);
    t.same(faceOf(await ask(query, {})), expected);
  }
});

void t.test('a malformed secret is refused without a look at the tables, a well-formed one with it', async (t) => {
  const { client_secret: secret } = await createClient(test, owner);
  const other = await connect(t, test);
  await other.query('begin');
  await other.query('lock table secrets, api_clients, applications in access exclusive mode');
  for (const text of ['', 'garbage', `${secret}0`, secret.slice(0, -1), secret.replace('_live_', '_staging_')]) {
    t.equal((await check(test, text)).statusCode, 401);
  }
  const answer = check(test, forgeSecret(secret, { keepId: false }));
  await waitFor(async () => {
    const [row] = await test.query<{ waiting: number }>(
      `select count(*)::int as waiting from pg_stat_activity
       where datname = current_database() and application_name = 'latchkey' and wait_event_type = 'Lock'`,
    );
    return row?.waiting === 1 ? row : undefined;
  });
  await other.query('rollback');
  t.equal((await answer).statusCode, 401);
});
