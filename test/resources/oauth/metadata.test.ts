import t from 'tap';
import { build } from '../../support/build-app.ts';

const PATH = '/.well-known/oauth-authorization-server';
const OPENID_PATH = '/.well-known/openid-configuration';

interface Metadata {
  issuer: string;
  token_endpoint: string;
  introspection_endpoint: string;
  revocation_endpoint: string;
  jwks_uri: string;
}

void t.test('GET /.well-known/oauth-authorization-server', async (t) => {
  const issuer = 'https://accounts.example';
  const catalogue = [
    { name: 'a.read', description: 'Read' },
    { name: 'a.write', description: 'Write' },
  ];
  const test = await build(t, { env: { PUBLIC_URL: issuer, LATCHKEY_PERMISSIONS: JSON.stringify(catalogue) } });

  await t.test('RFC 8414 §2, §3.2: 200 with the metadata of the issuer, as JSON that may be cached', async (t) => {
    const response = await test.request('GET', PATH);
    t.equal(response.statusCode, 200);
    t.match(response.headers['content-type'], /^application\/json\b/);
    t.equal(response.headers['cache-control'], 'public, max-age=300');
    const methods = ['client_secret_basic', 'client_secret_post'];
    t.same(response.json(), {
      issuer,
      token_endpoint: `${issuer}/auth/v2/token/`,
      introspection_endpoint: `${issuer}/auth/v2/introspect/`,
      revocation_endpoint: `${issuer}/auth/v2/revoke/`,
      jwks_uri: `${issuer}/.well-known/jwks.json`,
      scopes_supported: ['a.read', 'a.write'],
      // Required by §2 though there is none: no flow here goes through a browser.
      response_types_supported: [],
      grant_types_supported: ['client_credentials'],
      token_endpoint_auth_methods_supported: methods,
      introspection_endpoint_auth_methods_supported: methods,
      revocation_endpoint_auth_methods_supported: methods,
      access_token_signing_alg_values_supported: ['RS256'],
      service_documentation: `${issuer}/docs`,
    });
  });

  await t.test('RFC 8414 §3.1, §3.3: it is found at the issuer, and every address in it is served there', async (t) => {
    const { token_endpoint, introspection_endpoint, revocation_endpoint, jwks_uri } = (
      await test.request('GET', PATH)
    ).json<Metadata>();
    const served = async (method: 'GET' | 'POST', url: string) =>
      (await test.request(method, url.slice(issuer.length))).statusCode;
    t.equal(await served('GET', jwks_uri), 200);
    t.equal(await served('POST', token_endpoint), 400);
    t.equal(await served('POST', introspection_endpoint), 400);
    t.equal(await served('POST', revocation_endpoint), 400);
  });

  await t.test('RFC 8414 §5: the same where OpenID Connect has it, for libraries that ask only there', async (t) => {
    const [one, other] = [await test.request('GET', PATH), await test.request('GET', OPENID_PATH)];
    t.equal(other.statusCode, 200);
    t.equal(other.body, one.body);
    t.equal(other.headers['cache-control'], one.headers['cache-control']);
  });

  await t.test('it needs no credential, minds none, and is read only', async (t) => {
    const response = await test.request('GET', PATH, { headers: { authorization: 'Bearer nonsense' } });
    t.equal(response.statusCode, 200);
    const posted = await test.request('POST', PATH);
    t.equal(posted.statusCode, 405);
    t.equal(posted.headers.allow, 'GET, HEAD');
  });
});
