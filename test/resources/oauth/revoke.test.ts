import { randomUUID } from 'node:crypto';
import t from 'tap';
import { build } from '../../support/build-app.ts';
import { API, createClient, registerUser } from '../../support/factories.ts';
import { openForge, readToken } from '../../support/forged-tokens.ts';
import { basic, check, forgeSecret, regenerate } from '../../support/machines.ts';
import { findLeaks, isOAuthError, issueToken, scopeOf, sendAs, visibleOf } from '../../support/oauth.ts';
import type { Machine, Parameters } from '../../support/oauth.ts';

void t.test('POST revoke/', async (t) => {
  const test = await build(t);
  const [owner, stranger] = [await registerUser(test), await registerUser(test)];
  const client = await createClient(test, owner);
  const colleague = await createClient(test, owner, { name: 'Colleague' });
  const foreign = await createClient(test, stranger);
  const revoke = (form: Parameters, machine: Machine = client) => sendAs(test, machine, { route: 'revoke', form });

  await t.test('RFC 7009 §2.1, §2.2: a token of the caller is refused from the answer on, and no other', async (t) => {
    const [token, other] = [await issueToken(test, client), await issueToken(test, client)];
    t.equal(await scopeOf(test, colleague, token), 'api.read');
    const response = await revoke({ token });
    t.equal(response.statusCode, 200);
    t.equal(response.headers['cache-control'], 'no-store');
    t.equal(await scopeOf(test, colleague, token), null);
    t.equal(await scopeOf(test, colleague, other), 'api.read');
    t.same(visibleOf(await revoke({ token })), visibleOf(response), 'once more is the same');
  });

  await t.test('RFC 7009 §2: two revocations of one token at the same time both succeed', async (t) => {
    const token = await issueToken(test, client);
    const answers = await Promise.all(Array.from({ length: 5 }, () => revoke({ token })));
    t.same([...new Set(answers.map(({ statusCode }) => statusCode))], [200]);
    t.equal(await scopeOf(test, colleague, token), null);
  });

  await t.test('RFC 7009 §2.1: token_type_hint is no help and no hindrance', async (t) => {
    for (const hint of ['access_token', 'refresh_token', 'nonsense']) {
      const token = await issueToken(test, client);
      t.equal((await revoke({ token, token_type_hint: hint })).statusCode, 200);
      t.equal(await scopeOf(test, colleague, token), null, hint);
    }
  });

  await t.test('a token can be revoked with another secret of its client than it was issued for', async (t) => {
    const rotating = await createClient(test, owner);
    const token = await issueToken(test, rotating);
    const fresh = await regenerate(test, owner, { clientId: rotating.client_id, overlapSeconds: 600 });
    t.equal(await scopeOf(test, colleague, token), 'api.read');
    await revoke({ token }, { client_id: rotating.client_id, client_secret: fresh.client_secret });
    t.equal(await scopeOf(test, colleague, token), null);
  });

  await t.test('RFC 7009 §2.2: an invalid token is answered as a revoked one', async (t) => {
    const token = await issueToken(test, client);
    const forge = await openForge(test, token);
    const reference = visibleOf(await revoke({ token: await issueToken(test, client) }));
    t.same([reference.status, reference.body], [200, '{}']);
    const ended = { exp: Math.floor(Date.now() / 1000) - 1, jti: randomUUID() };
    const invalid: Record<string, string> = {
      nonsense: 'nonsense',
      'text with dots': 'a.b.c',
      'an expired token': forge.sign({ payload: ended }),
      'an expired token of another client': forge.sign({
        payload: { client_id: foreign.client_id, exp: ended.exp },
      }),
      'a token with a broken signature': `${token.slice(0, -6)}AAAAAA`,
      'an admin token': owner.token,
      'a refresh token': owner.refreshToken,
      'a mistyped secret': client.client_secret.slice(0, -1),
    };
    for (const [name, text] of Object.entries(invalid))
      t.same(visibleOf(await revoke({ token: text })), reference, name);
    t.equal(await scopeOf(test, colleague, token), 'api.read', 'the token that was edited works on');
    const admin = await test.request('GET', `${API}/organizations/me/`, { token: owner.token });
    t.equal(admin.statusCode, 200, 'the admin token works on');
  });

  await t.test('RFC 7009 §2.1: a token issued to another client is refused and stays good', async (t) => {
    for (const other of [colleague, foreign]) {
      const token = await issueToken(test, other);
      isOAuthError(t, await revoke({ token }), { error: 'invalid_grant' });
      t.equal(await scopeOf(test, other, token), 'api.read');
    }
  });

  await t.test('RFC 7009 §2.2.1: unsupported_token_type for a secret, which stays good', async (t) => {
    for (const secret of [client.client_secret, colleague.client_secret, foreign.client_secret]) {
      isOAuthError(t, await revoke({ token: secret }), { error: 'unsupported_token_type' });
      t.equal((await check(test, secret)).statusCode, 200);
    }
    const unknown = forgeSecret(client.client_secret, { keepId: false });
    isOAuthError(t, await revoke({ token: unknown }), { error: 'unsupported_token_type' });
  });

  await t.test('RFC 7009 §2.1, RFC 6749 §5.2: invalid_request without a token, with two, and for JSON', async (t) => {
    const token = await issueToken(test, client);
    for (const form of [
      [],
      [['token', '']],
      [
        ['token', token],
        ['token', token],
      ],
    ] as [string, string][][]) {
      // prettier-ignore
      isOAuthError(t, await revoke(form), { error: 'invalid_request' });
    }
    const json = await test.request('POST', `${API}/revoke/`, {
      body: { token },
      headers: { authorization: basic(client.client_id, client.client_secret) },
    });
    isOAuthError(t, json, { error: 'invalid_request' });
    t.equal(await scopeOf(test, colleague, token), 'api.read');
    t.equal((await test.request('GET', `${API}/revoke/`)).statusCode, 405);
  });

  await t.test('a revocation is kept until the token would have expired', async (t) => {
    const token = await issueToken(test, client);
    const { jti, exp } = readToken(token).payload;
    await revoke({ token });
    const [row] = await test.query<{ expires_at: Date }>(
      'select expires_at from revoked_access_tokens where jti = $1',
      [jti],
    );
    t.equal(row?.expires_at.getTime(), Number(exp) * 1000);
  });

  await t.test('a revocation that could not be written is not answered with success', async (t) => {
    const token = await issueToken(test, client);
    await test.query('alter table revoked_access_tokens rename to hidden');
    isOAuthError(t, await revoke({ token }), { error: 'server_error', status: 500 });
    await test.query('alter table hidden rename to revoked_access_tokens');
    t.equal((await revoke({ token })).statusCode, 200);
    t.equal(await scopeOf(test, colleague, token), null);
    t.same(findLeaks(test, [token, client.client_secret]), [], 'and nothing of it is in the log');
  });
});
