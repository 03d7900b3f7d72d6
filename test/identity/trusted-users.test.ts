import t from 'tap';
import type { Test } from 'tap';
import { operationsOf } from '../support/api-document.ts';
import type { ApiDocument } from '../support/api-document.ts';
import { atOnce, send, statusOfToken, tally, WRONG_PASSWORD } from '../support/accounts.ts';
import { build } from '../support/build-app.ts';
import { askToLogIn, pageHeaders } from '../support/console.ts';
import { fillPath, makeUnknownTarget } from '../support/every-route.ts';
import { API, makeEmail, PASSWORD, registerUser } from '../support/factories.ts';
import { AUDIENCE, startIssuer } from '../support/oidc-issuer.ts';
import { isProblem } from '../support/problems.ts';
import { ageSessions, listAccountEvents, logIn, SESSIONS } from '../support/sessions.ts';
import { problemsOf } from '../support/settings.ts';

const issuer = await startIssuer(t);
const trusting = { LATCHKEY_TRUSTED_ISSUER: issuer.url, LATCHKEY_TRUSTED_AUDIENCE: AUDIENCE };
const MINE = `${API}/organizations/me/`;

void t.test('LATCHKEY_TRUSTED_JIT makes the user at first sight', async (t) => {
  const env = { ...trusting, LATCHKEY_TRUSTED_JIT: 'true' };
  const test = await build(t, { env });
  const two = await build(t, { beside: test, env });
  const countUsers = async (email: string) =>
    (await test.query('select 1 from users where email = $1', [email])).length;

  await t.test('once, of ten first requests in two processes', async (t) => {
    const email = makeEmail();
    const token = await issuer.sign({ email: email.toUpperCase() });
    const answers = await atOnce(10, (index) => (index % 2 === 0 ? test : two).request('GET', MINE, { token }));
    t.same(tally(answers), { 200: 10 });
    t.same(answers[0]?.json(), [], 'a member of nothing');
    t.equal(await countUsers(email), 1);
    const account = (await test.request('GET', `${API}/account/`, { token })).json<{ uuid: string; email: string }>();
    t.equal(account.email, email);
    const events = await listAccountEvents(test, account.uuid);
    t.match(events, [{ action: 'account.create', actor: { type: 'user', id: account.uuid, email } }]);
    t.equal(events.length, 1);
    const made = await test.request('POST', `${API}/organizations/`, { token, body: { name: 'Acme' } });
    t.equal(made.statusCode, 201);
  });

  await t.test('who has no password here: nobody’s opens the account', async (t) => {
    const email = makeEmail();
    await test.request('GET', MINE, { token: await issuer.sign({ email }) });
    t.equal((await send(test, 'login', { email, password: PASSWORD })).statusCode, 401);
    t.equal((await askToLogIn(test, { email, password: PASSWORD })).statusCode, 401);
  });

  await t.test('but not for an email that is not proven', async (t) => {
    const claims = [{ email_verified: false }, { email_verified: undefined }, { email_verified: 1 }];
    for (const claim of claims) {
      const email = makeEmail();
      const token = await issuer.sign({ email, ...claim });
      t.equal((await test.request('GET', MINE, { token })).statusCode, 401);
      t.equal(await countUsers(email), 0);
    }
  });

  await t.test('and never in the place of one who is there', async (t) => {
    const user = await registerUser(test);
    const token = await issuer.sign({ email: user.email });
    const mine = (await test.request('GET', MINE, { token })).json<{ uuid: string }[]>();
    t.match(mine, [{ uuid: user.organizationId }]);
    t.equal((await send(test, 'login', { email: user.email, password: PASSWORD })).statusCode, 200);
  });

  await t.test('a registration that waits for its code makes no second user of the email', async (t) => {
    const email = makeEmail();
    await send(test, 'register', { email, password: PASSWORD });
    const code = await test.readCode(email);
    await test.request('GET', MINE, { token: await issuer.sign({ email }) });
    isProblem(t, await send(test, 'verify-email', { email, code }), { code: 'invalid_code' });
    t.equal(await countUsers(email), 1);
  });
});

void t.test('without LATCHKEY_TRUSTED_JIT nobody is made', async (t) => {
  const test = await build(t, { env: trusting });
  const email = makeEmail();
  t.equal((await test.request('GET', MINE, { token: await issuer.sign({ email }) })).statusCode, 401);
  t.same(await test.query('select 1 from users where email = $1', [email]), []);
});

void t.test('LATCHKEY_TRUSTED_ONLY closes passwords and registration', async (t) => {
  const open = await build(t, { env: trusting });
  const user = await registerUser(open);
  const earlier = await logIn(open, user.email);
  const test = await build(t, { beside: open, env: { ...trusting, LATCHKEY_TRUSTED_ONLY: 'true' } });

  await t.test('every route that takes or makes a password says where to log in', async (t) => {
    const named = await listRoutesWithPasswords(t, test.app.swagger() as unknown as ApiDocument);
    const closed = [
      ...['resendCode', 'verifyEmail', 'forgotPassword', 'refresh'],
      ...['verifySecondFactor', 'createPasskeyLoginOptions', 'verifyPasskey'],
      ...named,
    ];
    for (const operationId of closed) {
      const route = test.app.routeTable.find((entry) => entry.operationId === operationId);
      const url = fillPath(String(route?.url), makeUnknownTarget());
      const options = { token: user.token, body: {}, headers: pageHeaders };
      const answer = await test.request(route?.method ?? 'POST', url, options);
      isProblem(t, answer, { code: 'passwords_disabled', message: operationId });
      t.match(answer.json<{ detail: string }>().detail, issuer.url, operationId);
    }
  });

  await t.test('and who is invited joins by logging in there', async (t) => {
    const url = `${API}/programmatic/invitations/accept/`;
    const body = { token: 'A'.repeat(43) };
    isProblem(t, await test.request('POST', url, { body }), { code: 'passwords_disabled' });
    const token = await issuer.sign({ email: user.email });
    isProblem(t, await test.request('POST', url, { body, token }), { code: 'invalid_invitation' });
  });

  await t.test('with a good password as well', async (t) => {
    const { email } = user;
    isProblem(t, await send(test, 'login', { email, password: PASSWORD }), { code: 'passwords_disabled' });
    isProblem(t, await askToLogIn(test, { email, password: PASSWORD }), { code: 'passwords_disabled' });
    isProblem(t, await send(test, 'refresh', { refresh_token: earlier.refresh_token }), { code: 'passwords_disabled' });
  });

  await t.test('who is not logged in is told that first, where a login is needed', async (t) => {
    const answer = await test.request('POST', `${API}/account/change-password/`, { body: {} });
    t.equal(answer.statusCode, 401);
  });

  await t.test('no password that is sent aside is looked at', async (t) => {
    const ask = (password: string) =>
      test.request('DELETE', SESSIONS, { token: earlier.access_token, body: { password } });
    await ageSessions(test, user.userId, '1 hour');
    for (const password of [PASSWORD, WRONG_PASSWORD]) {
      isProblem(t, await ask(password), { code: 'reauthentication_required', pointers: ['/password'] });
    }
    t.notOk((await listAccountEvents(test, user.userId)).some(({ action }) => action === 'login.fail'));
  });

  await t.test('people of the issuer come in, and logins from before end with their tokens', async (t) => {
    t.equal(await statusOfToken(test, await issuer.sign({ email: user.email })), 200);
    t.equal(await statusOfToken(test, earlier.access_token), 200);
    t.equal((await send(test, 'logout', { refresh_token: earlier.refresh_token })).statusCode, 204);
  });
});

void t.test('neither is taken without LATCHKEY_TRUSTED_ISSUER', async (t) => {
  const both = { LATCHKEY_TRUSTED_JIT: 'true', LATCHKEY_TRUSTED_ONLY: 'true' };
  t.same(problemsOf(both), [
    'LATCHKEY_TRUSTED_JIT needs LATCHKEY_TRUSTED_ISSUER',
    'LATCHKEY_TRUSTED_ONLY needs LATCHKEY_TRUSTED_ISSUER',
  ]);
  t.same(problemsOf({ ...trusting, ...both }), []);
});

/** The operations that take nothing but a password would do: those where it only may be given aside. */
async function listRoutesWithPasswords(t: Test, document: ApiDocument): Promise<string[]> {
  const schemas = document.components.schemas as Record<string, { required?: string[] }>;
  const named = operationsOf(document)
    .filter(({ requestBody }) => {
      const reference = JSON.stringify(requestBody ?? {});
      const name = /#\/components\/schemas\/(\w+)/.exec(reference)?.[1] ?? '';
      return schemas[name]?.required?.some((member) => member.endsWith('password')) === true;
    })
    .map(({ operationId }) => operationId);
  t.ok(named.includes('login') && named.includes('openConsoleSession') && named.includes('changePassword'));
  return named;
}
