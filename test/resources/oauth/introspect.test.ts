import t from 'tap';
import { build } from '../../support/build-app.ts';
import { API, createClient, registerUser } from '../../support/factories.ts';
import { openForge, readToken } from '../../support/forged-tokens.ts';
import { basic, clientPath, forgeSecret } from '../../support/machines.ts';
import { findLeaks, introspect, isOAuthError, issueToken, sendAs, visibleOf } from '../../support/oauth.ts';

const INACTIVE = '{"active":false}';

void t.test('POST introspect/', async (t) => {
  const test = await build(t);
  const [owner, stranger] = [await registerUser(test), await registerUser(test)];
  const caller = await createClient(test, owner, { name: 'Caller' });
  const client = await createClient(test, owner, { environment: 'staging', permissions: ['api.read', 'api.write'] });
  const foreign = await createClient(test, stranger);
  const token = await issueToken(test, client);
  const authorization = basic(caller.client_id, caller.client_secret);
  const ask = (form: [string, string][]) => sendAs(test, caller, { route: 'introspect', form });
  const askJson = (body: unknown, headers: Record<string, string> = { authorization }) =>
    test.request('POST', `${API}/introspect/`, { body, headers: { 'content-type': 'application/json', ...headers } });

  await t.test('RFC 7662 §2.2: all about an active access token, not to be cached', async (t) => {
    const response = await ask([['token', token]]);
    t.equal(response.statusCode, 200);
    t.match(response.headers['content-type'], /^application\/json\b/);
    t.equal(response.headers['cache-control'], 'no-store');
    const { payload } = readToken(token);
    t.same(response.json(), {
      active: true,
      token_type: 'Bearer',
      scope: 'api.read api.write',
      client_id: client.client_id,
      sub: client.client_id,
      iss: test.config.publicUrl,
      aud: test.config.publicUrl,
      iat: payload.iat,
      exp: payload.exp,
      jti: payload.jti,
      organization_id: owner.organizationId,
      environment: 'staging',
      secret_id: payload.secret_id,
    });
  });

  await t.test('RFC 7662 §2.2: all about a secret that is good, without an end where it has none', async (t) => {
    const response = await ask([['token', client.client_secret], ['token_type_hint', 'client_secret']]); // prettier-ignore
    t.equal(response.statusCode, 200);
    t.same(response.json(), {
      active: true,
      token_type: 'client_secret',
      scope: 'api.read api.write',
      client_id: client.client_id,
      sub: client.client_id,
      iss: test.config.publicUrl,
      aud: test.config.publicUrl,
      organization_id: owner.organizationId,
      environment: 'staging',
      secret_id: readToken(token).payload.secret_id,
    });
  });

  await t.test(
    'RFC 7662 §2.2: exp is when the credential ends, by its client or by itself, whichever is first',
    async (t) => {
      const soon = new Date(Date.now() + 60_000);
      const late = new Date(Date.now() + 86_400_000);
      for (const end of [soon, late]) {
        const ending = await createClient(test, owner, { expires_at: end.toISOString() });
        const ownToken = await issueToken(test, ending);
        const endSeconds = Math.floor(end.getTime() / 1000);
        t.equal(
          (await introspect(test, caller, { secret: ending.client_secret, hint: 'client_secret' })).exp,
          endSeconds,
        );
        const { exp } = readToken(ownToken).payload;
        t.equal((await introspect(test, caller, ownToken)).exp, end === soon ? endSeconds : exp);
      }
    },
  );

  await t.test('RFC 7662 §2.1: a form or JSON, the client authenticated by Basic or in the body', async (t) => {
    const reference = visibleOf(await ask([['token', token]]));
    const { client_id: id, client_secret: secret } = caller;
    t.same(visibleOf(await askJson({ token })), reference);
    t.same(visibleOf(await askJson({ token, client_id: id, client_secret: secret }, {})), reference);
    t.same(visibleOf(await askJson({ token, unknown: [1] })), reference, 'RFC 6749 §3.2: what is unknown is ignored');
    isOAuthError(t, await askJson({ token }, {}), { error: 'invalid_client', status: 401 });
    isOAuthError(t, await askJson({ token, client_id: id, client_secret: secret }), { error: 'invalid_request' });
  });

  await t.test('RFC 7662 §2.1: token_type_hint helps nobody and hurts nobody', async (t) => {
    const reference = visibleOf(await ask([['token', token]]));
    for (const hint of ['access_token', 'refresh_token', 'client_secret', 'nonsense']) {
      t.same(visibleOf(await ask([['token', token], ['token_type_hint', hint]])), reference, hint); // prettier-ignore
    }
  });

  await t.test('a secret is told of only where it is asked about as one', async (t) => {
    for (const hint of [undefined, 'access_token', 'CLIENT_SECRET', 'secret', '']) {
      t.same(await introspect(test, caller, { secret: client.client_secret, hint }), { active: false }, String(hint));
    }
    t.equal((await introspect(test, caller, { secret: client.client_secret, hint: 'client_secret' })).active, true);
    t.match((await askJson({ token: client.client_secret, token_type_hint: 'client_secret' })).json(), {
      active: true,
    });
  });

  await t.test('RFC 7662 §2.3, RFC 6749 §5.2: invalid_request for a request that cannot be read', async (t) => {
    const forms: [string, string][][] = [[], [['token', '']], [['token', token], ['token', token]]]; // prettier-ignore
    for (const form of forms) isOAuthError(t, await ask(form), { error: 'invalid_request' });
    for (const body of ['{', '[]', '"x"', 'null', '{"token":1}', '{"token":["x"]}', '{"token":""}', '{}']) {
      isOAuthError(t, await askJson(body), { error: 'invalid_request' });
    }
    for (const type of ['text/plain', 'application/xml', ';;;']) {
      isOAuthError(t, await askJson(`token=${token}`, { authorization, 'content-type': type }), {
        error: 'invalid_request',
      });
    }
    t.equal((await test.request('GET', `${API}/introspect/`, { headers: { authorization } })).statusCode, 405);
  });

  await t.test(
    'RFC 7662 §2.2: {"active": false} and no more for all that is not good, whatever the cause',
    async (t) => {
      const paused = await createClient(test, owner);
      const pausedToken = await issueToken(test, paused);
      await test.request('PATCH', clientPath(owner, paused.client_id), {
        token: owner.token,
        body: { status: 'paused' },
      });
      const forge = await openForge(test, token);
      const expired = forge.sign({ payload: { exp: Math.floor(Date.now() / 1000) - 1 } });
      const reference = visibleOf(await ask([['token', 'nonsense']]));
      t.same([reference.status, reference.body], [200, INACTIVE]);
      const dead: Record<string, string> = {
        'text with dots': 'a.b.c',
        'a dot': '.',
        'control characters': '\u0000.\u0001',
        'a token cut short': token.slice(0, -1),
        'an expired token': expired,
        'an admin token': owner.token,
        'a refresh token': owner.refreshToken,
        'a token of a paused client': pausedToken,
        'the secret of a paused client': paused.client_secret,
        'a wrong secret': forgeSecret(client.client_secret, { keepId: true }),
        'an unknown secret': forgeSecret(client.client_secret, { keepId: false }),
        'a client_id': client.client_id,
        'a token of another organization': await issueToken(test, foreign),
        'a secret of another organization': foreign.client_secret,
      };
      for (const [name, text] of Object.entries(dead)) {
        t.same(visibleOf(await ask([['token', text]])), reference, name);
        const asSecret: [string, string][] = [['token', text], ['token_type_hint', 'client_secret']]; // prettier-ignore
        t.same(visibleOf(await ask(asSecret)), reference, `${name}, as a secret`);
      }
    },
  );

  await t.test('a client can ask about its own token and its own secret', async (t) => {
    t.equal((await introspect(test, client, token)).client_id, client.client_id);
    t.equal(
      (await introspect(test, client, { secret: client.client_secret, hint: 'client_secret' })).client_id,
      client.client_id,
    );
  });

  await t.test(
    'a client named in LATCHKEY_RESOURCE_SERVERS sees every organization, any other only its own',
    async (t) => {
      const server = await createClient(test, stranger, { name: 'Platform' });
      const platform = await build(t, {
        beside: test,
        env: { LATCHKEY_RESOURCE_SERVERS: `${'A'.repeat(22)},${server.client_id}` },
      });
      for (const text of [token, client.client_secret]) {
        const hint = 'client_secret';
        t.equal((await introspect(platform, server, { secret: text, hint })).client_id, client.client_id);
        t.same(
          await introspect(platform, foreign, { secret: text, hint }),
          { active: false },
          'of its organization, but not named',
        );
        t.same(await introspect(test, server, { secret: text, hint }), { active: false }, 'where it is not named');
      }
      t.same(await introspect(platform, server, client.client_secret), { active: false }, 'no secret without the hint');
      t.same(await introspect(platform, server, owner.token), { active: false }, 'no admin token');
      t.same(await introspect(platform, server, 'a.b.c'), { active: false });
    },
  );

  await t.test(
    'a client named in LATCHKEY_ADMIN_RESOURCE_SERVERS sees admin tokens too, while they live',
    async (t) => {
      const server = await createClient(test, stranger, { name: 'Admin platform' });
      const env = { LATCHKEY_ADMIN_RESOURCE_SERVERS: server.client_id };
      const platform = await build(t, { beside: test, env });
      const user = await registerUser(test);
      const { payload, header } = readToken(user.token);
      t.same(await introspect(platform, server, user.token), {
        active: true,
        sub: user.userId,
        exp: payload.exp,
        email: user.email,
        organizations: [{ uuid: user.organizationId, name: user.organizationName, role: 'owner' }],
      });
      t.equal(header.typ, 'JWT');
      t.same(await introspect(platform, foreign, user.token), { active: false }, 'of its organization, but not named');
      t.same(await introspect(test, server, user.token), { active: false }, 'where it is not named');
      t.same(await introspect(platform, server, token), { active: false }, 'no access token of another organization');
      const own = await issueToken(test, foreign);
      t.equal((await introspect(platform, server, own)).client_id, foreign.client_id, 'those of its own as before');
      for (const text of [`${user.token}x`, user.token.slice(0, -1), user.refreshToken, 'a.b.c', '.', '..']) {
        t.same(await introspect(platform, server, text), { active: false }, 'nothing that is none');
      }
      await test.request('POST', `${API}/programmatic/logout/`, { body: { refresh_token: user.refreshToken } });
      t.same(await introspect(platform, server, user.token), { active: false }, 'after the logout');
    },
  );

  await t.test('a secret or token that was asked about is not in the log', async (t) => {
    t.same(findLeaks(test, [token, client.client_secret, caller.client_secret, foreign.client_secret]), []);
  });
});

void t.test('a token with all the permissions that a catalogue can hold can be used', async (t) => {
  const names = Array.from({ length: 100 }, (_, index) => String(index).padStart(64, 'permission.'));
  const catalogue = JSON.stringify(names.map((name) => ({ name, description: name })));
  const test = await build(t, { env: { LATCHKEY_PERMISSIONS: catalogue } });
  const client = await createClient(test, await registerUser(test), { permissions: names });
  const token = await issueToken(test, client);
  t.equal((await introspect(test, client, token)).scope, names.join(' '));
  t.equal((await test.request('GET', `${API}/verify/`, { token })).statusCode, 200);
  t.equal((await sendAs(test, client, { route: 'revoke', form: { token } })).statusCode, 200);
  t.same(await introspect(test, client, token), { active: false });
});
