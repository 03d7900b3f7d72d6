import t from 'tap';
import { build } from '../support/build-app.ts';
import { API, registerUser } from '../support/factories.ts';

void t.test('unknown query parameters are refused on routes that take none', async (t) => {
  const test = await build(t);
  const user = await registerUser(test);
  const values: Record<string, string> = {
    org: user.organizationId,
    app: user.applicationId,
    client_id: user.clientId,
  };
  const reads = test.app.routeTable.filter(
    ({ method, url, access }) => method === 'GET' && url.startsWith(API) && access !== 'machine',
  );
  t.ok(reads.length > 5);
  for (const { url } of reads) {
    const path = url.replaceAll(/:(\w+)/g, (_match, name: string) => values[name] ?? user.organizationId);
    const response = await test.request('GET', `${path}?verbose=1`, { token: user.token });
    t.equal(response.statusCode, 400, url);
    t.match(
      response.json(),
      {
        code: 'invalid_request',
        errors: [{ pointer: '?verbose', code: 'unknown_parameter', detail: 'is not a parameter of this route' }],
      },
      url,
    );
  }
});

void t.test('the OAuth routes ignore unknown parameters, as RFC 6749 asks', async (t) => {
  const test = await build(t);
  const { clientId, apiKey } = await registerUser(test);
  const body = { grant_type: 'client_credentials', client_id: clientId, client_secret: apiKey, verbose: '1' };
  const response = await test.request('POST', `${API}/token/?verbose=1`, {
    body: new URLSearchParams(body).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  });
  t.equal(response.statusCode, 200, response.body);
});
