import t from 'tap';
import { build } from '../support/build-app.ts';
import type { TestApp } from '../support/build-app.ts';
import { API, registerUser } from '../support/factories.ts';
import type { TestUser } from '../support/factories.ts';
import { isProblem } from '../support/problems.ts';

const READS_MAX = 1_200;
const WRITES_MAX = 300;

const test = await build(t, { env: { RATE_LIMIT_ENABLED: 'true' } });
const [user, other] = [await registerUser(test), await registerUser(test)];

/** The organization as it is, read or written without a change. */
function ask(
  app: TestApp,
  { token, organizationId }: TestUser,
  { method, from }: { method: 'GET' | 'HEAD' | 'PATCH'; from?: string },
) {
  return app.request(method, `${API}/organizations/${organizationId}/`, {
    token,
    ...(method === 'PATCH' && { body: {} }),
    ...(from !== undefined && { from }),
  });
}

/** Sends until an answer is another than 200. */
async function sendUntilRefused(method: 'GET' | 'PATCH') {
  for (let count = 0; ; count += 1) {
    const answer = await ask(test, user, { method, from: `192.0.2.${count % 200}` });
    if (answer.statusCode !== 200) return { count, answer };
  }
}

void t.test('429 with Retry-After beyond 300 writes a minute of a user, from whatever addresses', async (t) => {
  const { count, answer } = await sendUntilRefused('PATCH');
  t.equal(count, WRITES_MAX);
  isProblem(t, answer, { code: 'rate_limited' });
  t.match(answer.json(), { detail: /of this user/ });
  const seconds = Number(answer.headers['retry-after']);
  t.ok(seconds >= 1 && seconds <= 60, String(seconds));
  t.equal(answer.headers['ratelimit-limit'], String(WRITES_MAX));
  t.equal(answer.headers['ratelimit-remaining'], '0');
  const url = `${API}/organizations/`;
  const elsewhere = await test.request('POST', url, { token: user.token, body: { name: 'Other' } });
  t.equal(elsewhere.statusCode, 429, 'all management routes are counted together');
  const foreign = `${API}/organizations/${other.organizationId}/`;
  t.equal((await test.request('DELETE', foreign, { token: user.token })).statusCode, 429, 'and what is not theirs');
});

void t.test('reads are counted apart, 1,200 a minute, HEAD among them', async (t) => {
  const { statusCode, headers } = await ask(test, user, { method: 'HEAD' });
  t.equal(statusCode, 200, 'though no more writes are');
  t.equal(headers['ratelimit-limit'], String(READS_MAX));
  t.equal(headers['ratelimit-remaining'], String(READS_MAX - 1));
  const { count, answer } = await sendUntilRefused('GET');
  t.equal(count, READS_MAX - 1);
  isProblem(t, answer, { code: 'rate_limited' });
});

void t.test('another user, and who is nobody, are not concerned; machines have no such limit', async (t) => {
  for (const method of ['GET', 'PATCH'] as const) t.equal((await ask(test, other, { method })).statusCode, 200);
  t.equal((await test.request('GET', `${API}/organizations/me/`)).statusCode, 401);
  const headers = { 'x-api-key': user.apiKey };
  const { statusCode, headers: answered } = await test.request('GET', `${API}/verify/`, { headers });
  t.equal(statusCode, 200);
  t.equal(answered['ratelimit-limit'], undefined);
});

void t.test('each process counts for itself, and RATE_LIMIT_ENABLED=false turns the limits off', async (t) => {
  const beside = await build(t, { beside: test, env: { RATE_LIMIT_ENABLED: 'true' } });
  t.equal((await ask(beside, user, { method: 'PATCH' })).headers['ratelimit-remaining'], String(WRITES_MAX - 1));
  const unlimited = await build(t, { beside: test });
  for (const method of ['GET', 'PATCH'] as const) {
    const { statusCode, headers } = await ask(unlimited, user, { method });
    t.same([statusCode, headers['ratelimit-limit']], [200, undefined]);
  }
});
