import { randomBytes } from 'node:crypto';
import { DrizzleQueryError } from 'drizzle-orm';
import pg from 'pg';
import { pino } from 'pino';
import t from 'tap';
import { AppError } from '../../src/errors.ts';
import { createIsoTime, loggerOptions, serializeError } from '../../src/telemetry/logging.ts';
import { build, waitFor } from '../support/build-app.ts';
import type { RequestOptions } from '../support/build-app.ts';
import { API, createClient, registerUser } from '../support/factories.ts';
import { basic, forgeSecret } from '../support/machines.ts';
import { issueToken } from '../support/oauth.ts';

const secret = `lk_live_${randomBytes(20).toString('hex')}`;

void t.test('each line has the time it was written at, also where several share a millisecond', async (t) => {
  const first = Date.UTC(2026, 10, 25, 9, 0, 0, 7);
  const times = [first, first, first + 1, first + 86_400_000, first];
  const moments = times.values();
  const timeOf = createIsoTime(() => moments.next().value ?? NaN);
  for (const moment of times) t.equal(timeOf(), `,"time":"${new Date(moment).toISOString()}"`);
  t.match(pino.stdTimeFunctions.isoTime(), /^,"time":"\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z"$/, 'the form that pino has');
});

void t.test('an error in the log', async (t) => {
  const databaseError = Object.assign(new pg.DatabaseError(`duplicate key ${secret}`, 1, 'error'), {
    severity: 'ERROR',
    code: '23505',
    constraint: 'users__email_key',
    detail: `Key (email)=(${secret}) already exists.`,
    hint: secret,
    where: secret,
    query: secret,
  });

  await t.test('keeps of a database error its code, its constraint and where it came from', async (t) => {
    const errors = [databaseError, new DrizzleQueryError(`insert '${secret}'`, [secret], databaseError)];
    for (const err of errors) {
      const serialized = serializeError(err);
      t.match(serialized, { code: '23505', constraint: 'users__email_key' });
      t.match(serialized.stack, 'logging.test.ts');
      t.equal('message' in serialized, false);
      t.notOk(JSON.stringify(serialized).includes(secret));
    }
  });

  await t.test('also where that is the cause of another', async (t) => {
    const query = new DrizzleQueryError(`select '${secret}'`, [secret], databaseError);
    const err = new AppError('internal_error', { cause: new Error('outer', { cause: query }) });
    const serialized = serializeError(err);
    t.match(serialized, {
      type: 'AppError',
      code: 'internal_error',
      cause: { message: 'outer', cause: { code: '23505' } },
    });
    t.notOk(JSON.stringify(serialized).includes(secret));
  });

  await t.test('says nothing of the query when there was no answer from the database', async (t) => {
    const serialized = serializeError(new DrizzleQueryError(`select '${secret}'`, [secret], new Error('no route')));
    t.match(serialized, { type: 'DrizzleQueryError', code: undefined });
    t.notOk(JSON.stringify(serialized).includes(secret));
  });

  await t.test('keeps the words of every other error, its code and its causes', async (t) => {
    const cause = Object.assign(new TypeError('inner'), { code: 'ERR_INNER' });
    t.match(serializeError(new Error('outer', { cause })), {
      type: 'Error',
      message: 'outer',
      stack: /logging\.test\.ts/,
      cause: { type: 'TypeError', message: 'inner', code: 'ERR_INNER' },
    });
  });

  await t.test('is only named where it is none', async (t) => {
    for (const thrown of [secret, undefined, null, 7, { password: secret }]) {
      t.same(serializeError(thrown), { type: typeof thrown });
    }
    const bare = new Error(secret);
    delete bare.stack;
    t.same(Object.keys(serializeError(bare)).sort(), ['message', 'type']);
  });
});

void t.test('a member that holds a secret is blackened, in an object and in one inside it', async (t) => {
  const lines: string[] = [];
  const log = pino(loggerOptions('trace'), { write: (line) => lines.push(line) });
  const names = [
    'authorization',
    'x-api-key',
    'cookie',
    'password',
    'api_key',
    'client_secret',
    'access_token',
    'refresh_token',
  ];
  for (const name of names) {
    log.trace({ [name]: secret });
    log.trace({ headers: { [name]: secret } });
    log.trace({ body: { [name]: secret } });
  }
  log.trace({ body: { code: secret } });
  log.child({ reqId: '1' }).trace({ body: { password: secret } });
  t.equal(lines.length, names.length * 3 + 2);
  t.same(
    lines.filter((line) => line.includes(secret) || !line.includes('[redacted]')),
    [],
  );
});

void t.test('a request or answer that somebody logs whole leaves nothing', async (t) => {
  const lines: string[] = [];
  const log = pino(loggerOptions('trace'), { write: (line) => lines.push(line) });
  const whole = { url: `/x?key=${secret}`, headers: { authorization: secret } };
  log.info({ req: whole, res: whole }, 'whole');
  t.equal(lines.length, 1);
  t.notOk(lines[0]?.includes(secret));
  t.match(lines[0], '"level":"info"');
  t.match(lines[0], /"time":"\d{4}-\d\d-\d\dT[\d:.]+Z"/);
});

void t.test('the request log', async (t) => {
  const test = await build(t);
  const user = await registerUser(test);
  const client = await createClient(test, user);

  /** The lines that a request of this id left. */
  const linesOf = async (id: string) => {
    const lines = () => test.logs.filter((line) => line.includes(`"reqId":"${id}"`));
    await waitFor(() => lines().find((line) => line.includes('"msg":"request"')));
    return lines().map((line) => JSON.parse(line) as Record<string, unknown>);
  };
  const send = async (id: string, url: string, options: RequestOptions = {}) => {
    const method = options.body === undefined ? 'GET' : 'POST';
    await test.request(method, url, { ...options, headers: { 'x-request-id': id, ...options.headers } });
    return linesOf(id);
  };

  await t.test('has one line for each, with the route’s template instead of the address', async (t) => {
    const url = `${API}/organizations/${user.organizationId}/api-clients/${client.client_id}/`;
    const lines = await send('one', url, { token: user.token });
    t.equal(lines.length, 1);
    const line = lines[0] ?? {};
    t.ok(Number(line.durationMs) >= 0);
    const own = Object.entries(line).filter(([name]) => !['durationMs', 'time', 'pid', 'hostname'].includes(name));
    t.same(Object.fromEntries(own), {
      level: 'info',
      reqId: 'one',
      method: 'GET',
      route: '/auth/v2/organizations/:org/api-clients/:client_id/',
      status: 200,
      actor: user.userId,
      organization: user.organizationId,
      msg: 'request',
    });
  });

  await t.test('names the code of a refusal and no more of what was sent', async (t) => {
    const bad = { token: user.token, body: { name: secret, [secret]: secret } };
    const url = `${API}/organizations/${user.organizationId}/api-clients/?q=${secret}`;
    const lines = await send('two', url, bad);
    t.equal(lines.length, 1);
    t.match(lines[0], { status: 400, code: 'invalid_request' });
    t.notOk(JSON.stringify(lines).includes(secret));
  });

  await t.test('of a machine names its client and organization, whatever it presented and wherever', async (t) => {
    const { client_id, client_secret } = client;
    const accepted = { status: 200, client: client_id, organization: user.organizationId };
    const form = {
      'content-type': 'application/x-www-form-urlencoded',
      authorization: basic(client_id, client_secret),
    };
    const token = await issueToken(test, client);
    const sent: Record<string, Record<string, unknown>[]> = {
      key: await send('m1', `${API}/verify/`, { headers: { 'x-api-key': client_secret } }),
      basic: await send('m2', `${API}/verify/`, { headers: { authorization: form.authorization } }),
      token: await send('m3', `${API}/verify/`, { token }),
      issue: await send('m4', `${API}/token/`, { headers: form, body: 'grant_type=client_credentials' }),
      introspect: await send('m5', `${API}/introspect/`, { headers: form, body: `token=${token}` }),
      revoke: await send('m6', `${API}/revoke/`, { headers: form, body: `token=${token}` }),
    };
    for (const [name, lines] of Object.entries(sent)) {
      const [line, ...more] = lines;
      t.match(line, accepted, name);
      t.same([more, line?.code, line?.actor], [[], undefined, undefined], name);
    }
    for (const text of [client_secret, token, form.authorization.slice(6)]) {
      t.notOk(test.logs.some((line) => line.includes(text)));
    }
  });

  await t.test('says why a credential was refused, also where the answer is only that it is inactive', async (t) => {
    const stranger = await registerUser(test);
    const forged = forgeSecret(client.client_secret, { keepId: true });
    const headers = {
      'content-type': 'application/x-www-form-urlencoded',
      authorization: basic(client.client_id, client.client_secret),
    };
    const ask = (id: string, token: string, hint = '') =>
      send(id, `${API}/introspect/`, { headers, body: `token=${token}${hint}` });
    const asSecret = '&token_type_hint=client_secret';
    t.match(await send('r1', `${API}/verify/`, { headers: { 'x-api-key': forged } }), [
      { status: 401, code: 'invalid_credential', reason: 'wrong secret' },
    ]);
    t.match(
      await send('r2', `${API}/token/`, { headers: { ...headers, authorization: 'Basic x' }, body: 'grant_type=a' }),
      [{ status: 401, code: 'invalid_client', reason: 'no Basic credentials' }],
    );
    const inactive = { status: 200, client: client.client_id, code: 'inactive' };
    t.match(await ask('r3', forged, asSecret), [{ ...inactive, reason: 'wrong secret' }]);
    t.match(await ask('r4', 'a.b.c'), [{ ...inactive, reason: 'not an access token of this service' }]);
    t.match(await ask('r5', stranger.apiKey, asSecret), [{ ...inactive, reason: 'of another organization' }]);
  });

  await t.test('has a line for an address that cannot be read', async (t) => {
    const lines = await send('bad', `/%zz${secret}`);
    t.match(lines, [{ method: 'GET', route: null, status: 400, code: 'invalid_request' }]);
    t.notOk(JSON.stringify(lines).includes(secret));
  });

  await t.test('has no route where there is none, whatever the address holds', async (t) => {
    for (const [id, url] of Object.entries({ a: `/${secret}`, b: `${API}/${secret}/?x=${secret}` })) {
      const lines = await send(id, url);
      t.equal(lines.length, 1);
      t.match(lines[0], { status: 404, route: null, code: 'not_found' });
      t.notOk(JSON.stringify(lines).includes(secret), url);
    }
  });

  await t.test('has one line without a route for a path that cannot be read, or is too long', async (t) => {
    const urls = { c: [`${API}/%zz${secret}`, 400], d: [`${API}/organizations/${secret.repeat(9)}/`, 404] } as const;
    for (const [id, [url, status]] of Object.entries(urls)) {
      const lines = await send(id, `${url}?x=${secret}`);
      t.equal(lines.length, 1);
      t.match(lines[0], { level: 'info', method: 'GET', status, route: null, reqId: id, durationMs: Number });
      t.match(lines[0], { code: status === 400 ? 'invalid_request' : 'not_found' });
      t.notOk(JSON.stringify(lines).includes(secret), url);
    }
  });

  await t.test('says at once what failed and where, without a value, when the service is at fault', async (t) => {
    await test.query('alter table api_clients rename to elsewhere');
    const url = `${API}/organizations/${user.organizationId}/api-clients/?q=${secret}`;
    const lines = await send('three', url, { token: user.token });
    await test.query('alter table elsewhere rename to api_clients');
    t.same(
      lines.map(({ level, msg }) => [level, msg]),
      [
        ['error', 'request failed'],
        ['info', 'request'],
      ],
    );
    t.match(lines[0], { code: 'internal_error', err: { cause: { code: '42P01' } } });
    const text = JSON.stringify(lines);
    t.notOk(text.includes(secret));
    t.notMatch(text, /select |from "|failed query/i);
  });

  await t.test('tells health checks apart: they leave a line only when something is wrong', async (t) => {
    const before = test.logs.length;
    await test.request('GET', '/livez', { headers: { 'x-request-id': 'health' } });
    await test.request('GET', '/readyz', { headers: { 'x-request-id': 'health' } });
    await send('after', '/.well-known/jwks.json');
    t.same(
      test.logs.slice(before).filter((line) => line.includes('"reqId":"health"')),
      [],
    );
  });
});

void t.test('with LOG_ACCEPTED_CHECKS=0 accepted checks leave no line, and every other request does', async (t) => {
  const test = await build(t, { env: { LOG_ACCEPTED_CHECKS: '0' } });
  const user = await registerUser(test);
  const headers = { 'x-api-key': user.apiKey, 'x-request-id': 'accepted' };
  await test.request('GET', `${API}/verify/`, { headers });
  await test.request('GET', `${API}/verify/`, { headers: { 'x-api-key': 'garbage', 'x-request-id': 'refused' } });
  await test.request('POST', `${API}/introspect/`, {
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      authorization: basic(user.clientId, user.apiKey),
      'x-request-id': 'inactive',
    },
    body: 'token=a.b.c',
  });
  await test.request('GET', `${API}/organizations/me/`, { token: user.token, headers: { 'x-request-id': 'last' } });
  await waitFor(() => test.logs.find((line) => line.includes('"reqId":"last"')));
  const ids = test.logs.map((line) => (JSON.parse(line) as { reqId?: string }).reqId);
  t.same(ids.slice(-3), ['refused', 'inactive', 'last']);
  t.notOk(ids.includes('accepted'));
});
