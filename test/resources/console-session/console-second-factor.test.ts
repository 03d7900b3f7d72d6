import t from 'tap';
import { build } from '../../support/build-app.ts';
import { askToLogIn, pageHeaders } from '../../support/console.ts';
import { API, PASSWORD, registerUser } from '../../support/factories.ts';
import { isProblem } from '../../support/problems.ts';
import { askChallenge, codeOf, forgetStep, setUpPasskey, setUpTotp, wrongCodeOf } from '../../support/second-factor.ts';

const test = await build(t);
const MINE = `${API}/organizations/me/`;
const VERIFY = `${API}/2fa/verify/`;

/** Gives the right password on the page. */
async function begin(email: string): Promise<string> {
  const answer = await askToLogIn(test, { email, password: PASSWORD });
  t.equal(answer.statusCode, 200);
  t.equal(answer.headers['set-cookie'], undefined, 'the password alone opens nothing');
  const body = answer.json<{ '2fa_required': boolean; temp_token: string }>();
  t.equal(body['2fa_required'], true);
  return body.temp_token;
}

const verify = (tempToken: string, code: string, headers: Record<string, string> = pageHeaders) =>
  test.request('POST', VERIFY, { body: { temp_token: tempToken, otp_token: code }, headers });

/** Whether the cookie of an answer opens the management routes. */
async function opens(answer: { headers: Record<string, unknown> }): Promise<boolean> {
  const [cookie = ''] = String(answer.headers['set-cookie']).split(';');
  return (await test.request('GET', MINE, { headers: { ...pageHeaders, cookie } })).statusCode === 200;
}

void t.test('who has a second factor logs in to the console with it, and sees no token', async (t) => {
  const user = await registerUser(test);
  const { secret, recoveryCodes } = await setUpTotp(test, user);
  const tempToken = await begin(user.email);
  const wrong = await verify(tempToken, wrongCodeOf(secret));
  isProblem(t, wrong, { code: 'invalid_second_factor' });
  t.equal(wrong.headers['set-cookie'], undefined);
  const right = await verify(tempToken, codeOf(secret));
  t.equal(right.statusCode, 200);
  t.match(right.json(), { user: { uuid: user.userId, email: user.email }, organizations: [{ role: 'owner' }] });
  t.notMatch(right.body, /token/);
  t.ok(await opens(right));
  t.equal((await verify(tempToken, recoveryCodes[0] ?? '')).statusCode, 401, 'a temp token is good once');
  const byPaper = await verify(await begin(user.email), recoveryCodes[1] ?? '');
  t.ok(await opens(byPaper));
});

void t.test('with a passkey as well', async (t) => {
  const user = await registerUser(test);
  const { authenticator } = await setUpPasskey(test, user);
  const tempToken = await begin(user.email);
  const credential = authenticator.get(await askChallenge(test, tempToken));
  const answer = await test.request('POST', `${API}/2fa/passkey/verify/`, {
    headers: pageHeaders,
    body: { temp_token: tempToken, credential },
  });
  t.equal(answer.statusCode, 200);
  t.ok(await opens(answer));
});

void t.test('a request that does not say to be the page’s own gets tokens, and no cookie', async (t) => {
  const user = await registerUser(test);
  const { secret } = await setUpTotp(test, user);
  const foreign: Record<string, string>[] = [
    {},
    { origin: 'https://app.acme.example' },
    { origin: pageHeaders.origin, 'sec-fetch-site': 'same-origin' },
  ];
  for (const headers of foreign) {
    const answer = await verify(await begin(user.email), codeOf(secret), headers);
    t.equal(answer.statusCode, 200);
    t.equal(answer.headers['set-cookie'], undefined);
    t.same(Object.keys(answer.json<object>()).sort(), ['access_token', 'expires_in', 'refresh_token', 'token_type']);
    await forgetStep(test, user);
  }
});

void t.test('the console is under the organization’s demand of a second factor like any token', async (t) => {
  const user = await registerUser(test);
  const { path } = { path: `${API}/organizations/${user.organizationId}/` };
  const login = await askToLogIn(test, { email: user.email, password: PASSWORD });
  const [cookie = ''] = String(login.headers['set-cookie']).split(';');
  const headers = { ...pageHeaders, cookie };
  t.equal((await test.request('GET', path, { headers })).statusCode, 200);
  await test.query('update organizations set second_factor_required = true where id = $1', [user.organizationId]);
  isProblem(t, await test.request('GET', path, { headers }), { code: 'second_factor_required' });
  t.equal((await test.request('GET', `${API}/account/`, { headers })).statusCode, 200);
});
