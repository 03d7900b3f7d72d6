import t from 'tap';
import type { RouteEntry } from '../../src/identity/admin-auth.ts';
import { forgetPassword, NEW_PASSWORD, registerPending, send } from '../support/accounts.ts';
import { build } from '../support/build-app.ts';
import { askToLogIn, CONSOLE_SESSION, visitConsole } from '../support/console.ts';
import { fillPath, makeReady, makeTarget } from '../support/every-route.ts';
import { API, makeEmail, PASSWORD, registerUser } from '../support/factories.ts';
import { accept, inviteOne } from '../support/members.ts';
import { operationOf } from '../support/operations.ts';
import {
  askChallenge,
  beginLogin,
  codeOf,
  sendAssertion,
  sendCode,
  setUpPasskey,
  setUpTotp,
} from '../support/second-factor.ts';

/** What is no read and leaves no event, and why. */
const exceptions: Record<string, string> = {
  register: 'there is no account until its code is entered',
  resendCode: 'there is no account until its code is entered',
  forgotPassword: 'changes nothing of the account',
  createTotp: 'is no second factor until a code of it was confirmed',
  createPasskeyOptions: 'a challenge, of which nothing may come',
  createPasskeyLoginOptions: 'a challenge, of which nothing may come',
  refresh: 'a session goes on; its beginning and its end are events',
  checkRedirectUrl: 'asks only',
  verifyCredentialWith: 'asks only',
  issueToken: 'the traffic of machines',
  introspectToken: 'asks only',
  revokeToken: 'the traffic of machines: a token lives minutes',
};

const test = await build(t);

type Send = () => Promise<{ statusCode: number }>;

/** How an operation of the accounts succeeds, once all it needs is there. The rest is made of the table of operations. */
const accountOperations: Record<string, () => Promise<Send>> = {
  async verifyEmail() {
    const pending = await registerPending(test);
    return () => send(test, 'verify-email', pending);
  },
  async login() {
    const { email } = await registerUser(test);
    return () => send(test, 'login', { email, password: PASSWORD });
  },
  async logout() {
    const { refreshToken } = await registerUser(test);
    return () => send(test, 'logout', { refresh_token: refreshToken });
  },
  async acceptInvitation() {
    const { token, organizationId } = await registerUser(test);
    const path = `${API}/organizations/${organizationId}`;
    const invitation = await inviteOne(test, { path, owner: { token } }, { email: makeEmail() });
    return () => accept(test, { token: invitation.token, password: PASSWORD });
  },
  async verifySecondFactor() {
    const user = await registerUser(test);
    const { secret } = await setUpTotp(test, user);
    const tempToken = await beginLogin(test, user);
    return () => sendCode(test, tempToken, codeOf(secret));
  },
  async verifyPasskey() {
    const user = await registerUser(test);
    const { authenticator } = await setUpPasskey(test, user);
    const tempToken = await beginLogin(test, user);
    const credential = authenticator.get(await askChallenge(test, tempToken));
    return () => sendAssertion(test, tempToken, credential);
  },
  async openConsoleSession() {
    const { email } = await registerUser(test);
    return () => askToLogIn(test, { email, password: PASSWORD });
  },
  async endConsoleSession() {
    const { email } = await registerUser(test);
    const { headers } = await visitConsole(test, email);
    return () => test.request('DELETE', CONSOLE_SESSION, { headers });
  },
  async resetPassword() {
    const { email } = await registerUser(test);
    const code = await forgetPassword(test, email, 2);
    return () => send(test, 'reset-password', { email, code, password: NEW_PASSWORD });
  },
};

/** As the owner of an organization of its own, so that it may end what it is about. */
async function prepare(route: RouteEntry): Promise<Send> {
  const { who, body: usual } = operationOf(route);
  if (who === 'anybody' || who === 'machine')
    throw new Error(`${String(route.operationId)} needs a way to succeed here`);
  const { token, organizationId: org, organizationName: orgName } = await registerUser(test);
  const target = await makeTarget(test, { token, org, orgName });
  const { body = usual?.(target), ...ids } = await makeReady(test, route, token);
  const options = { token, ...(body === undefined ? {} : { body }) };
  return () => test.request(route.method, fillPath(route.url, { ...target, ...ids }), options);
}

async function countEvents(): Promise<number> {
  const [row] = await test.query<{ count: number }>('select count(*)::int as count from audit_events');
  return row?.count ?? 0;
}

void t.test('everything that is no read leaves an event when it succeeds', async (t) => {
  const routes = test.app.routeTable.filter(({ method }) => method !== 'GET' && method !== 'HEAD');
  const names = routes.map(({ operationId = '' }) => operationId);
  t.same(
    Object.keys(exceptions).filter((name) => !names.includes(name)),
    [],
    'every exception is a route',
  );
  for (const route of routes) {
    const { operationId = '' } = route;
    if (operationId in exceptions) continue;
    const { status = 200 } = operationOf(route);
    const sendIt = await (accountOperations[operationId]?.() ?? prepare(route));
    const before = await countEvents();
    const answer = await sendIt();
    t.equal(answer.statusCode, status, operationId);
    t.ok((await countEvents()) > before, `${operationId} leaves an event`);
  }
});
