import { createRemoteJWKSet, jwtVerify } from 'jose';
import * as oauth from 'oauth4webapi';
import * as openid from 'openid-client';
import t from 'tap';
import { build } from '../../support/build-app.ts';
import type { TestApp } from '../../support/build-app.ts';
import { createClient, registerUser } from '../../support/factories.ts';
import type { TestClient } from '../../support/factories.ts';
import { findFreePort } from '../../support/free-port.ts';
import { signingAlgorithms } from '../../../src/rules/signing-algorithms.ts';

// The only leave that the libraries are given: the address is of this machine, so there is no TLS.
/* eslint-disable @typescript-eslint/no-deprecated -- marked as deprecated so that it stands out, as here it may */
const loopback = { [oauth.allowInsecureRequests]: true };
const discovery = { algorithm: 'oauth2' as const, execute: [openid.allowInsecureRequests] };
/* eslint-enable @typescript-eslint/no-deprecated */

/** What a promise rejects with. */
async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => {
      throw new Error('nothing was refused');
    },
    (err: unknown) => err,
  );
}

/** The service at a real address, and a client of it. */
interface Setting {
  test: TestApp;
  issuer: string;
  client: TestClient;
}

async function listen(t: Parameters<typeof build>[0], env: Record<string, string> = {}): Promise<Setting> {
  const port = await findFreePort();
  const issuer = `http://127.0.0.1:${port}`;
  const test = await build(t, { env: { PUBLIC_URL: issuer, ...env } });
  await test.app.listen({ host: '127.0.0.1', port });
  const owner = await registerUser(test);
  const client = await createClient(test, owner, { permissions: ['api.read', 'api.write'] });
  return { test, issuer, client };
}

void t.test('OAuth clients that others wrote, with all their checks on', async (t) => {
  const { test, issuer, client } = await listen(t);
  const { client_id: id, client_secret: secret } = client;

  for (const [name, authenticate] of [
    ['client_secret_basic', openid.ClientSecretBasic],
    ['client_secret_post', openid.ClientSecretPost],
  ] as const) {
    const discover = (clientSecret: string) =>
      openid.discovery(new URL(issuer), id, undefined, authenticate(clientSecret), discovery);

    await t.test(`openid-client, ${name}: discovery, client credentials, introspection, revocation`, async (t) => {
      const config = await discover(secret);
      t.equal(config.serverMetadata().issuer, issuer);
      const tokens = await openid.clientCredentialsGrant(config, { scope: 'api.read', resource: issuer });
      t.equal(tokens.token_type, 'bearer');
      t.equal(tokens.scope, 'api.read');
      t.equal(tokens.expires_in, 900);
      const before = await openid.tokenIntrospection(config, tokens.access_token);
      t.match(before, { active: true, client_id: id, iss: issuer, aud: issuer, scope: 'api.read' });
      const ofSecret = await openid.tokenIntrospection(config, secret, { token_type_hint: 'client_secret' });
      t.match(ofSecret, { active: true, client_id: id, scope: 'api.read api.write' });
      await openid.tokenRevocation(config, tokens.access_token);
      t.same(await openid.tokenIntrospection(config, tokens.access_token), { active: false });
    });

    await t.test(`openid-client, ${name}: a refusal is understood`, async (t) => {
      const config = await discover(secret);
      const grant = (parameters: Record<string, string>) => openid.clientCredentialsGrant(config, parameters);
      const scope = await failureOf(grant({ scope: 'nonsense' }));
      t.match(scope, { name: 'ResponseBodyError', error: 'invalid_scope', status: 400 });
      const target = await failureOf(grant({ resource: 'https://elsewhere.example' }));
      t.match(target, { error: 'invalid_target', status: 400 });
      t.match(await failureOf(openid.tokenRevocation(config, secret)), {
        error: 'unsupported_token_type',
        status: 400,
      });
      t.match(await failureOf(openid.clientCredentialsGrant(await discover('wrong'))), {
        status: 401,
        cause: [{ scheme: 'basic', parameters: { realm: 'latchkey' } }],
      });
    });
  }

  for (const [name, authenticate] of [
    ['client_secret_basic', oauth.ClientSecretBasic],
    ['client_secret_post', oauth.ClientSecretPost],
  ] as const) {
    await t.test(`oauth4webapi, ${name}: discovery, client credentials, introspection, revocation`, async (t) => {
      const url = new URL(issuer);
      const discovered = await oauth.discoveryRequest(url, { algorithm: 'oauth2', ...loopback });
      const server = await oauth.processDiscoveryResponse(url, discovered);
      const self: oauth.Client = { client_id: id };
      const credentials = authenticate(secret);

      const parameters = new URLSearchParams({ scope: 'api.write' });
      const granted = await oauth.clientCredentialsGrantRequest(server, self, credentials, parameters, loopback);
      const tokens = await oauth.processClientCredentialsResponse(server, self, granted);
      t.equal(tokens.scope, 'api.write');

      const request = new Request(`${issuer}/some/api`, {
        headers: { authorization: `Bearer ${tokens.access_token}` },
      });
      const claims = await oauth.validateJwtAccessToken(server, request, issuer, loopback);
      t.match(claims, { client_id: id, sub: id, scope: 'api.write' }, 'RFC 9068 §4: a resource server accepts it');

      const introspect = async () => {
        const answer = await oauth.introspectionRequest(server, self, credentials, tokens.access_token, loopback);
        return oauth.processIntrospectionResponse(server, self, answer);
      };
      t.match(await introspect(), { active: true, client_id: id, scope: 'api.write', token_type: 'Bearer' });
      const revoked = await oauth.revocationRequest(server, self, credentials, tokens.access_token, loopback);
      await oauth.processRevocationResponse(revoked);
      t.same(await introspect(), { active: false });
    });
  }

  await t.test('jose: an access token is verified offline, against the JWK set alone', async (t) => {
    const config = await openid.discovery(new URL(issuer), id, secret, undefined, discovery);
    const { access_token: token } = await openid.clientCredentialsGrant(config);
    const keys = createRemoteJWKSet(new URL(config.serverMetadata().jwks_uri ?? ''));
    const rules = {
      typ: 'at+jwt',
      issuer,
      audience: issuer,
      algorithms: ['RS256'],
      requiredClaims: ['iss', 'exp', 'aud', 'sub', 'client_id', 'iat', 'jti'],
    };
    const { payload, protectedHeader } = await jwtVerify(token, keys, rules);
    t.match(payload, { client_id: id, scope: 'api.read api.write', environment: 'live' });
    t.equal(protectedHeader.typ, 'at+jwt');
    await t.rejects(jwtVerify(token, keys, { ...rules, audience: 'https://elsewhere.example' }));
    await t.rejects(jwtVerify(token, keys, { ...rules, issuer: 'https://elsewhere.example' }));
    const admin = (await registerUser(test)).token;
    await t.rejects(jwtVerify(admin, keys, rules), 'RFC 9068 §2.1: the type keeps other tokens apart');
  });
});

for (const algorithm of signingAlgorithms) {
  void t.test(`resource servers that others wrote, with ACCESS_TOKEN_ALGORITHM=${algorithm}`, async (t) => {
    const { issuer, client } = await listen(t, { ACCESS_TOKEN_ALGORITHM: algorithm });
    const { client_id: id, client_secret: secret } = client;
    const config = await openid.discovery(new URL(issuer), id, secret, undefined, discovery);
    const { access_token: token } = await openid.clientCredentialsGrant(config);

    await t.test('jose takes the token with the JWK set alone', async (t) => {
      const keys = createRemoteJWKSet(new URL(config.serverMetadata().jwks_uri ?? ''));
      const { payload, protectedHeader } = await jwtVerify(token, keys, { typ: 'at+jwt', issuer, audience: issuer });
      t.match(payload, { client_id: id });
      t.equal(protectedHeader.alg, algorithm);
    });

    await t.test('oauth4webapi takes it as RFC 9068 §4 has it', async (t) => {
      const discovered = await oauth.discoveryRequest(new URL(issuer), { algorithm: 'oauth2', ...loopback });
      const server = await oauth.processDiscoveryResponse(new URL(issuer), discovered);
      const request = new Request(`${issuer}/some/api`, { headers: { authorization: `Bearer ${token}` } });
      t.match(await oauth.validateJwtAccessToken(server, request, issuer, loopback), { client_id: id, sub: id });
    });

    await t.test('openid-client is told that it is active', async (t) => {
      t.match(await openid.tokenIntrospection(config, token), { active: true, client_id: id });
    });
  });
}
