import t from 'tap';
import { build } from '../../support/build-app.ts';
import { API, createClient, registerUser } from '../../support/factories.ts';
import { basic, clientPath, forgeSecret, regenerate } from '../../support/machines.ts';
import { findLeaks, isOAuthError, issueToken, sendForm, visibleOf } from '../../support/oauth.ts';
import type { OAuthRoute, Parameters } from '../../support/oauth.ts';

/** What makes a request to each route complete but for the client. */
const complete: Record<OAuthRoute, Record<string, string>> = {
  token: { grant_type: 'client_credentials' },
  introspect: { token: 'eyJhbGciOiJub25lIn0.e30.' },
  revoke: { token: 'eyJhbGciOiJub25lIn0.e30.' },
};
const routes = Object.keys(complete) as OAuthRoute[];

const encode64 = (text: string) => Buffer.from(text).toString('base64');
/** Every character as its percent-encoded byte: form-encoding may encode more than it must. */
const percent = (text: string) =>
  [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');

void t.test('client authentication at the OAuth routes', async (t) => {
  const test = await build(t);
  const owner = await registerUser(test);
  const client = await createClient(test, owner);
  const other = await createClient(test, owner, { name: 'Other' });
  const { client_id: id, client_secret: secret } = client;

  for (const route of routes) {
    const send = (form: Parameters, authorization?: string) =>
      sendForm(test, route, { form, headers: authorization === undefined ? {} : { authorization } });

    await t.test(
      `${route}/: RFC 6749 §2.3.1: the client authenticates with Basic, both parts form-decoded`,
      async (t) => {
        const accepted = [
          basic(id, secret),
          `basic ${encode64(`${id}:${secret}`)}`,
          `BASIC   ${encode64(`${id}:${secret}`)}`,
          basic(percent(id), percent(secret)),
          basic(id, secret.replaceAll('_', '%5F')),
          basic(id, secret.replaceAll('_', '%5f')),
        ];
        for (const authorization of accepted) {
          t.equal((await send(complete[route], authorization)).statusCode, 200, authorization.slice(0, 8));
        }
        isOAuthError(t, await send(complete[route], basic(percent(percent(id)), secret)), {
          error: 'invalid_client',
          status: 401,
        });
        isOAuthError(t, await send(complete[route], basic(id, secret.replaceAll('_', '+'))), {
          error: 'invalid_client',
          status: 401,
        });
      },
    );

    await t.test(`${route}/: RFC 6749 §2.3.1: the client authenticates in the form`, async (t) => {
      const response = await send({ ...complete[route], client_id: id, client_secret: secret });
      t.equal(response.statusCode, 200);
    });

    await t.test(`${route}/: RFC 6749 §2.3: never with both methods, even where both are right`, async (t) => {
      const both = await send({ ...complete[route], client_id: id, client_secret: secret }, basic(id, secret));
      isOAuthError(t, both, { error: 'invalid_request' });
      const bearer = await send({ ...complete[route], client_id: id, client_secret: secret }, 'Bearer abc');
      isOAuthError(t, bearer, { error: 'invalid_request' });
      const foreignId = await send({ ...complete[route], client_id: other.client_id }, basic(id, secret));
      isOAuthError(t, foreignId, { error: 'invalid_request' });
      const sameId = await send({ ...complete[route], client_id: id }, basic(id, secret));
      t.equal(sameId.statusCode, 200, 'client_id alone, naming the same client, is no second method');
    });

    await t.test(`${route}/: RFC 6749 §2.3.1: credentials in the request URI count for nothing`, async (t) => {
      const response = await test.request('POST', `${API}/${route}/?client_id=${id}&client_secret=${secret}`, {
        body: new URLSearchParams(complete[route]).toString(),
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      });
      isOAuthError(t, response, { error: 'invalid_client', status: 401 });
    });

    await t.test(`${route}/: RFC 6749 §5.2: every refusal of a client is the same 401, to the byte`, async (t) => {
      const make = async (input: object = {}) => createClient(test, owner, input);
      const [paused, deleted, expired, regenerated] = [await make(), await make(), await make(), await make()];
      await test.request('PATCH', clientPath(owner, paused.client_id), {
        token: owner.token,
        body: { status: 'paused' },
      });
      await test.request('DELETE', clientPath(owner, deleted.client_id), { token: owner.token });
      await test.query(`update api_clients set expires_at = now() - interval '1 second' where client_id = $1`, [
        expired.client_id,
      ]);
      await regenerate(test, owner, { clientId: regenerated.client_id });
      const pairs: Record<string, [string, string]> = {
        'unknown client, unknown secret': ['A'.repeat(22), forgeSecret(secret, { keepId: false })],
        'unknown client, right secret': ['A'.repeat(22), secret],
        'unknown secret': [id, forgeSecret(secret, { keepId: false })],
        'wrong secret of a known id': [id, forgeSecret(secret, { keepId: true })],
        'secret of another client': [id, other.client_secret],
        'malformed secret': [id, 'secret'],
        'empty secret': [id, ''],
        'empty client_id': ['', secret],
        'case of the client_id changed': [id.toLowerCase() === id ? id.toUpperCase() : id.toLowerCase(), secret],
        paused: [paused.client_id, paused.client_secret],
        deleted: [deleted.client_id, deleted.client_secret],
        expired: [expired.client_id, expired.client_secret],
        regenerated: [regenerated.client_id, regenerated.client_secret],
      };
      const reference = await send(complete[route]);
      isOAuthError(t, reference, { error: 'invalid_client', status: 401 });
      t.equal(reference.headers['www-authenticate'], 'Basic realm="latchkey"');
      for (const [name, [clientId, clientSecret]] of Object.entries(pairs)) {
        const refusals = [
          await send(complete[route], basic(clientId, clientSecret)),
          await send({ ...complete[route], client_id: clientId, client_secret: clientSecret }),
        ];
        for (const refusal of refusals) t.same(visibleOf(refusal), visibleOf(reference), name);
      }
      const headers: Record<string, string> = {
        'no colon': `Basic ${encode64(id + secret)}`,
        'no base64': 'Basic §§§',
        'nothing after Basic': 'Basic',
        'a % without digits in the id': basic('%zz', secret),
        'a % without digits in the secret': basic(id, `${secret}%`),
        'bytes that are no UTF-8': basic(id, '%ff%fe'),
        'another scheme': `Digest ${encode64(`${id}:${secret}`)}`,
        'a secret as Bearer': `Bearer ${secret}`,
        'an access token as Bearer': `Bearer ${await issueToken(test, client)}`,
        'an empty header': '',
      };
      for (const [name, authorization] of Object.entries(headers)) {
        t.same(visibleOf(await send(complete[route], authorization)), visibleOf(reference), name);
      }
      t.same(visibleOf(await send({ ...complete[route], client_id: id })), visibleOf(reference), 'client_id alone');
      t.same(
        visibleOf(await send({ ...complete[route], client_secret: secret })),
        visibleOf(reference),
        'secret alone',
      );
    });
  }

  await t.test('the log says why a client was refused', async (t) => {
    const reasons = test.logs.map((line) => (JSON.parse(line) as { reason?: string }).reason);
    const expected = [
      'no client credentials',
      'no Basic credentials',
      'malformed secret',
      'unknown secret',
      'wrong secret',
      'the secret belongs to another client',
      'client paused',
      'expired',
    ];
    for (const reason of expected) t.ok(reasons.includes(reason), reason);
  });

  await t.test('no secret is in the log, accepted or refused', async (t) => {
    t.same(findLeaks(test, [secret, other.client_secret, encode64(`${id}:${secret}`)]), []);
  });
});
