import t from 'tap';
import { build } from '../../support/build-app.ts';
import { API, createClient, registerUser } from '../../support/factories.ts';
import { basic } from '../../support/machines.ts';
import { findLeaks, isOAuthError, requestToken, sendAs, sendForm } from '../../support/oauth.ts';
import type { TokenAnswer } from '../../support/oauth.ts';
import { readToken } from '../../support/forged-tokens.ts';

const AUDIENCE = 'https://api.example/v1';
const FORM = 'application/x-www-form-urlencoded';

void t.test('POST token/', async (t) => {
  const test = await build(t, { env: { ACCESS_TOKEN_AUDIENCE: AUDIENCE, ACCESS_TOKEN_TTL_SECONDS: '600' } });
  const owner = await registerUser(test);
  const client = await createClient(test, owner, {
    environment: 'staging',
    permissions: ['api.read', 'api.write', 'flows.execute'],
  });
  const reader = await createClient(test, owner, { permissions: ['api.read'] });
  const authorization = basic(client.client_id, client.client_secret);
  const send = (form: [string, string][]) => sendAs(test, client, { route: 'token', form });
  const tokens: string[] = [];

  await t.test('RFC 6749 §4.4.3, §5.1: 200 with exactly the members of a token answer, not to be cached', async (t) => {
    const response = await requestToken(test, client);
    t.equal(response.statusCode, 200);
    t.match(response.headers['content-type'], /^application\/json\b/);
    t.equal(response.headers['cache-control'], 'no-store');
    t.equal(response.headers.pragma, 'no-cache');
    const answer = response.json<TokenAnswer>();
    tokens.push(answer.access_token);
    t.same(answer, {
      access_token: answer.access_token,
      token_type: 'Bearer',
      expires_in: 600,
      scope: 'api.read api.write flows.execute',
    });
    t.notOk(response.body.includes('refresh_token'), 'RFC 6749 §4.4.3: no refresh token');
  });

  await t.test('RFC 9068 §2: the token is a JWT of type at+jwt with all required claims', async (t) => {
    const before = Math.floor(Date.now() / 1000);
    const first = (await requestToken(test, client)).json<TokenAnswer>().access_token;
    const second = (await requestToken(test, client)).json<TokenAnswer>().access_token;
    tokens.push(first, second);
    const { header, payload } = readToken(first);
    const jwks: { keys: { kid: string }[] } = (await test.request('GET', '/.well-known/jwks.json')).json();
    t.same(header, { alg: 'RS256', typ: 'at+jwt', kid: jwks.keys[0]?.kid });
    const { iat, exp, jti, secret_id: secretId, ...rest } = payload as Record<string, unknown> & { iat: number };
    t.same(rest, {
      iss: test.config.publicUrl,
      sub: client.client_id,
      aud: AUDIENCE,
      client_id: client.client_id,
      scope: 'api.read api.write flows.execute',
      organization_id: owner.organizationId,
      environment: 'staging',
    });
    t.ok(iat >= before && iat <= Math.floor(Date.now() / 1000), 'iat is now');
    t.equal(exp, iat + 600);
    t.not(jti, readToken(second).payload.jti, 'RFC 9068 §2.2: jti is unique');
    const [row] = await test.query<{ id: string }>(
      'select secrets.id from secrets join api_clients on api_clients.id = api_client_id where client_id = $1',
      [client.client_id],
    );
    t.equal(secretId, row?.id);
  });

  await t.test('RFC 6749 §3.3: scope narrows, and the answer says to what', async (t) => {
    for (const [scope, expected] of [
      ['api.write', 'api.write'],
      ['flows.execute api.read', 'flows.execute api.read'],
      ['api.read api.read', 'api.read'],
    ]) {
      const answer = (await requestToken(test, client, { scope: scope ?? '' })).json<TokenAnswer>();
      t.equal(answer.scope, expected);
      t.equal(readToken(answer.access_token).payload.scope, expected);
    }
  });

  await t.test(
    'RFC 6749 §5.2: invalid_scope for any that is unknown, malformed or exceeds what the client holds',
    async (t) => {
      for (const scope of [
        'api.write',
        'api.read api.write',
        'nonsense',
        'API.READ',
        ' ',
        'api.read\tapi.read',
        '"',
        '\u0000',
      ]) {
        isOAuthError(t, await requestToken(test, reader, { scope }), { error: 'invalid_scope' });
      }
    },
  );

  await t.test('RFC 6749 §4.4.2, §5.2: grant_type is required and no other is supported', async (t) => {
    isOAuthError(t, await send([]), { error: 'invalid_request' });
    isOAuthError(t, await send([['grant_type', '']]), { error: 'invalid_request' });
    for (const grant of [
      'authorization_code',
      'password',
      'refresh_token',
      'CLIENT_CREDENTIALS',
      'client_credentials ',
    ]) {
      isOAuthError(t, await send([['grant_type', grant]]), { error: 'unsupported_grant_type' });
    }
  });

  await t.test('RFC 6749 §3.2: a parameter without a value counts as left out', async (t) => {
    const response = await send([
      ['grant_type', 'client_credentials'],
      ['scope', ''],
      ['resource', ''],
      ['client_id', ''],
      ['client_secret', ''],
    ]);
    t.equal(response.json<TokenAnswer>().scope, 'api.read api.write flows.execute');
  });

  await t.test('RFC 6749 §3.2: a parameter sent twice is an invalid_request', async (t) => {
    for (const name of ['grant_type', 'scope', 'client_id', 'client_secret']) {
      const values: Record<string, string> = {
        grant_type: 'client_credentials',
        scope: 'api.read',
        client_id: client.client_id,
        client_secret: client.client_secret,
      };
      const form: [string, string][] = [...Object.entries(values), [name, values[name] ?? '']];
      isOAuthError(t, await sendForm(test, 'token', { form }), { error: 'invalid_request' });
    }
  });

  await t.test('RFC 6749 §3.2: parameters nobody knows are ignored, in the body and in the URI', async (t) => {
    const form: [string, string][] = [
      ['grant_type', 'client_credentials'],
      ['unknown', 'x'],
      ['twice', '1'],
      ['twice', '2'],
      ['__proto__', 'x'],
      ['toString', 'x'],
    ];
    t.equal((await send(form)).statusCode, 200);
    const inUri = await test.request('POST', `${API}/token?scope=api.read&unknown=1`, {
      body: 'grant_type=client_credentials',
      headers: { authorization, 'content-type': FORM },
    });
    t.equal(inUri.json<TokenAnswer>().scope, 'api.read api.write flows.execute', 'the URI narrows nothing');
  });

  // Copying the list at each repetition kept the process busy for a minute.
  await t.test('a form that repeats a name as often as it can is answered', { timeout: 10_000 }, async (t) => {
    for (const name of ['a', 'scope', 'resource']) {
      const repeated = `${name}=1&`.repeat(Math.floor(16_000 / `${name}=1&`.length));
      const response = await sendForm(test, 'token', { form: `${repeated}grant_type=client_credentials` });
      t.equal(response.statusCode, name === 'a' ? 401 : 400, name);
    }
  });

  await t.test(
    'RFC 6749 §4.4.2: only a form is read; another body is an invalid_request, whatever is in it',
    async (t) => {
      const json = {
        grant_type: 'client_credentials',
        client_id: client.client_id,
        client_secret: client.client_secret,
      };
      const text = new URLSearchParams(json).toString();
      const bodies: [string, string][] = [
        ['application/json', JSON.stringify(json)],
        ['application/json', '{'],
        ['application/vnd.api+json', JSON.stringify(json)],
        ['text/plain', text],
        ['application/xml', '<a/>'],
        ['multipart/form-data; boundary=x', '--x--'],
        ['application/x-www-form-urlencodedx', text],
        [';;;', text],
      ];
      for (const [type, body] of bodies) {
        const response = await test.request('POST', `${API}/token/`, {
          body,
          headers: { authorization, 'content-type': type },
        });
        isOAuthError(t, response, { error: 'invalid_request' });
      }
      const untyped = await test.app.inject({
        method: 'POST',
        url: `${API}/token/`,
        headers: { authorization, 'content-length': String(text.length) },
        payload: Buffer.from(text),
      });
      isOAuthError(t, untyped, { error: 'invalid_request' });
      const nothing = await test.request('POST', `${API}/token/`, { headers: { authorization } });
      isOAuthError(t, nothing, { error: 'invalid_request' });
    },
  );

  await t.test('a form is a form however its media type is written', async (t) => {
    for (const type of [FORM, `${FORM};charset=UTF-8`, `${FORM} ; charset=utf-8`, FORM.toUpperCase()]) {
      const headers = { authorization, 'content-type': type };
      const response = await sendForm(test, 'token', { form: 'grant_type=client_credentials', headers });
      t.equal(response.statusCode, 200, type);
    }
  });

  await t.test('a body that is too large is refused in the words of OAuth', async (t) => {
    const form = { grant_type: 'client_credentials', filler: 'x'.repeat(300_000) };
    isOAuthError(t, await sendForm(test, 'token', { form }), { error: 'invalid_request', status: 413 });
    const scope = 'x'.repeat(17_000);
    isOAuthError(t, await requestToken(test, client, { scope }), { error: 'invalid_request', status: 413 });
  });

  await t.test('RFC 8707 §2: a resource that is the audience is taken, any other is an invalid_target', async (t) => {
    const ask = (...resources: string[]) =>
      send([['grant_type', 'client_credentials'], ...resources.map((value): [string, string] => ['resource', value])]);
    const taken = await ask(AUDIENCE);
    t.equal(
      readToken(taken.json<TokenAnswer>().access_token).payload.aud,
      AUDIENCE,
      'RFC 9068 §3: aud is the resource',
    );
    t.equal((await ask(AUDIENCE, AUDIENCE)).statusCode, 200);
    for (const resource of [
      'https://elsewhere.example',
      `${AUDIENCE}/`,
      `${AUDIENCE}#x`,
      AUDIENCE.toUpperCase(),
      'api',
    ]) {
      isOAuthError(t, await ask(resource), { error: 'invalid_target' });
      isOAuthError(t, await ask(AUDIENCE, resource), { error: 'invalid_target' });
    }
  });

  await t.test('RFC 8707 §2: a resource picks one of several audiences, the first is the default', async (t) => {
    const audiences = ['https://one.example/', 'https://two.example', 'urn:three'];
    const several = await build(t, { beside: test, env: { ACCESS_TOKEN_AUDIENCE: audiences.join(' , ') } });
    const audienceOf = async (form: Record<string, string>) => {
      const response = await requestToken(several, client, form);
      const token = response.json<TokenAnswer>().access_token;
      t.equal((await several.request('GET', `${API}/verify/`, { token })).statusCode, 200, 'accepted for each');
      return readToken(token).payload.aud;
    };
    t.equal(await audienceOf({}), 'https://one.example/');
    t.equal(await audienceOf({ resource: '' }), 'https://one.example/');
    for (const resource of ['https://one.example/', 'https://one.example']) {
      t.equal(await audienceOf({ resource }), 'https://one.example/', resource);
    }
    for (const resource of ['https://two.example/', 'https://two.example']) {
      t.equal(await audienceOf({ resource }), 'https://two.example', resource);
    }
    t.equal(await audienceOf({ resource: 'urn:three' }), 'urn:three');
    const foreign = ['urn:three/', 'https://one.example//', 'https://two.example/x', 'https://two.example/?', AUDIENCE];
    for (const resource of foreign) {
      isOAuthError(t, await requestToken(several, client, { resource }), { error: 'invalid_target' });
    }
    const form: [string, string][] = [['resource', 'urn:three'], ['resource', 'https://two.example']]; // prettier-ignore
    const both = await sendAs(several, client, {
      route: 'token',
      form: [['grant_type', 'client_credentials'], ...form],
    });
    isOAuthError(t, both, { error: 'invalid_target' });
    const elsewhere = await requestToken(several, client);
    const { access_token: token } = elsewhere.json<TokenAnswer>();
    t.equal((await test.request('GET', `${API}/verify/`, { token })).statusCode, 401, 'and nowhere else');
  });

  await t.test('RFC 6749 §3.2: 405 for every method but POST', async (t) => {
    for (const method of ['GET', 'PUT', 'DELETE'] as const) {
      const response = await test.request(method, `${API}/token/`);
      t.equal(response.statusCode, 405);
      t.equal(response.headers.allow, 'POST');
    }
  });

  await t.test('a description of what is wrong repeats no value that was sent', async (t) => {
    const value = 'Zaphod-Beeblebrox';
    const answers = [
      await requestToken(test, client, { scope: value }),
      await requestToken(test, client, { grant_type: value }),
      await requestToken(test, client, { resource: value }),
      await send([
        ['client_secret', value],
        ['client_secret', value],
      ]),
    ];
    for (const { statusCode, body } of answers) {
      t.equal(statusCode, 400);
      t.notOk(body.includes(value));
    }
    t.same(findLeaks(test, [value]), []);
  });

  await t.test('no secret and no token is in the log', async (t) => {
    t.equal(tokens.length, 3);
    t.same(findLeaks(test, [client.client_secret, ...tokens]), []);
  });
});
