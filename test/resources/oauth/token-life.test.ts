import { isDeepStrictEqual } from 'node:util';
import t from 'tap';
import { build, waitFor } from '../../support/build-app.ts';
import type { TestApp } from '../../support/build-app.ts';
import { API, createClient, registerUser } from '../../support/factories.ts';
import type { TestUser } from '../../support/factories.ts';
import { openForge, readToken } from '../../support/forged-tokens.ts';
import { check, clientPath, regenerate, revokeOldSecret } from '../../support/machines.ts';
import { introspect, issueToken, requestToken, scopeOf } from '../../support/oauth.ts';
import type { Machine, TokenAnswer } from '../../support/oauth.ts';

/** Lets a moment in a client's row or in those of its secrets come now. */
async function moveTime(test: TestApp, clientId: string, what: 'overlap' | 'client'): Promise<void> {
  const statement =
    what === 'client'
      ? `update api_clients set expires_at = now() - make_interval(secs => 0.001) where client_id = $1`
      : `update secrets set expires_at = now() - make_interval(secs => 0.001) from api_clients
         where api_clients.id = api_client_id and secrets.expires_at is not null and client_id = $1`;
  await test.query(statement, [clientId]);
}

async function patch(test: TestApp, owner: TestUser, { client_id: id, ...body }: Change): Promise<void> {
  const response = await test.request('PATCH', clientPath(owner, id), { token: owner.token, body });
  if (response.statusCode !== 200) throw new Error(`PATCH answered ${response.statusCode}: ${response.body}`);
}

interface Change {
  client_id: string;
  permissions?: string[];
  status?: 'active' | 'paused';
  expires_at?: string;
}

void t.test('the life of an access token', async (t) => {
  // What is changed at one process is seen at another, which has verified the token before.
  const test = await build(t);
  const owner = await registerUser(test);
  const witness = await createClient(test, await registerUser(test), { name: 'Platform' });
  const elsewhere = await build(t, {
    beside: test,
    env: { LATCHKEY_RESOURCE_SERVERS: witness.client_id },
  });
  const read = (token: string) => scopeOf(elsewhere, witness, token);
  const everything = { permissions: ['api.read', 'api.write', 'flows.execute'] };

  /** A client with a token that both processes have accepted. */
  async function start(user = owner, input: object = {}) {
    const client = await createClient(test, user, input);
    const token = await issueToken(test, client);
    if ((await read(token)) === null || (await scopeOf(test, client, token)) === null) throw new Error('not accepted');
    return { client, token };
  }

  /** Whether a secret still gets tokens and is active at `introspect/`; the two must agree. */
  async function works(machine: Machine): Promise<boolean> {
    const { statusCode } = await requestToken(elsewhere, machine);
    const { active } = await introspect(elsewhere, witness, { secret: machine.client_secret, hint: 'client_secret' });
    if ((statusCode === 200) !== active) throw new Error(`token/ answers ${statusCode}, introspect/ ${active}`);
    return active;
  }

  await t.test('a token and its secret die with their client', async (t) => {
    const { client, token } = await start();
    await test.request('DELETE', clientPath(owner, client.client_id), { token: owner.token });
    t.equal(await read(token), null);
    t.equal(await works(client), false);
  });

  await t.test('a token and its secret die with their application', async (t) => {
    const user = await registerUser(test);
    const machine = { client_id: user.clientId, client_secret: user.apiKey };
    const token = await issueToken(test, machine);
    t.not(await read(token), null);
    const path = `${API}/organizations/${user.organizationId}/applications/${user.applicationId}/`;
    t.equal((await test.request('DELETE', path, { token: user.token })).statusCode, 204);
    t.equal(await read(token), null);
    t.equal(await works(machine), false);
  });

  await t.test('a token and its secret die with their organization', async (t) => {
    const user = await registerUser(test);
    const { client, token } = await start(user);
    const response = await test.request('DELETE', `${API}/organizations/${user.organizationId}/`, {
      token: user.token,
      body: { confirm: user.organizationName },
    });
    t.equal(response.statusCode, 204);
    t.equal(await read(token), null);
    t.equal(await works(client), false);
  });

  await t.test('a token dies with its secret when that is regenerated, and those of the new one live', async (t) => {
    const { client, token } = await start();
    const fresh = await regenerate(test, owner, { clientId: client.client_id });
    t.equal(await read(token), null);
    t.equal(await works(client), false);
    const machine = { ...client, client_secret: fresh.client_secret };
    t.equal(await works(machine), true);
    t.equal(await read(await issueToken(test, machine)), 'api.read');
  });

  await t.test('a token never says that it lives longer than its secret', async (t) => {
    const end = new Date(Date.now() + 90_000);
    const client = await createClient(test, owner, { expires_at: end.toISOString() });
    const { access_token: token, expires_in: seconds } = (await requestToken(test, client)).json<TokenAnswer>();
    const { iat, exp } = readToken(token).payload as { iat: number; exp: number };
    t.equal(exp, Math.floor(end.getTime() / 1000));
    t.equal(seconds, exp - iat);
  });

  await t.test('a token lives through an overlap and dies at its end', async (t) => {
    const { client, token } = await start();
    const fresh = await regenerate(test, owner, { clientId: client.client_id, overlapSeconds: 600 });
    const machine = { ...client, client_secret: fresh.client_secret };
    const successor = await issueToken(test, machine);
    t.equal(await read(token), 'api.read');
    t.equal(await works(client), true);
    await moveTime(test, client.client_id, 'overlap');
    t.equal(await read(token), null);
    t.equal(await works(client), false);
    t.equal(await read(successor), 'api.read');
    t.equal(await works(machine), true);
  });

  await t.test('a token dies with its secret when that one is revoked by itself', async (t) => {
    const { client, token } = await start();
    await revokeOldSecret(test, owner, client);
    t.equal(await read(token), null);
    t.equal(await works(client), false);
  });

  await t.test('a token and its secret die when their client expires', async (t) => {
    const { client, token } = await start();
    await moveTime(test, client.client_id, 'client');
    t.equal(await read(token), null);
    t.equal(await works(client), false);
  });

  await t.test(
    'a token and its secret rest while their client is paused and work again when it is resumed',
    async (t) => {
      const { client, token } = await start();
      await patch(test, owner, { client_id: client.client_id, status: 'paused' });
      t.equal(await read(token), null);
      t.equal(await works(client), false);
      await patch(test, owner, { client_id: client.client_id, status: 'active' });
      t.equal(await read(token), 'api.read');
      t.equal(await works(client), true);
    },
  );

  await t.test('a token ends at its exp, though it was accepted until then', async (t) => {
    const { token } = await start();
    const forge = await openForge(test, token);
    const ask = async (brief: string) => {
      const { statusCode } = await test.request('GET', `${API}/verify/`, { token: brief });
      return [await read(brief), statusCode];
    };
    // Time is the database's, which nobody sets. A token that ended before it was asked about is made to live longer.
    for (const seconds of [2, 8, 32]) {
      const brief = forge.sign({ payload: { exp: Math.ceil(Date.now() / 1000) + seconds } });
      const [scope, status] = await ask(brief);
      if (scope === null || status !== 200) continue;
      // The end may fall between two questions of one round, which then contradict each other.
      const end = () => ask(brief).catch(() => undefined);
      await waitFor(async () => (isDeepStrictEqual(await end(), [null, 401]) ? true : undefined));
      t.equal(await read(token), 'api.read');
      return;
    }
    t.fail('accepted before its exp');
  });

  await t.test(
    'a token shrinks to the permissions its client still has, and is inactive when none is left',
    async (t) => {
      const { client, token } = await start(owner, everything);
      const { client_id } = client;
      t.equal(await read(token), 'api.read api.write flows.execute');
      await patch(test, owner, { client_id, permissions: ['flows.execute', 'api.read'] });
      t.equal(await read(token), 'api.read flows.execute');
      const narrow = await issueToken(test, client, 'api.read');
      await patch(test, owner, { client_id, permissions: ['api.write', 'flows.execute'] });
      t.equal(await read(token), 'api.write flows.execute', 'what is given back counts again');
      t.equal(await read(narrow), null);
      const asking = await test.request('GET', `${API}/verify/?permission=api.read`, { token });
      t.equal(asking.statusCode, 403);
      t.equal((await check(test, client.client_secret)).statusCode, 200, 'the secret has its permissions still');
    },
  );

  await t.test('a token never grows: not the narrow one, nor one for all that was held', async (t) => {
    const { client, token } = await start();
    await patch(test, owner, { client_id: client.client_id, ...everything });
    t.equal(await read(token), 'api.read');
    const narrow = await issueToken(test, client, 'api.write');
    t.equal(await read(narrow), 'api.write');
    t.equal(await read(await issueToken(test, client)), 'api.read api.write flows.execute');
  });

  await t.test('verify/ shows a token with the earlier of its own end and that of its client', async (t) => {
    for (const seconds of [60, 86_400]) {
      const end = new Date(Date.now() + seconds * 1000);
      const { client, token } = await start();
      await patch(test, owner, { client_id: client.client_id, expires_at: end.toISOString() });
      const { expires_at: shown } = (await test.request('GET', `${API}/verify/`, { token })).json<{
        expires_at: string;
      }>();
      const exp = (await introspect(elsewhere, witness, token)).exp ?? 0;
      t.equal(Math.floor(Date.parse(shown) / 1000), exp);
      t.equal(Date.parse(shown) === end.getTime(), seconds === 60);
    }
  });

  await t.test('every refusal of a token at verify/ is the same 401 as that of no credential', async (t) => {
    const { client, token } = await start();
    await test.request('DELETE', clientPath(owner, client.client_id), { token: owner.token });
    const [none, dead, wrong] = await Promise.all([
      test.request('GET', `${API}/verify/`, { headers: { 'x-request-id': 'one' } }),
      test.request('GET', `${API}/verify/`, { token, headers: { 'x-request-id': 'one' } }),
      test.request('GET', `${API}/verify/`, { token: owner.token, headers: { 'x-request-id': 'one' } }),
    ]);
    t.equal(none.statusCode, 401);
    for (const other of [dead, wrong]) {
      t.equal(other.body, none.body);
      t.same({ ...other.headers, date: '' }, { ...none.headers, date: '' });
    }
  });
});
