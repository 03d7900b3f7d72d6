import t from 'tap';
import { registerPending, send } from '../../support/accounts.ts';
import { build } from '../../support/build-app.ts';
import type { TestApp } from '../../support/build-app.ts';
import { makeCompany } from '../../support/company.ts';
import { askToLogIn, pageHeaders } from '../../support/console.ts';
import { API, makeEmail, PASSWORD, registerUser } from '../../support/factories.ts';
import { inviteOne } from '../../support/members.ts';
import { isProblem } from '../../support/problems.ts';
import { askChallenge, beginLogin, codeOf, setUpPasskey, setUpTotp } from '../../support/second-factor.ts';

const test = await build(t);
const company = await makeCompany(test);

type Headers = Record<string, string>;

/** Says that it is the page, and is heard as if it were not. */
const elsewhere: Record<string, Headers> = {
  'from another origin': { ...pageHeaders, origin: 'https://app.acme.example' },
  'from another port': { ...pageHeaders, origin: 'http://localhost:3001' },
  'of an origin without a name': { ...pageHeaders, origin: 'null' },
  'with an Origin that is empty': { ...pageHeaders, origin: '' },
  'from another origin of the site': { ...pageHeaders, 'sec-fetch-site': 'same-site' },
  'with another value of the header': { ...pageHeaders, 'x-latchkey-console': 'true' },
  'with the header twice': { ...pageHeaders, 'x-latchkey-console': '1, 1' },
  'with the header empty': { ...pageHeaders, 'x-latchkey-console': '' },
};

const { origin: _, ...withoutOrigin } = pageHeaders;

/** What ends with a session, ready to be sent. */
const finishes: Record<string, () => Promise<{ url: string; body: object }>> = {
  async 'the code of a registration'() {
    const { email, code } = await registerPending(test);
    return { url: `${API}/programmatic/verify-email/`, body: { email, code } };
  },
  async 'an invitation'() {
    const { token } = await inviteOne(test, company, { email: makeEmail() });
    return { url: `${API}/programmatic/invitations/accept/`, body: { token, password: PASSWORD } };
  },
  async 'a code of the app'() {
    const user = await registerUser(test);
    const { secret } = await setUpTotp(test, user);
    return { url: `${API}/2fa/verify/`, body: { temp_token: await beginLogin(test, user), otp_token: codeOf(secret) } };
  },
  async 'a passkey'() {
    const user = await registerUser(test);
    const { authenticator } = await setUpPasskey(test, user);
    const tempToken = await beginLogin(test, user);
    const credential = authenticator.get(await askChallenge(test, tempToken));
    return { url: `${API}/2fa/passkey/verify/`, body: { temp_token: tempToken, credential } };
  },
};

for (const [what, prepare] of Object.entries(finishes)) {
  void t.test(`${what}: the page gets a cookie, or a problem that names PUBLIC_URL and spends nothing`, async (t) => {
    const { url, body } = await prepare();
    for (const [how, headers] of Object.entries(elsewhere)) {
      const answer = await test.request('POST', url, { body, headers });
      isProblem(t, answer, { code: 'console_wrong_origin' });
      t.match(answer.json<{ detail: string }>().detail, 'PUBLIC_URL', how);
      t.equal(answer.headers['set-cookie'], undefined, how);
    }
    const answer = await test.request('POST', url, { body, headers: withoutOrigin });
    t.equal(answer.statusCode, 200, 'a proxy that takes Origin away takes nothing from the page');
    t.match(String(answer.headers['set-cookie']), /^latchkey_dev=[\w-]{43};/);
    t.notMatch(answer.body, /_token/);
  });
}

void t.test('a login by password says the same to a page of another address', async (t) => {
  const { email } = await registerUser(test);
  for (const [how, headers] of Object.entries(elsewhere)) {
    const answer = await askToLogIn(test, { email, password: PASSWORD }, { headers });
    isProblem(t, answer, { code: 'console_wrong_origin' });
    t.equal(answer.headers['set-cookie'], undefined, how);
  }
});

void t.test('what answers with tokens alone answers the page with none, wherever it is', async (t) => {
  const { email } = await registerUser(test);
  const login = { email, password: PASSWORD };
  const refresh = { refresh_token: (await send(test, 'login', login)).json<{ refresh_token: string }>().refresh_token };
  for (const headers of [pageHeaders, ...Object.values(elsewhere)]) {
    for (const [name, body] of Object.entries({ login, refresh })) {
      const answer = await test.request('POST', `${API}/programmatic/${name}/`, { body, headers });
      isProblem(t, answer, { code: 'invalid_request' });
      t.match(answer.json<{ detail: string }>().detail, 'console/session/', name);
    }
  }
  t.equal((await send(test, 'refresh', refresh)).statusCode, 200, 'the refresh token was not spent');
});

void t.test('where there is no console, or no HTTPS for it, that is what the page is told', async (t) => {
  const finish = async (env: Headers, headers: Headers) => {
    const service: TestApp = await build(t, { beside: test, env });
    const { email, code } = await registerPending(test);
    return service.request('POST', `${API}/programmatic/verify-email/`, { body: { email, code }, headers });
  };
  const plain = 'http://accounts.acme.example';
  const unsafe = await finish({ PUBLIC_URL: plain }, { ...pageHeaders, origin: plain });
  isProblem(t, unsafe, { code: 'console_needs_https' });
  t.match(unsafe.json<{ detail: string }>().detail, 'PUBLIC_URL');
  const off = await finish({ CONSOLE_ENABLED: 'false' }, pageHeaders);
  isProblem(t, off, { code: 'invalid_request' });
  t.match(off.json<{ detail: string }>().detail, 'CONSOLE_ENABLED');
  for (const answer of [unsafe, off]) t.equal(answer.headers['set-cookie'], undefined);
});

void t.test('who does not say to be the page gets tokens, from any origin', async (t) => {
  const { email, code } = await registerPending(test);
  const headers = { origin: 'https://app.acme.example', 'sec-fetch-site': 'cross-site' };
  const answer = await test.request('POST', `${API}/programmatic/verify-email/`, { body: { email, code }, headers });
  t.equal(answer.statusCode, 200);
  t.match(answer.json(), { access_token: String, refresh_token: String });
  t.equal(answer.headers['set-cookie'], undefined);
});
