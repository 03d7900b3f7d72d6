import t from 'tap';
import { query } from '../support/embedded-service.ts';
import { makeEmail, PASSWORD } from '../support/factories.ts';
import { makeDeployment } from '../support/deployment.ts';
import { call } from '../support/service-process.ts';
import {
  createApiClient,
  expectStatus,
  logIn,
  PROGRAMMATIC,
  readCode,
  signUp,
  verify,
} from '../support/service-user.ts';

const PROCESSES = 10;

const { launch, databaseUrl, smtp, env } = await makeDeployment(t, { isEmpty: true });

const starting = Array.from({ length: PROCESSES }, () => launch({ ...env, DATABASE_POOL_MAX: '4' }));
const origins = await Promise.all(starting.map((service) => service.listening()));
const [one = '', two = ''] = origins;

void t.test('ten processes that start at once on an empty database all serve, with one signing key', async (t) => {
  const keySets = await Promise.all(
    origins.map((origin) => call<{ keys: unknown[] }>(origin, '/.well-known/jwks.json')),
  );
  t.equal(keySets[0]?.body.keys.length, 1);
  for (const { status, body } of keySets) t.same({ status, body }, { status: 200, body: keySets[0]?.body });
  t.same(await query(databaseUrl, 'select count(*)::int from signing_keys'), [{ count: 1 }]);
  t.same(
    starting.map((service) => service.stderr()),
    starting.map(() => ''),
  );

  for (const service of starting.slice(2)) service.kill('SIGTERM');
  const codes = await Promise.all(starting.slice(2).map((service) => service.ended()));
  t.same(
    codes,
    codes.map(() => 0),
  );
});

void t.test('what one process does holds on the other at once', async (t) => {
  const user = await signUp(one, smtp);
  const created = await expectStatus(201, createApiClient(two, user, 'Backend'));
  const { client_id: clientId, client_secret: secret } = created.body;
  const path = `/auth/v2/organizations/${user.organizationId}/api-clients/${clientId}/`;
  // Both remember that this secret matches its hash.
  t.same([await verify(one, secret), await verify(two, secret)], [200, 200]);

  const regenerated = await expectStatus(
    200,
    call<{ client_secret: string }>(one, `POST ${path}regenerate-secret/`, { token: user.token }),
  );
  const fresh = regenerated.body.client_secret;
  t.same([await verify(two, secret), await verify(two, fresh)], [401, 200]);

  await expectStatus(200, call(two, `PATCH ${path}`, { token: user.token, body: { status: 'paused' } }));
  t.equal(await verify(one, fresh), 401);
  await expectStatus(200, call(one, `PATCH ${path}`, { token: user.token, body: { status: 'active' } }));
  t.equal(await verify(two, fresh), 200);
  await expectStatus(204, call(one, `DELETE ${path}`, { token: user.token }));
  t.equal(await verify(two, fresh), 401);

  const { refreshToken, token } = user;
  await expectStatus(204, call(one, `${PROGRAMMATIC}/logout/`, { body: { refresh_token: refreshToken } }));
  t.equal((await call(two, '/auth/v2/organizations/me/', { token })).status, 401);
  t.equal((await call(two, `${PROGRAMMATIC}/refresh/`, { body: { refresh_token: refreshToken } })).status, 401);
});

void t.test('five wrong passwords, wherever they were tried, lock the account on both', async (t) => {
  const { email } = await signUp(one, smtp);
  for (const [attempt, origin] of [one, two, one, two, one].entries()) {
    t.equal((await logIn(origin, email, `Wrong-Horse-${attempt}`)).status, 401);
  }
  for (const origin of [one, two]) {
    const { status, headers } = await logIn(origin, email);
    t.equal(status, 429);
    t.ok(Number(headers.get('retry-after')) > 800);
  }
});

void t.test('five wrong codes, wherever they were tried, use a code up on both', async (t) => {
  const email = makeEmail();
  await expectStatus(201, call(one, `${PROGRAMMATIC}/register/`, { body: { email, password: PASSWORD } }));
  const code = await readCode(smtp, email);
  const wrong = code === 'AAAAAA' ? 'BBBBBB' : 'AAAAAA';
  const tryCode = async (origin: string, tried: string) =>
    (await call(origin, `${PROGRAMMATIC}/verify-email/`, { body: { email, code: tried } })).status;
  for (const origin of [two, one, two, one, two]) t.equal(await tryCode(origin, wrong), 400);

  t.same([await tryCode(one, code), await tryCode(two, code)], [400, 400]);
});

void t.test('a code is asked for once a minute, whichever process is asked', async (t) => {
  const email = makeEmail();
  await expectStatus(201, call(one, `${PROGRAMMATIC}/register/`, { body: { email, password: PASSWORD } }));
  t.equal((await call(two, `${PROGRAMMATIC}/resend-otp/`, { body: { email } })).status, 429);
});
