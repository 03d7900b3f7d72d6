import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import type { Test } from 'tap';
import { createLatchkey } from '../../client/latchkey.ts';
import type { Tokens, TokenStore } from '../../client/latchkey.ts';
import type { ApiClient, ApiClientCreate } from '../../client/schema.ts';
import { build } from '../support/build-app.ts';
import type { TestApp } from '../support/build-app.ts';
import { closeDatabase, openDatabase } from '../support/database-door.ts';
import { registerUser } from '../support/factories.ts';
import type { TestUser } from '../support/factories.ts';
import { holdLock, waitForLockWaiters } from '../support/database-session.ts';

const night: ApiClientCreate = { name: 'Night job', environment: 'live', permissions: ['api.read'] };

void t.test('the typed client logs in, creates, lists page by page and logs out', async (t) => {
  const { latchkey, tokens, user } = await connect(t);
  const { email, password, organizationId: org } = user;
  const login = await latchkey.POST('/auth/v2/programmatic/login/', { body: { email, password } });
  const pair = login.data !== undefined && 'access_token' in login.data ? login.data : null;
  await tokens.write(pair);

  const application = await latchkey.POST('/auth/v2/organizations/{org}/applications/', {
    params: { path: { org } },
    body: { name: 'Shop', redirect_uris: ['https://shop.acme.example/done'] },
  });
  t.match(application.data?.api_key, /^lk_live_/);
  const application_id = application.data?.uuid ?? null;
  const created = await latchkey.POST('/auth/v2/organizations/{org}/api-clients/', {
    params: { path: { org } },
    body: { ...night, application_id },
  });
  const checked = await latchkey.GET('/auth/v2/verify/', {
    params: { query: { permission: ['api.read'] } },
    headers: { 'x-api-key': created.data?.client_secret },
  });
  t.equal(checked.data?.client_id, created.data?.client_id);

  const listed: ApiClient[] = [];
  let cursor: string | null | undefined;
  do {
    const page: { results: ApiClient[]; next_cursor: string | null } | undefined = (
      await latchkey.GET('/auth/v2/organizations/{org}/api-clients/', {
        params: { path: { org }, query: { limit: 1, ...(cursor ? { cursor } : {}) } },
      })
    ).data;
    t.equal(page?.results.length, 1);
    listed.push(...(page?.results ?? []));
    cursor = page?.next_cursor;
  } while (cursor);
  t.same(new Set(listed.map(({ application_id: of }) => of)), new Set([user.applicationId, application_id]));
  t.equal(listed.length, 3);

  const { refresh_token = '' } = pair ?? {};
  const logout = await latchkey.POST('/auth/v2/programmatic/logout/', { body: { refresh_token } });
  t.equal(logout.response.status, 204);
});

void t.test('a refusal is a typed problem that names every fault; what never changes does not compile', async (t) => {
  const { latchkey, user } = await connect(t, { isLoggedIn: true });
  const { organizationId: org, applicationId: app } = user;
  const bad = await latchkey.POST('/auth/v2/organizations/{org}/api-clients/', {
    params: { path: { org } },
    body: { ...night, name: ' ', permissions: ['nonsense'] },
  });
  t.equal(bad.error?.code, 'invalid_request');
  t.same(bad.error?.errors?.map(({ pointer }) => pointer).sort(), ['/name', '/permissions/0']);

  const immutable = await latchkey.PATCH('/auth/v2/organizations/{org}/applications/{app}/', {
    params: { path: { org, app } },
    // @ts-expect-error the uuid of an application never changes
    body: { uuid: app },
  });
  t.equal(immutable.error?.code, 'immutable_field');
  const unknown = await latchkey.POST('/auth/v2/organizations/{org}/api-clients/', {
    params: { path: { org } },
    // @ts-expect-error there is no third environment
    body: { ...night, environment: 'test' },
  });
  t.equal(unknown.response.status, 400);
});

void t.test('requests that are refused at the same time share one refresh, and each is sent once more', async (t) => {
  const { latchkey, tokens, test, user } = await connect(t, { isLoggedIn: true });
  const { organizationId: org } = user;
  await tokens.write({ ...(await heldTokens(tokens)), access_token: 'no longer good' });
  const names = Array.from({ length: 10 }, (_, index) => `Job ${index}`);
  const created = await Promise.all(
    names.map((name) =>
      latchkey.POST('/auth/v2/organizations/{org}/api-clients/', {
        params: { path: { org } },
        body: { ...night, name },
      }),
    ),
  );
  t.same(
    created.map(({ data }) => data?.name),
    names,
  );
  t.equal(countRefreshes(test), 1);
  const rows = await test.query(`select name from api_clients where name like 'Job %' order by name`);
  t.same(
    rows.map(({ name }) => name as string),
    names,
  );
});

void t.test('a login that has ended is taken out of the store, and the answer says so', async (t) => {
  const { latchkey, tokens, user } = await connect(t, { isLoggedIn: true });
  const { refreshToken: refresh_token } = user;
  await latchkey.POST('/auth/v2/programmatic/logout/', { body: { refresh_token } });
  const refused = await latchkey.GET('/auth/v2/organizations/me/');
  t.equal(refused.error?.code, 'invalid_refresh_token');
  t.equal(await tokens.read(), null);
  const again = await latchkey.GET('/auth/v2/organizations/me/');
  t.equal(again.error?.code, 'unauthorized');
});

void t.test('a login outlives a refresh that the service cannot answer', async (t) => {
  const { latchkey, tokens, test } = await connect(t, { isLoggedIn: true });
  const { refresh_token } = await heldTokens(tokens);
  await tokens.write({ access_token: 'no longer good', refresh_token });
  await closeDatabase(test);
  const refused = await latchkey.GET('/auth/v2/organizations/me/');
  t.equal(refused.error?.code, 'database_unavailable');
  t.ok(Number(refused.response.headers.get('retry-after')) >= 1);
  await openDatabase(test);
  t.equal((await latchkey.GET('/auth/v2/organizations/me/')).response.status, 200);
});

void t.test('who logs out while a refresh is under way stays logged out', async (t) => {
  const { latchkey, tokens, test } = await connect(t, { isLoggedIn: true });
  await tokens.write({ ...(await heldTokens(tokens)), access_token: 'no longer good' });
  const lock = await holdLock(test, 'lock table refresh_tokens in exclusive mode');
  const asking = latchkey.GET('/auth/v2/organizations/me/');
  await waitForLockWaiters(test, 1);
  await tokens.write(null);
  await lock.commit();
  t.equal((await asking).error?.code, 'unauthorized');
  t.equal(await tokens.read(), null);
});

/** Ways in which an answer does not arrive that was given. */
const losses: Record<string, (response: ServerResponse, answer: string) => void> = {
  'the connection is cut before it': (response) => response.destroy(),
  'the connection is cut in the midst of it': (response, answer) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': answer.length });
    response.write(answer.slice(0, 20), () => response.destroy());
  },
  'a gateway has given up waiting for it': (response) => response.writeHead(504).end('<html>'),
};

for (const [loss, lose] of Object.entries(losses)) {
  void t.test(`a refresh whose answer is lost is sent once more, and the login goes on: ${loss}`, async (t) => {
    const { latchkey, tokens, test, proxy } = await connect(t, { isLoggedIn: true, lose });
    const { refresh_token } = await heldTokens(tokens);
    await tokens.write({ access_token: 'no longer good', refresh_token });
    t.equal((await latchkey.GET('/auth/v2/account/sessions/')).response.status, 200);
    t.equal(proxy.lost, 1);
    t.equal(countRefreshes(test), 2);
    const held = await heldTokens(tokens);
    await tokens.write({ ...held, access_token: 'no longer good' });
    t.equal((await latchkey.GET('/auth/v2/organizations/me/')).response.status, 200, 'with the tokens it gave');
  });
}

/** A gateway that loses the answer to the first refresh, once the service has given it. */
async function startLossyProxy(t: Test, target: string, lose: (response: ServerResponse, answer: string) => void) {
  const proxy = { lost: 0, url: '' };
  const server = createServer((request, response) => {
    const pass = async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const { method = 'GET', url = '/' } = request;
      const { authorization } = request.headers;
      const headers = { 'content-type': 'application/json', ...(authorization && { authorization }) };
      const body = method === 'GET' ? null : Buffer.concat(chunks);
      const answer = await fetch(target + url, { method, headers, body });
      const text = await answer.text();
      if (url.includes('/refresh/') && proxy.lost === 0) {
        proxy.lost += 1;
        lose(response, text);
      } else response.writeHead(answer.status, { 'content-type': 'application/json' }).end(text);
    };
    void pass();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  proxy.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return proxy;
}

interface Connected {
  latchkey: ReturnType<typeof createLatchkey>;
  tokens: TokenStore;
  test: TestApp;
  user: TestUser;
  proxy: { lost: number };
}

/** A client of a service that really listens, and a user of it. */
async function connect(
  t: Test,
  { isLoggedIn = false, lose }: { isLoggedIn?: boolean; lose?: (typeof losses)[string] } = {},
): Promise<Connected> {
  const test = await build(t);
  const serviceUrl = await test.app.listen({ host: '127.0.0.1', port: 0 });
  const proxy = lose === undefined ? { lost: 0, url: serviceUrl } : await startLossyProxy(t, serviceUrl, lose);
  const baseUrl = proxy.url;
  const user = await registerUser(test);
  const { token: access_token, refreshToken: refresh_token } = user;
  const tokens = createMemoryTokens(isLoggedIn ? { access_token, refresh_token } : null);
  return { latchkey: createLatchkey({ baseUrl, tokens }), tokens, test, user, proxy };
}

function createMemoryTokens(held: Tokens | null): TokenStore {
  return {
    read: async () => held,
    async write(tokens) {
      held = tokens;
    },
  };
}

async function heldTokens(tokens: TokenStore): Promise<Tokens> {
  const held = await tokens.read();
  if (held === null) throw new Error('nobody is logged in');
  return held;
}

function countRefreshes({ logs }: TestApp): number {
  return logs.filter((line) => line.includes('"POST","route":"/auth/v2/programmatic/refresh/"')).length;
}
