import t from 'tap';
import { pathOf, registerPending, send } from '../../support/accounts.ts';
import type { Operation } from '../../support/accounts.ts';
import { build } from '../../support/build-app.ts';
import { startDatabaseProxy } from '../../support/database-proxy.ts';
import { makeEmail, PASSWORD } from '../../support/factories.ts';
import { createTestDatabase } from '../../support/test-database.ts';

const database = await createTestDatabase();
t.teardown(() => database.drop());
const proxy = await startDatabaseProxy(t, database.databaseUrl);
const test = await build(t, { databaseUrl: proxy.databaseUrl, plantAt: database.databaseUrl });

const email = 'ada@acme.example';
const bodies: Record<Operation, Record<string, string>> = {
  register: { email, password: PASSWORD },
  'resend-otp': { email },
  'verify-email': { email, code: 'K7Q2ZD' },
  login: { email, password: PASSWORD },
  refresh: { refresh_token: 'mE6Tz0uQ3v1oYx8rK2aWc5dLhJ9sPnB4gFiUqVtXyZ0' },
  logout: { refresh_token: 'mE6Tz0uQ3v1oYx8rK2aWc5dLhJ9sPnB4gFiUqVtXyZ0' },
  'forgot-password': { email },
  'reset-password': { email, code: 'K7Q2ZD', password: PASSWORD },
};
const operations = Object.keys(bodies) as Operation[];

interface Problem {
  status: number;
  code: string;
  request_id: string;
  errors: { pointer: string; detail: string }[];
}

async function faultsOf(operation: Operation, body: unknown): Promise<string[]> {
  const response = await send(test, operation, body);
  const problem = response.json<Problem>();
  if (response.statusCode !== 400 || problem.code !== 'invalid_request') return [`answered ${response.statusCode}`];
  return problem.errors.map(({ pointer }) => pointer).sort();
}

void t.test('400 names every missing field at once, for no body, an empty one and {}', async (t) => {
  for (const operation of operations) {
    const missing = Object.keys(bodies[operation])
      .map((name) => `/${name}`)
      .sort();
    for (const body of [undefined, '', {}]) t.same(await faultsOf(operation, body), missing, operation);
  }
});

void t.test('400 names every field that is wrong, and every one that is unknown', async (t) => {
  const wrong: Record<string, unknown> = { email: 'nobody', password: '', code: 'k7q2zd', refresh_token: '' };
  for (const operation of operations) {
    const names = Object.keys(bodies[operation]);
    const body = { ...Object.fromEntries(names.map((name) => [name, wrong[name]])), 'is~admin/': true };
    const expected = [...names.map((name) => `/${name}`), '/is~0admin~1'].sort();
    t.same([...new Set(await faultsOf(operation, body))].sort(), expected, operation);
  }
});

void t.test('400 for a field of another type, which is never coerced', async (t) => {
  for (const operation of operations) {
    for (const value of [null, 1, true, [], {}]) {
      const names = Object.keys(bodies[operation]);
      const body = Object.fromEntries(names.map((name) => [name, value]));
      t.same(await faultsOf(operation, body), names.map((name) => `/${name}`).sort(), operation);
    }
    for (const body of [[], '"text"', 'null', '1']) {
      const headers = { 'content-type': 'application/json' };
      t.equal((await test.request('POST', pathOf(operation), { body, headers })).statusCode, 400, operation);
    }
  }
});

void t.test('400 for what is no email of 254 characters at most', async (t) => {
  const long = `${'a'.repeat(60)}@${'b'.repeat(60)}.${'c'.repeat(60)}.${'d'.repeat(60)}`;
  const wrong = ['', 'a', 'a@', '@b.example', 'a b@c.example', 'a@b.example\r\nBcc: c@d.example', 'a@b.example\u0000'];
  for (const value of [...wrong, 'ä@b.example', `${long}.eeeeeeeeeeee`]) {
    t.same(new Set(await faultsOf('resend-otp', { email: value })), new Set(['/email']), JSON.stringify(value));
  }
  t.equal((await send(test, 'resend-otp', { email: `${long}.eeeeeeeee` })).statusCode, 200);
});

void t.test('400 for a code that is not 6 upper-case letters or digits, which costs no try', async (t) => {
  const pending = await registerPending(test);
  for (const code of ['', 'ABCDE', 'ABCDEFG', 'abcdef', 'ABCDE!', 'ABCDEÄ', ' ABCDE', 'ABCDEF\n']) {
    t.same(new Set(await faultsOf('verify-email', { ...pending, code })), new Set(['/code']), JSON.stringify(code));
  }
  t.equal((await send(test, 'verify-email', pending)).statusCode, 200);
});

void t.test('400 for a query parameter', async (t) => {
  for (const operation of operations) {
    const url = `${pathOf(operation)}?debug=1`;
    const response = await test.request('POST', url, { body: bodies[operation] });
    t.equal(response.statusCode, 400, operation);
    t.match(response.json<Problem>().errors, [{ pointer: '?debug' }]);
  }
});

void t.test('400 for malformed JSON, 415 for another media type, 413 for a body without end', async (t) => {
  const statusOf = async (operation: Operation, type: string, body: string) =>
    (await test.request('POST', pathOf(operation), { body, headers: { 'content-type': type } })).statusCode;
  for (const operation of operations) {
    const json = JSON.stringify(bodies[operation]);
    t.equal(await statusOf(operation, 'application/json', json.slice(0, -1)), 400, operation);
    t.equal(await statusOf(operation, 'application/json', '{"__proto__":{"email":"a@b.example"}}'), 400, operation);
    t.equal(await statusOf(operation, 'application/x-www-form-urlencoded', 'email=a'), 415, operation);
    t.equal(await statusOf(operation, 'application/json', ' '.repeat(300_000) + json), 413, operation);
  }
});

void t.test('every route works with and without its trailing slash', async (t) => {
  for (const operation of operations) {
    const paths = [pathOf(operation), pathOf(operation).slice(0, -1)];
    const codes = await Promise.all(
      paths.map(async (url) => (await test.request('POST', url, { body: { no: 1 } })).json<Problem>().code),
    );
    t.same(codes, ['invalid_request', 'invalid_request'], operation);
  }
});

void t.test('503 with Retry-After while the database is away, and all is well when it is back', async (t) => {
  const pending = await registerPending(test);
  await proxy.cut();
  for (const operation of operations) {
    const response = await send(test, operation, bodies[operation]);
    t.equal(response.statusCode, 503, operation);
    t.match(response.headers, { 'retry-after': /^[1-9]\d*$/, 'cache-control': 'no-store' });
    const problem = response.json<Problem>();
    t.match(problem, { status: 503, code: 'database_unavailable', request_id: response.headers['x-request-id'] });
    t.notMatch(response.body, /ECONN|postgres|127\.0\.0\.1|select|insert/i);
  }
  await proxy.mend();
  t.equal((await send(test, 'verify-email', pending)).statusCode, 200, 'the code has lost no try');
  t.equal((await send(test, 'register', { email: makeEmail(), password: PASSWORD })).statusCode, 201);
});
