import { Registry } from 'prom-client';
import t from 'tap';
import { countChecks } from '../../src/metrics/check-figures.ts';
import { build } from '../support/build-app.ts';
import type { TestApp } from '../support/build-app.ts';
import { API, createClient, registerUser } from '../support/factories.ts';
import type { TestUser } from '../support/factories.ts';
import { basic, check, clientPath, forgeSecret, regenerate } from '../support/machines.ts';
import { readFigures } from '../support/metrics.ts';
import { introspect, issueToken, requestToken, sendAs } from '../support/oauth.ts';

const CHECKS = 'latchkey_credential_checks_total';

/** How many checks of which outcome an act made. */
async function checksOf(test: TestApp, act: () => Promise<unknown>): Promise<Record<string, number>> {
  const before = await readFigures(test);
  await act();
  const changes = Object.entries((await readFigures(test)).since(before)).filter(([line]) => line.startsWith(CHECKS));
  return Object.fromEntries(
    changes.map(([line, change]) => [
      Object.values(JSON.parse(line.slice(CHECKS.length)) as Record<string, string>).join(' '),
      change,
    ]),
  );
}

const pause = (test: TestApp, user: TestUser, clientId: string) =>
  test.request('PATCH', clientPath(user, clientId), { token: user.token, body: { status: 'paused' } });
const expire = (test: TestApp, clientId: string) =>
  test.query('update api_clients set expires_at = now() where client_id = $1', [clientId]);

void t.test('the operator sees each check of a credential with its kind and why it was refused', async (t) => {
  const test = await build(t, { env: { METRICS_PORT: '1' } });
  const user = await registerUser(test);
  const [client, paused, expired] = [
    await createClient(test, user),
    await createClient(test, user),
    await createClient(test, user),
  ];

  await t.test('secrets', async (t) => {
    const secret = client.client_secret;
    t.same(await checksOf(test, () => check(test, secret)), { 'secret accepted': 1 }, 'compared by argon2');
    t.same(await checksOf(test, () => check(test, secret)), { 'secret accepted': 1 }, 'known to match');
    t.same(await checksOf(test, () => requestToken(test, client)), { 'secret accepted': 1 });
    t.same(await checksOf(test, () => check(test, 'garbage')), { 'secret malformed': 1 });
    t.same(await checksOf(test, () => check(test, forgeSecret(secret, {}))), { 'secret unknown': 1 });
    t.same(await checksOf(test, () => check(test, forgeSecret(secret, { keepId: true }))), { 'secret wrong': 1 });
    await pause(test, user, paused.client_id);
    t.same(await checksOf(test, () => check(test, paused.client_secret)), { 'secret client_paused': 1 });
    await expire(test, expired.client_id);
    t.same(await checksOf(test, () => check(test, expired.client_secret)), { 'secret expired': 1 });
    t.same(await checksOf(test, () => test.request('GET', `${API}/verify/`)), {}, 'none was presented');
    const bound = await createClient(test, user, { allowed_ips: ['192.0.2.1'] });
    t.same(await checksOf(test, () => check(test, bound.client_secret)), { 'secret address_not_allowed': 1 });
    const authorization = basic(expired.client_id, secret);
    const refused = { 'secret another_client': 1 };
    t.same(await checksOf(test, () => test.request('GET', `${API}/verify/`, { headers: { authorization } })), refused);
    const other = { client_id: expired.client_id, client_secret: secret };
    t.same(await checksOf(test, () => requestToken(test, other)), refused);
  });

  await t.test('one check for one request, also where a redirect URL is asked about', async (t) => {
    const body = { redirect_url: 'https://acme.example/' };
    const ask = (headers: Record<string, string>) => () => test.request('POST', `${API}/verify/`, { body, headers });
    const secret = client.client_secret;
    t.same(await checksOf(test, ask({ 'x-api-key': secret })), { 'secret accepted': 1 });
    t.same(await checksOf(test, ask({ 'x-api-key': forgeSecret(secret, {}) })), { 'secret unknown': 1 });
    const token = await issueToken(test, client);
    t.same(await checksOf(test, ask({ authorization: `Bearer ${token}` })), { 'access_token accepted': 1 });
  });

  await t.test('access tokens', async (t) => {
    const verify = (token: string) => () => test.request('GET', `${API}/verify/`, { token });
    const scoped = await createClient(test, user, { permissions: ['api.read', 'api.write'] });
    const token = await issueToken(test, client);
    const narrow = await issueToken(test, scoped, 'api.write');
    t.same(await checksOf(test, verify(token)), { 'access_token accepted': 1 });
    t.same(await checksOf(test, verify('a.b.c')), { 'access_token not_an_access_token': 1 });
    const both = await checksOf(test, () => introspect(test, client, token));
    t.same(both, { 'secret accepted': 1, 'access_token accepted': 1 }, 'who asks, and what about');
    const inactive = await checksOf(test, () => introspect(test, client, `${token}x`));
    t.same(inactive, { 'secret accepted': 1, 'access_token not_an_access_token': 1 });

    await test.request('PATCH', clientPath(user, scoped.client_id), {
      token: user.token,
      body: { permissions: ['api.read'] },
    });
    t.same(await checksOf(test, verify(narrow)), { 'access_token no_permission_left': 1 });
    await sendAs(test, client, { route: 'revoke', form: { token } });
    t.same(await checksOf(test, verify(token)), { 'access_token revoked': 1 });
    const later = await issueToken(test, scoped);
    const bind = (allowed_ips: string[]) =>
      test.request('PATCH', clientPath(user, scoped.client_id), { token: user.token, body: { allowed_ips } });
    await bind(['192.0.2.1']);
    t.same(await checksOf(test, verify(later)), { 'access_token address_not_allowed': 1 });
    await bind([]);
    await pause(test, user, scoped.client_id);
    t.same(await checksOf(test, verify(later)), { 'access_token client_paused': 1 });
    await expire(test, client.client_id);
    const other = await createClient(test, user);
    const last = await issueToken(test, other);
    await expire(test, other.client_id);
    t.same(await checksOf(test, verify(last)), { 'access_token expired': 1 });
    await regenerate(test, user, { clientId: other.client_id });
    t.same(await checksOf(test, verify(last)), { 'access_token secret_gone': 1 });
  });
});

void t.test('anybody sees only how many were accepted and refused', async (t) => {
  const test = await build(t);
  const user = await registerUser(test);
  const token = await issueToken(test, { client_id: user.clientId, client_secret: user.apiKey });
  const checks = await checksOf(test, async () => {
    await check(test, user.apiKey);
    await check(test, 'garbage');
    await check(test, forgeSecret(user.apiKey, {}));
    await check(test, forgeSecret(user.apiKey, { keepId: true }));
    await test.request('GET', `${API}/verify/`, { headers: { authorization: basic('another', user.apiKey) } });
    await test.request('GET', `${API}/verify/`, { token });
    await test.request('GET', `${API}/verify/`, { token: 'a.b.c' });
  });
  t.same(checks, {
    'secret accepted': 1,
    'secret refused': 4,
    'access_token accepted': 1,
    'access_token refused': 1,
  });
});

void t.test('every outcome is there from the start, at zero', async (t) => {
  const outcomesOf = async (isDetailed: boolean) => {
    const registry = new Registry();
    countChecks(registry, { isDetailed });
    return [...(await registry.metrics()).matchAll(/kind="(\w+)",outcome="(\w+)"\} 0$/gm)].map(([, ...names]) =>
      names.join(' '),
    );
  };
  t.same(await outcomesOf(false), [
    'secret accepted',
    'secret refused',
    'access_token accepted',
    'access_token refused',
  ]);
  t.same(await outcomesOf(true), [
    ...[
      'accepted',
      'malformed',
      'unknown',
      'wrong',
      'revoked',
      'expired',
      'client_paused',
      'address_not_allowed',
      'another_client',
    ].map((name) => `secret ${name}`),
    ...[
      'accepted',
      'not_an_access_token',
      'secret_gone',
      'revoked',
      'expired',
      'client_paused',
      'address_not_allowed',
      'no_permission_left',
    ].map((name) => `access_token ${name}`),
  ]);
});
