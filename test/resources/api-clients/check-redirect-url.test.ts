import { readFileSync } from 'node:fs';
import t from 'tap';
import { build } from '../../support/build-app.ts';
import { API, createClient, registerUser } from '../../support/factories.ts';
import { clientPath } from '../../support/machines.ts';

interface Verdict {
  allowed: boolean;
  nearest: string | null;
  difference: string | null;
}
interface Vectors {
  accepted: string[];
  rejected: { url: string }[];
  different: [string, string][];
}

const file = new URL('../../examples/redirect-urls.json', import.meta.url);
const vectors = JSON.parse(readFileSync(file, 'utf8')) as Vectors;
/** What the difference of each pair of the vectors is called. */
const names = [
  /trailing slash/,
  /case of the letters/,
  /port: sent ":443", listed none/,
  /first difference/,
  /first difference/,
  /port: sent ":5174", listed ":5173"/,
];

const test = await build(t);
const owner = await registerUser(test);
const allowed = { allowed: true, nearest: null, difference: null };

const ask = (clientId: string, body: unknown, headers: Record<string, string> = {}) =>
  test.request('POST', clientPath(owner, clientId, 'redirect-urls/check/'), { token: owner.token, body, headers });

async function verdict(clientId: string, redirect_url: string): Promise<Verdict> {
  const response = await ask(clientId, { redirect_url });
  if (response.statusCode !== 200) throw new Error(response.body);
  return response.json();
}

void t.test('200 allowed for every URL that is listed, character for character', async (t) => {
  const client = await createClient(test, owner, { allowed_redirect_urls: vectors.accepted });
  for (const url of vectors.accepted) t.same(await verdict(client.client_id, url), allowed, url);
});

void t.test('a URL that differs in anything is not allowed; the nearest and the difference are named', async (t) => {
  t.equal(vectors.different.length, names.length);
  for (const [index, [listed, sent]] of vectors.different.entries()) {
    const urls = ['https://other.example/', 'myapp://done', listed];
    const client = await createClient(test, owner, { allowed_redirect_urls: urls });
    const { allowed: isAllowed, nearest, difference } = await verdict(client.client_id, sent);
    t.equal(isAllowed, false, sent);
    t.equal(nearest, listed);
    t.match(difference, names[index]!);
  }
});

void t.test('what could never be listed is not allowed, and is no error', async (t) => {
  const client = await createClient(test, owner, { allowed_redirect_urls: ['https://acme.example/callback'] });
  for (const { url } of vectors.rejected) {
    const { allowed: isAllowed, nearest, difference } = await verdict(client.client_id, url);
    t.equal(isAllowed, false, url);
    t.equal(nearest, 'https://acme.example/callback');
    t.type(difference, 'string');
  }
});

void t.test('the lists of the client and of its application both count', async (t) => {
  const url = `${API}/organizations/${owner.organizationId}/applications/${owner.applicationId}/`;
  const changed = await test.request('PATCH', url, {
    token: owner.token,
    body: { redirect_uris: ['https://app.example/callback'] },
  });
  t.equal(changed.statusCode, 200);
  const input = { allowed_redirect_urls: ['https://client.example/callback'] };
  const inside = await createClient(test, owner, { ...input, application_id: owner.applicationId });
  const outside = await createClient(test, owner, input);

  t.same(await verdict(inside.client_id, 'https://client.example/callback'), allowed);
  t.same(await verdict(inside.client_id, 'https://app.example/callback'), allowed);
  t.same(await verdict(owner.clientId, 'https://app.example/callback'), allowed, 'the primary client has no others');
  t.match(await verdict(outside.client_id, 'https://app.example/callback'), {
    allowed: false,
    nearest: 'https://client.example/callback',
  });
  t.match(await verdict(inside.client_id, 'https://app.example/callback/'), {
    allowed: false,
    nearest: 'https://app.example/callback',
    difference: /trailing slash/,
  });
});

void t.test('an empty list allows none, and has no nearest', async (t) => {
  const client = await createClient(test, owner);
  t.same(await verdict(client.client_id, 'https://acme.example/'), { allowed: false, nearest: null, difference: null });
});

void t.test('400 for a redirect_url that is missing, no string or beyond all measure', async (t) => {
  const client = await createClient(test, owner);
  for (const body of [{}, undefined, { redirect_url: null }, { redirect_url: 7 }, { redirect_url: 'a'.repeat(4097) }]) {
    const response = await ask(client.client_id, body);
    t.equal(response.statusCode, 400);
    t.match(response.json(), { code: 'invalid_request', errors: [{ pointer: '/redirect_url' }] });
  }
  const extra = await ask(client.client_id, { redirect_url: 'https://acme.example/', url: '' });
  t.match(extra.json(), { errors: [{ pointer: '/url' }] });
});

void t.test('415 for a body that is not declared as JSON', async (t) => {
  const client = await createClient(test, owner);
  const response = await ask(client.client_id, 'redirect_url=x', {
    'content-type': 'application/x-www-form-urlencoded',
  });
  t.equal(response.statusCode, 415);
});
