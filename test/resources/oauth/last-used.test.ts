import { randomUUID } from 'node:crypto';
import t from 'tap';
import { build } from '../../support/build-app.ts';
import { API, createClient, registerUser } from '../../support/factories.ts';
import { openForge } from '../../support/forged-tokens.ts';
import { basic, clientPath } from '../../support/machines.ts';
import { issueToken, requestToken, sendAs, sendForm } from '../../support/oauth.ts';

void t.test('last_used_at', async (t) => {
  const test = await build(t);
  const [owner, stranger] = [await registerUser(test), await registerUser(test)];
  const make = (user = owner) => createClient(test, user, { permissions: ['api.read', 'api.write'] });
  const caller = await make();
  const forge = await openForge(test, await issueToken(test, caller));

  /** A token of a client that was never used: one from `token/` would be a use. */
  async function forgeToken({ client_id }: { client_id: string }): Promise<string> {
    const [row] = await test.query<{ id: string }>(
      'select secrets.id from secrets join api_clients on api_clients.id = api_client_id where client_id = $1',
      [client_id],
    );
    return forge.sign({ payload: { client_id, sub: client_id, secret_id: row?.id, jti: randomUUID() } });
  }

  type Machine = Awaited<ReturnType<typeof make>>;
  /** Each does one thing that is refused, and says with what status. */
  const refused: Record<string, [number, (client: Machine) => Promise<{ statusCode: number }>]> = {
    'a scope that exceeds': [400, (client) => requestToken(test, client, { scope: 'flows.execute' })],
    'another resource': [400, (client) => requestToken(test, client, { resource: 'https://elsewhere.example' })],
    'another grant': [400, (client) => requestToken(test, client, { grant_type: 'password' })],
    'no grant': [400, (client) => sendAs(test, client, { route: 'token', form: {} })],
    'two methods of authentication': [
      400,
      (client) =>
        sendForm(test, 'token', {
          form: { grant_type: 'client_credentials', client_secret: client.client_secret },
          headers: { authorization: basic(client.client_id, client.client_secret) },
        }),
    ],
    'a wrong client_id': [401, (client) => requestToken(test, { ...client, client_id: caller.client_id })],
    'introspection of nothing': [400, (client) => sendAs(test, client, { route: 'introspect', form: {} })],
    'revocation of nothing': [400, (client) => sendAs(test, client, { route: 'revoke', form: {} })],
    'revocation of a secret': [
      400,
      (client) =>
        sendAs(test, client, {
          route: 'revoke',
          form: { token: client.client_secret, token_type_hint: 'client_secret' },
        }),
    ],
    'revocation of a foreign token': [
      400,
      async (client) => sendAs(test, client, { route: 'revoke', form: { token: await forgeToken(caller) } }),
    ],
  };
  /** Each is accepted. */
  const accepted: Record<string, (client: Machine) => Promise<{ statusCode: number }>> = {
    'a token': (client) => requestToken(test, client),
    'introspection of another': (client) => sendAs(test, client, { route: 'introspect', form: { token: 'a.b.c' } }),
    'revocation of an own token': async (client) =>
      sendAs(test, client, { route: 'revoke', form: { token: await forgeToken(client) } }),
    'being introspected by secret': (client) =>
      sendAs(test, caller, {
        route: 'introspect',
        form: { token: client.client_secret, token_type_hint: 'client_secret' },
      }),
    'being introspected by token': async (client) =>
      sendAs(test, caller, { route: 'introspect', form: { token: await forgeToken(client) } }),
  };
  /** Each is asked about, and inactive for the one who asks. */
  const inactive: Record<string, (client: Machine) => Promise<string>> = {
    'its secret while it is paused': async (client) => {
      await test.request('PATCH', clientPath(owner, client.client_id), {
        token: owner.token,
        body: { status: 'paused' },
      });
      return client.client_secret;
    },
    'its token while none of its permissions is left': async (client) => {
      await test.request('PATCH', clientPath(owner, client.client_id), {
        token: owner.token,
        body: { permissions: ['flows.execute'] },
      });
      return forgeToken(client);
    },
  };
  const untouched = new Map<string, string>();
  const touched = new Map<string, string>();

  for (const [name, [status, act]] of Object.entries(refused)) {
    const client = await make();
    untouched.set(client.client_id, name);
    await t.test(`${status}: ${name}`, async (t) => {
      t.equal((await act(client)).statusCode, status);
    });
  }
  for (const [name, act] of Object.entries(accepted)) {
    const client = await make();
    touched.set(client.client_id, name);
    await t.test(`200: ${name}`, async (t) => {
      t.equal((await act(client)).statusCode, 200);
    });
  }
  for (const [name, act] of Object.entries(inactive)) {
    const client = await make();
    untouched.set(client.client_id, name);
    await t.test(`inactive: ${name}`, async (t) => {
      const response = await sendAs(test, caller, {
        route: 'introspect',
        form: { token: await act(client), token_type_hint: 'client_secret' },
      });
      t.equal(response.body, '{"active":false}');
    });
  }
  await t.test('inactive: its secret, of another organization', async (t) => {
    const client = await make(stranger);
    untouched.set(client.client_id, 'its secret, of another organization');
    const response = await sendAs(test, caller, {
      route: 'introspect',
      form: { token: client.client_secret, token_type_hint: 'client_secret' },
    });
    t.equal(response.body, '{"active":false}');
  });
  await t.test('401: a token of a dead client at verify/', async (t) => {
    const client = await make();
    untouched.set(client.client_id, 'an expired token');
    const { client_id } = client;
    const expired = forge.sign({ payload: { client_id, exp: Math.floor(Date.now() / 1000) - 1 } });
    t.equal((await test.request('GET', `${API}/verify/`, { token: expired })).statusCode, 401);
  });

  await t.test('is moved by what was accepted and by nothing that was refused', async (t) => {
    // A clean stop writes everything that was noted.
    await test.app.close();
    const rows = await test.query<{ client_id: string; used: boolean; secret_used: boolean }>(
      `select client_id, api_clients.last_used_at is not null as used, secrets.last_used_at is not null as secret_used
       from api_clients join secrets on api_client_id = api_clients.id`,
    );
    const seen = new Map(rows.map((row) => [row.client_id, row]));
    t.equal(untouched.size, 14);
    for (const [clientId, name] of untouched) t.match(seen.get(clientId), { used: false, secret_used: false }, name);
    for (const [clientId, name] of touched) t.match(seen.get(clientId), { used: true, secret_used: true }, name);
  });
});
