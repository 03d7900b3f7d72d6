import t from 'tap';
import { atOnce, pathOf, send, tally } from '../../support/accounts.ts';
import type { Operation } from '../../support/accounts.ts';
import { build } from '../../support/build-app.ts';
import type { TestApp } from '../../support/build-app.ts';
import { makeEmail, PASSWORD } from '../../support/factories.ts';

const env = { RATE_LIMIT_ENABLED: 'true' };
const test = await build(t, { env });
const proxied = await build(t, { beside: test, env: { ...env, TRUST_PROXY: '10.0.0.1,192.168.7.0/24' } });

interface Origin {
  from: string;
  forwardedFor?: string;
}

async function register(app: TestApp, { from, forwardedFor }: Origin) {
  return app.request('POST', pathOf('register'), {
    body: { email: makeEmail(), password: PASSWORD },
    from,
    ...(forwardedFor === undefined ? {} : { headers: { 'x-forwarded-for': forwardedFor } }),
  });
}

async function registerFive(app: TestApp, origin: Origin): Promise<void> {
  for (let i = 0; i < 5; i += 1) {
    const { statusCode } = await register(app, origin);
    if (statusCode !== 201) throw new Error(`register answered ${statusCode}`);
  }
}

void t.test('5 registrations an hour per address, and headers that count them down', async (t) => {
  const from = '203.0.113.1';
  const remaining = [];
  for (let i = 0; i < 5; i += 1) {
    const { statusCode, headers } = await register(test, { from });
    t.equal(statusCode, 201);
    t.equal(headers['ratelimit-limit'], '5');
    t.match(headers['ratelimit-reset'], /^\d+$/);
    remaining.push(headers['ratelimit-remaining']);
  }
  t.same(remaining, ['4', '3', '2', '1', '0']);
  const refused = await register(test, { from });
  t.equal(refused.statusCode, 429);
  t.match(refused.headers, { 'ratelimit-limit': '5', 'ratelimit-remaining': '0', 'ratelimit-reset': /^\d+$/ });
  const seconds = Number(refused.headers['retry-after']);
  t.ok(seconds > 3500 && seconds <= 3600);
  t.match(refused.headers['content-type'], 'application/problem+json');
  t.match(refused.json(), { code: 'rate_limited', status: 429 });
  t.equal((await register(test, { from: '203.0.113.2' })).statusCode, 201, 'another address has its own five');
});

void t.test('a refused registration leaves nothing and mails nobody', async (t) => {
  const from = '203.0.113.3';
  await registerFive(test, { from });
  const email = makeEmail();
  await test.request('POST', pathOf('register'), { body: { email, password: PASSWORD }, from });
  t.same(await test.query('select 1 from registrations where email = $1', [email]), []);
});

void t.test('of 20 registrations at once from one address 5 are accepted', async (t) => {
  const responses = await atOnce(20, () => register(test, { from: '203.0.113.4' }));
  t.same(tally(responses), { 201: 5, 429: 15 });
});

void t.test('an IPv6 network of 64 bits is one address', async (t) => {
  for (let i = 1; i <= 5; i += 1) {
    t.equal((await register(test, { from: `2001:db8:0:1:${i}::1` })).statusCode, 201);
  }
  t.equal((await register(test, { from: '2001:db8:0:1:ffff::1' })).statusCode, 429);
  t.equal((await register(test, { from: '2001:db8:0:2::1' })).statusCode, 201);
});

void t.test('X-Forwarded-For is ignored unless TRUST_PROXY names the sender', async (t) => {
  const from = '203.0.113.5';
  for (let i = 1; i <= 5; i += 1) {
    t.equal((await register(test, { from, forwardedFor: `198.51.100.${i}` })).statusCode, 201);
  }
  t.equal((await register(test, { from, forwardedFor: '198.51.100.6' })).statusCode, 429);

  await registerFive(proxied, { from: '203.0.113.6', forwardedFor: '198.51.100.7' });
  t.equal((await register(proxied, { from: '203.0.113.6', forwardedFor: '198.51.100.8' })).statusCode, 429);
  t.equal((await register(proxied, { from: '203.0.113.7', forwardedFor: '198.51.100.7' })).statusCode, 201);
});

void t.test('behind a trusted proxy the client it names is counted, over all proxies', async (t) => {
  await registerFive(proxied, { from: '10.0.0.1', forwardedFor: '198.51.100.20' });
  for (const from of ['10.0.0.1', '192.168.7.99']) {
    t.equal((await register(proxied, { from, forwardedFor: '198.51.100.20' })).statusCode, 429);
  }
  t.equal((await register(proxied, { from: '10.0.0.1', forwardedFor: '198.51.100.21' })).statusCode, 201);
});

void t.test('what a client itself puts into X-Forwarded-For does not count behind a proxy either', async (t) => {
  for (let i = 1; i <= 5; i += 1) {
    const forwardedFor = `192.0.2.${i}, 198.51.100.30`;
    t.equal((await register(proxied, { from: '10.0.0.1', forwardedFor })).statusCode, 201);
  }
  const forwardedFor = '192.0.2.6, 198.51.100.30';
  t.equal((await register(proxied, { from: '10.0.0.1', forwardedFor })).statusCode, 429);
});

void t.test('the lockout counts the client that a trusted proxy names, not the proxy', async (t) => {
  const email = makeEmail();
  const logIn = async (forwardedFor: string) =>
    proxied.request('POST', pathOf('login'), {
      body: { email, password: PASSWORD },
      from: '10.0.0.1',
      headers: { 'x-forwarded-for': forwardedFor },
    });
  for (let i = 0; i < 5; i += 1) t.equal((await logIn('198.51.100.40')).statusCode, 401);
  t.equal((await logIn('198.51.100.40')).json<{ code: string }>().code, 'account_locked');
  t.equal((await logIn('198.51.100.41')).statusCode, 401);
});

void t.test('a request counts whatever its body, also one that cannot be read', async (t) => {
  const from = '203.0.113.50';
  const bodies = [{}, { email: 'x' }, { email: makeEmail(), password: PASSWORD, more: 1 }, '{', 'x'.repeat(100)];
  const headers = { 'content-type': 'application/json' };
  const statuses: number[] = [];
  for (let i = 0; i < 70; i += 1) {
    const body = bodies[i % bodies.length];
    statuses.push((await test.request('POST', pathOf('login'), { body, from, headers })).statusCode);
  }
  t.same([statuses.slice(0, 60), statuses.slice(60)], [Array(60).fill(400), Array(10).fill(429)]);
});

void t.test('registrations that are not valid are limited, and leave the five that are', async (t) => {
  const from = '203.0.113.51';
  const mistype = async () =>
    (await test.request('POST', pathOf('register'), { body: { email: makeEmail(), password: 'short' }, from }))
      .statusCode;
  for (let i = 0; i < 20; i += 1) t.equal(await mistype(), 400);
  await registerFive(test, { from });
  t.equal((await register(test, { from })).statusCode, 429);
  for (let i = 0; i < 34; i += 1) t.equal(await mistype(), 400);
  t.equal(await mistype(), 429);
});

void t.test('each of the other routes has a limit of its own', async (t) => {
  const limits: Partial<Record<Operation, [number, unknown]>> = {
    'resend-otp': [30, { email: makeEmail() }],
    'verify-email': [60, { email: makeEmail(), code: 'AAAAAA' }],
    login: [60, { email: makeEmail(), password: PASSWORD }],
    refresh: [120, { refresh_token: 'x' }],
    logout: [120, { refresh_token: 'x' }],
    'forgot-password': [30, { email: makeEmail() }],
    'reset-password': [60, { email: makeEmail(), code: 'AAAAAA', password: PASSWORD }],
  };
  for (const [operation, [limit, body]] of Object.entries(limits) as [Operation, [number, unknown]][]) {
    const { headers } = await send(test, operation, body);
    t.match(headers, { 'ratelimit-limit': String(limit), 'ratelimit-remaining': String(limit - 1) }, operation);
  }
  const body = { email: makeEmail() };
  for (let i = 1; i < 30; i += 1) t.equal((await send(test, 'forgot-password', body)).statusCode, 200);
  const refused = await send(test, 'forgot-password', body);
  t.equal(refused.statusCode, 429);
  t.match(refused.json(), { code: 'rate_limited' });
  t.ok(Number(refused.headers['retry-after']) >= 1);
});
