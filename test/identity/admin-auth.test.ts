import { randomBytes } from 'node:crypto';
import Fastify from 'fastify';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import t from 'tap';
import type { Test } from 'tap';
import { createDb, createPool } from '../../src/db/client.ts';
import { MasterKey } from '../../src/master-key/master-key.ts';
import { adminAuth } from '../../src/identity/admin-auth.ts';
import { memberOf, userOf } from '../../src/identity/callers.ts';
import { errorHandler } from '../../src/plugins/error-handler.ts';
import { rateLimit } from '../../src/plugins/rate-limit.ts';
import { source } from '../../src/plugins/source.ts';
import { createSessionRepository } from '../../src/identity/session-repository.ts';
import { adminTokens } from '../../src/identity/admin-tokens.ts';
import { KeyRing } from '../../src/tokens/key-ring.ts';
import { createSigningKeyRepository } from '../../src/tokens/signing-key-repository.ts';
import { createValidation } from '../../src/http/validation.ts';
import { build } from '../support/build-app.ts';
import { addMember, API, registerUser } from '../support/factories.ts';
import { openForge } from '../support/forged-tokens.ts';
import { closeDatabase, openDatabase } from '../support/database-door.ts';
import { createTestDatabase } from '../support/test-database.ts';

const handler = async () => ({});

void t.test('a route under the API that does not say who may call it cannot be registered', async (t) => {
  const app = await makeApp(t);
  t.throws(() => app.get('/auth/v2/open/', handler), /GET \/auth\/v2\/open\/ does not say who may call it/);
  t.throws(() => app.post('/auth/v2/open/', { config: {} }, handler), /does not say who may call it/);
  t.throws(() => app.route({ method: ['GET', 'POST'], url: '/auth/v2/open', handler }), /does not say/);
  const hidden = { schema: { hide: true } };
  t.throws(() => app.get('/auth/v2/hidden/', hidden, handler), /does not say who may call it/);
  await t.rejects(async () => {
    await app.register(async (api) => api.get('/open/', handler), { prefix: '/auth/v2' });
  }, /does not say who may call it/);
  t.same(app.routeTable, []);
});

void t.test('what a route says of its callers is listed, and a route outside the API may say nothing', async (t) => {
  const app = await makeApp(t);
  app.get('/page', handler);
  app.get('/auth/v2/public/', { config: { access: 'public' } }, handler);
  app.route({
    method: ['PUT', 'PATCH'],
    url: '/auth/v2/organizations/:org/things/',
    config: { access: 'developer' },
    schema: { operationId: 'changeThings' },
    handler,
  });
  app.get('/auth/v2/unlisted/', { config: { access: 'user' }, schema: { hide: true } }, handler);
  const listed = app.routeTable.filter(({ method }) => method !== 'HEAD');
  const things = { url: '/auth/v2/organizations/:org/things/', access: 'developer', operationId: 'changeThings' };
  t.same(listed, [
    { method: 'GET', url: '/auth/v2/public/', access: 'public', operationId: undefined },
    { method: 'PUT', ...things },
    { method: 'PATCH', ...things },
  ]);
});

void t.test('a hidden route is guarded like any other', async (t) => {
  const app = await makeApp(t);
  app.get('/auth/v2/hidden/', { config: { access: 'user' }, schema: { hide: true } }, handler);
  t.equal((await app.inject('/auth/v2/hidden/')).statusCode, 401);
});

void t.test('the check runs before every other hook of a route', async (t) => {
  const app = await makeApp(t);
  let seen = 0;
  const count = async () => {
    seen += 1;
  };
  app.get('/auth/v2/a/', { config: { access: 'user' }, onRequest: count }, handler);
  app.get('/auth/v2/b/', { config: { access: 'user' }, onRequest: [count, count], preParsing: count }, handler);
  for (const url of ['/auth/v2/a/', '/auth/v2/b/']) t.equal((await app.inject(url)).statusCode, 401);
  t.equal(seen, 0);
});

void t.test('code that takes the caller of a route that has none fails loudly', async (t) => {
  const nobody = { admin: null } as FastifyRequest;
  const homeless = {
    headers: {},
    routeOptions: { config: { access: 'reader' } },
    admin: { userId: 'u', email: 'e', organizationId: null, role: null },
  } as unknown as FastifyRequest;
  t.throws(() => userOf(nobody), /access is public/);
  t.throws(() => memberOf(nobody), /access is public/);
  t.throws(() => memberOf(homeless), /no organization in its path/);
});

void t.test('a fault of the database is not blamed on the token', async (t) => {
  const clock = { ms: Date.now() };
  const test = await build(t, { now: () => clock.ms });
  const user = await registerUser(test);
  const forge = await openForge(test, user.token);
  const unknown = forge.sign({ header: { kid: 'made-up' } });
  const read = async (token: string) => test.request('GET', `${API}/organizations/me/`, { token });

  await t.test('500 when the keys or sessions cannot be read', async (t) => {
    for (const [table, token] of [
      ['signing_keys', unknown],
      ['sessions', user.token],
    ] as const) {
      clock.ms += 10_000;
      await test.query(`alter table ${table} rename to elsewhere`);
      const response = await read(token);
      t.equal(response.statusCode, 500);
      t.match(response.json(), { code: 'internal_error' });
      await test.query(`alter table elsewhere rename to ${table}`);
    }
  });

  await t.test('503 while there is no database', async (t) => {
    await closeDatabase(test);
    for (const token of [unknown, user.token]) {
      clock.ms += 10_000;
      const response = await read(token);
      t.equal(response.statusCode, 503);
      t.match(response.json(), { code: 'database_unavailable' });
      t.match(response.headers['retry-after'], /^\d+$/);
    }
    await openDatabase(test);
  });

  t.notOk(
    test.logs.some((line) => line.includes('select ')),
    'no query is in the log',
  );
});

void t.test('a member is recognised in the organization of the path and nowhere else', async (t) => {
  const test = await build(t);
  const [owner, guest] = [await registerUser(test), await registerUser(test)];
  await addMember(test, owner.organizationId, { userId: guest.userId, role: 'reader' });
  const rename = async (organizationId: string) =>
    (
      await test.request('PATCH', `${API}/organizations/${organizationId}/`, {
        token: guest.token,
        body: { name: 'X' },
      })
    ).statusCode;
  t.equal(await rename(guest.organizationId), 200);
  t.equal(await rename(owner.organizationId), 403);
  t.equal(await rename(guest.organizationId.toUpperCase()), 200);
  t.equal(await rename(`{${guest.organizationId}}`), 404);
});

async function makeApp(t: Test): Promise<FastifyInstance> {
  const { databaseUrl, drop } = await createTestDatabase();
  const pool = createPool({ databaseUrl, poolMax: 1 });
  // Dropping the database may be quicker than the last connection is to close.
  pool.on('error', () => undefined);
  const db = createDb(pool);
  const masterKey = new MasterKey([randomBytes(32)]);
  const keyRing = new KeyRing({
    repository: createSigningKeyRepository(db),
    masterKey,
    now: Date.now,
    onError: rethrow,
    onForeignKeys: rethrow,
  });
  await keyRing.start();
  const app = Fastify();
  await app.register(errorHandler, { validation: createValidation([]) });
  await app.register(source, { trustProxy: [] });
  await app.register(rateLimit, { isEnabled: false });
  await app.register(adminTokens, { keyRing, clock: { now: Date.now }, publicUrl: 'http://localhost', ttlSeconds: 60 });
  await app.register(adminAuth, {
    apiPrefix: '/auth/v2',
    sessions: createSessionRepository(db),
    uses: { record: () => undefined },
    clock: { now: Date.now },
    consoleSessions: undefined,
    trustedIssuer: undefined,
    trustedUsers: undefined,
  });
  t.teardown(async () => {
    keyRing.stop();
    await app.close();
    await pool.end();
    await drop();
  });
  return app;
}

function rethrow(err: unknown): never {
  throw err;
}
