import { createHash, randomUUID } from 'node:crypto';
import t from 'tap';
import { answerOf, forgetPassword, NEW_PASSWORD, send, WRONG_PASSWORD } from '../../support/accounts.ts';
import { build, waitFor } from '../../support/build-app.ts';
import { makeCompany } from '../../support/company.ts';
import { askToLogIn, CONSOLE_SESSION, pageHeaders, visitConsole } from '../../support/console.ts';
import { addMember, API, makeEmail, PASSWORD, registerUser } from '../../support/factories.ts';
import { inviteOne } from '../../support/members.ts';
import { isProblem } from '../../support/problems.ts';
import { ageSessions, listAccountEvents, SESSIONS } from '../../support/sessions.ts';
import type { ListedSession } from '../../support/sessions.ts';

const test = await build(t);
const MINE = `${API}/organizations/me/`;

interface Session {
  user: { uuid: string; email: string } | null;
  organizations: { uuid: string; name: string; role: string }[];
  expires_at: string | null;
}

const statusWith = async (headers: Record<string, string>, service = test) =>
  (await service.request('GET', MINE, { headers })).statusCode;
const describe = async (headers: Record<string, string>, service = test) =>
  (await service.request('GET', CONSOLE_SESSION, { headers })).json<Session>();
const nobody = { user: null, organizations: [], expires_at: null };

void t.test('200 with who is logged in, and a cookie that opens the management routes', async (t) => {
  const [user, other] = [await registerUser(test), await registerUser(test)];
  await addMember(test, other.organizationId, { userId: user.userId, role: 'reader' });
  const { answer, headers, cookie } = await visitConsole(test, user.email);
  const session = answer.json<Session>();
  t.same(session.user, { uuid: user.userId, email: user.email });
  t.same(session.organizations, [
    { uuid: user.organizationId, name: user.organizationName, role: 'owner' },
    { uuid: other.organizationId, name: other.organizationName, role: 'reader' },
  ]);
  t.ok(Date.parse(session.expires_at ?? '') > Date.now());
  t.notOk(answer.body.includes(cookie.split('=')[1] ?? ''), 'no script sees the cookie');
  t.match(await describe(headers), { user: session.user, organizations: session.organizations });
  t.equal(await statusWith(headers), 200);
  const rename = (org: string) =>
    test.request('PATCH', `${API}/organizations/${org}/`, { headers, body: { name: user.organizationName } });
  t.equal((await rename(user.organizationId)).statusCode, 200);
  t.equal((await rename(other.organizationId)).statusCode, 403);
  const { organizationId: foreign } = await registerUser(test);
  t.equal((await rename(foreign)).statusCode, 404);
});

void t.test('each condition that is missing is the same 401 as no credential at all', async (t) => {
  const user = await registerUser(test);
  const { headers: all, cookie } = await visitConsole(test, user.email);
  const [name = '', value = ''] = cookie.split('=');
  const digest = createHash('sha256').update(value).digest('base64url');
  const without = (header: string) => Object.fromEntries(Object.entries(all).filter(([key]) => key !== header));
  const none = answerOf(await test.request('GET', MINE));
  const wrong: Record<string, Record<string, string>> = {
    'no header of the page': without('x-latchkey-console'),
    'another value of it': { ...all, 'x-latchkey-console': 'true' },
    'two values of it': { ...all, 'x-latchkey-console': '1, 1' },
    'from another site': { ...all, 'sec-fetch-site': 'cross-site' },
    'from another origin of the site': { ...all, 'sec-fetch-site': 'same-site' },
    'typed into the address bar': { ...all, 'sec-fetch-site': 'none' },
    'of another origin': { ...all, origin: 'https://evil.example' },
    'of another port': { ...all, origin: 'http://localhost:3001' },
    'of another scheme': { ...all, origin: 'https://localhost:3000' },
    'of an origin that begins alike': { ...all, origin: 'http://localhost:3000.evil.example' },
    'of no origin that has a name': { ...all, origin: 'null' },
    'no cookie': without('cookie'),
    'an empty cookie': { ...all, cookie: `${name}=` },
    'another cookie': { ...all, cookie: `${name}=${'A'.repeat(43)}` },
    'a part of it': { ...all, cookie: cookie.slice(0, -1) },
    'more than it': { ...all, cookie: `${cookie}A` },
    'its digest': { ...all, cookie: `${name}=${digest}` },
    'two of the name': { ...all, cookie: `${cookie}; ${cookie}` },
    'under another name': { ...all, cookie: `__Host-Http-latchkey=${value}` },
    'under a name that ends alike': { ...all, cookie: `x${cookie}` },
    'the admin token as cookie': { ...all, cookie: `${name}=${user.token}` },
    'with a token that is wrong': { ...all, authorization: 'Bearer no-token' },
    'with an empty Authorization': { ...all, authorization: '' },
    'with Basic': { ...all, authorization: `Basic ${Buffer.from('a:b').toString('base64')}` },
  };
  for (const [what, headers] of Object.entries(wrong)) {
    t.same(answerOf(await test.request('GET', MINE, { headers })), none, what);
  }
  t.equal(none.status, 401);
  const right: Record<string, Record<string, string>> = {
    'all of it': all,
    'a browser that does not say where from': without('sec-fetch-site'),
    'a request without an origin, as reads are': without('origin'),
    'this machine by its address': { ...all, origin: 'http://127.0.0.1:3000' },
    'among other cookies': { ...all, cookie: `a=b; ${cookie};c=d` },
  };
  for (const [what, headers] of Object.entries(right)) t.equal(await statusWith(headers), 200, what);
  const bearer = { ...without('x-latchkey-console'), authorization: `Bearer ${user.token}` };
  t.equal(await statusWith(bearer), 200, 'tokens go on as ever');
});

void t.test(
  'a page that says whose it is never acts as somebody else, who took its place in the browser',
  async (t) => {
    const [user, next] = [await registerUser(test), await registerUser(test)];
    const { headers } = await visitConsole(test, next.email);
    const none = answerOf(await test.request('GET', MINE));
    const pageOf = (whose: string) => ({ ...headers, 'x-latchkey-user': whose });
    const others = [user.userId, randomUUID(), '', 'null', next.userId.slice(1), `${next.userId}, ${user.userId}`];
    for (const whose of others) {
      t.same(answerOf(await test.request('GET', MINE, { headers: pageOf(whose) })), none, whose);
    }
    const create = { headers: pageOf(user.userId), body: { name: 'Typed by the first' } };
    isProblem(t, await test.request('POST', `${API}/organizations/`, create), { code: 'unauthorized' });
    t.equal(await statusWith(pageOf(next.userId)), 200);
    t.equal(await statusWith(headers), 200, 'it need not be said');
    const bearer = { ...pageOf(user.userId), authorization: `Bearer ${next.token}` };
    t.equal(await statusWith(bearer), 200, 'a token says itself whose it is');

    const { owner, path } = await makeCompany(test);
    const { token } = await inviteOne(test, { path, owner }, { email: next.email });
    const join = { headers: pageOf(user.userId), body: { token } };
    const url = `${API}/programmatic/invitations/accept/`;
    isProblem(t, await test.request('POST', url, join), { code: 'login_required' });

    t.match(await describe(pageOf(user.userId)), { user: { uuid: next.userId } }, 'the page learns who is there now');
    const again = await visitConsole(test, user.email, { headers: pageOf(user.userId) });
    t.equal(await statusWith(again.headers), 200);
    t.equal(await statusWith(headers), 401, 'a login ends what the browser held, whosever it was');
  },
);

void t.test('nobody is logged in by a page of another origin, whatever the password', async (t) => {
  const user = await registerUser(test);
  const credentials = { email: user.email, password: PASSWORD };
  const foreign: Record<string, string>[] = [
    {},
    { ...pageHeaders, origin: 'https://evil.example' },
    { ...pageHeaders, 'sec-fetch-site': 'cross-site' },
    { origin: pageHeaders.origin },
  ];
  for (const headers of foreign) {
    const refused = await askToLogIn(test, credentials, { headers });
    const saysSo = 'x-latchkey-console' in headers;
    isProblem(t, refused, { code: saysSo ? 'console_wrong_origin' : 'unauthorized' });
    t.equal(refused.headers['set-cookie'], undefined);
  }
  t.equal((await askToLogIn(test, credentials)).statusCode, 200);
});

void t.test('the answers and the lockout are those of login/', async (t) => {
  const { email } = await registerUser(test);
  const wrong = await askToLogIn(test, { email, password: WRONG_PASSWORD });
  isProblem(t, wrong, { code: 'invalid_login' });
  const unknown = await askToLogIn(test, { email: makeEmail(), password: WRONG_PASSWORD });
  t.same(answerOf(unknown), answerOf(wrong));
  const elsewhere = await send(test, 'login', { email, password: WRONG_PASSWORD });
  t.same(elsewhere.json<object>(), { ...wrong.json<object>(), request_id: elsewhere.headers['x-request-id'] });
  for (let failures = 2; failures < 5; failures++) await askToLogIn(test, { email, password: WRONG_PASSWORD });
  isProblem(t, await askToLogIn(test, { email, password: PASSWORD }), { code: 'account_locked' });
  t.equal((await send(test, 'login', { email, password: PASSWORD })).statusCode, 429);
  isProblem(t, await askToLogIn(test, { email }), { code: 'invalid_request', pointers: ['/password'] });
});

void t.test('a cookie is never taken over: each login has a new one, and ends what the browser held', async (t) => {
  const user = await registerUser(test);
  const planted = `latchkey_dev=${'P'.repeat(43)}`;
  const first = await visitConsole(test, user.email, { headers: { ...pageHeaders, cookie: planted } });
  t.not(first.cookie, planted);
  t.equal(await statusWith({ ...pageHeaders, cookie: planted }), 401);
  const second = await visitConsole(test, user.email, { headers: first.headers });
  t.not(second.cookie, first.cookie);
  t.equal(await statusWith(first.headers), 401);
  t.equal(await statusWith(second.headers), 200);
  const stranger = await registerUser(test);
  const wrong = await askToLogIn(
    test,
    { email: stranger.email, password: WRONG_PASSWORD },
    { headers: second.headers },
  );
  t.equal(wrong.statusCode, 401);
  t.equal(await statusWith(second.headers), 200, 'a failed login ends nothing');
});

void t.test('who is not logged in is told so without an error', async (t) => {
  const { email } = await registerUser(test);
  const { headers } = await visitConsole(test, email);
  for (const some of [
    {},
    pageHeaders,
    { cookie: headers.cookie ?? '' },
    { ...headers, origin: 'https://evil.example' },
  ]) {
    const answer = await test.request('GET', CONSOLE_SESSION, { headers: some });
    t.equal(answer.statusCode, 200);
    t.same(answer.json(), nobody);
  }
});

void t.test('204 ends the session in every process, and takes the cookie away', async (t) => {
  const user = await registerUser(test);
  const { headers, cookie } = await visitConsole(test, user.email);
  const beside = await build(t, { beside: test });
  t.equal(await statusWith(headers, beside), 200);
  const foreign = await test.request('DELETE', CONSOLE_SESSION, { headers: { cookie } });
  t.equal(foreign.statusCode, 204);
  t.equal(foreign.headers['set-cookie'], undefined);
  t.equal(await statusWith(headers), 200, 'a request that is not the page’s own ends nothing');
  const ended = await test.request('DELETE', CONSOLE_SESSION, { headers });
  t.equal(ended.statusCode, 204);
  t.equal(ended.headers['set-cookie'], 'latchkey_dev=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0');
  for (const service of [test, beside]) {
    t.equal(await statusWith(headers, service), 401);
    t.same(await describe(headers, service), nobody);
  }
  t.equal((await test.request('DELETE', CONSOLE_SESSION, { headers })).statusCode, 204, 'and once more');
  const events = await listAccountEvents(test, user.userId);
  t.match(
    events.slice(-2).map(({ action, target }) => [action, target.type]),
    [
      ['session.create', 'session'],
      ['session.end', 'session'],
    ],
  );
  t.same(events.at(-2)?.changes, { kind: { from: null, to: 'console' } });
});

void t.test('a session ends without use, and by any use goes on, by the database’s clock', async (t) => {
  const env = { CONSOLE_SESSION_IDLE_SECONDS: '600', CONSOLE_SESSION_TTL_SECONDS: '3600' };
  const clock = { ms: Date.now() };
  const service = await build(t, { env, now: () => clock.ms });
  const user = await registerUser(service);
  const { headers } = await visitConsole(service, user.email);
  const isSeen = async () =>
    (await service.query('select 1 from sessions where kind = $1 and last_seen_at is not null', ['console'])).length;
  await waitFor(async () => ((await isSeen()) === 1 ? true : undefined));

  await ageSessions(service, user.userId, '9 minutes 50 seconds');
  clock.ms += 86_400_000;
  const before = await describe(headers, service);
  t.not(before.user, null);
  t.same(await describe(headers, service), before, 'asking is no use');
  t.equal(await statusWith(headers, service), 200);
  const longer = await waitFor(async () => {
    const { expires_at: end } = await describe(headers, service);
    return end !== null && end > String(before.expires_at) ? end : undefined;
  });
  t.ok(longer > String(before.expires_at), 'a use is');

  await ageSessions(service, user.userId, '10 minutes');
  t.equal(await statusWith(headers, service), 401);
  t.same(await describe(headers, service), nobody);
  const list = await service.request('GET', SESSIONS, { token: user.token });
  t.same(
    list.json<{ results: ListedSession[] }>().results.map(({ kind }) => kind),
    ['tokens'],
  );
});

void t.test('a session ends after its time, however much it is used', async (t) => {
  const user = await registerUser(test);
  const { headers } = await visitConsole(test, user.email);
  const { expires_at: end } = await describe(headers);
  t.ok(Date.parse(end ?? '') <= Date.now() + 43_200_000, 'half a day without use');
  const age = async (interval: string) => {
    await ageSessions(test, user.userId, interval);
    await test.query('update sessions set last_seen_at = now() where user_id = $1', [user.userId]);
  };
  await age('6 days 23 hours 59 minutes');
  t.equal(await statusWith(headers), 200);
  await age('2 minutes');
  t.equal(await statusWith(headers), 401);
});

void t.test('it is one of the account’s sessions, and ends with the password', async (t) => {
  const user = await registerUser(test);
  const [kept, other] = [await visitConsole(test, user.email), await visitConsole(test, user.email)];
  const list = await test.request('GET', SESSIONS, { headers: kept.headers });
  const { results } = list.json<{ results: ListedSession[] }>();
  t.same(
    results.map(({ kind, current }) => [kind, current]),
    [
      ['console', false],
      ['console', true],
      ['tokens', false],
    ],
  );
  const change = { current_password: PASSWORD, password: NEW_PASSWORD };
  const options = { headers: kept.headers, body: change };
  t.equal((await test.request('POST', `${API}/account/change-password/`, options)).statusCode, 200);
  t.equal(await statusWith(kept.headers), 200);
  t.equal(await statusWith(other.headers), 401);
  const code = await forgetPassword(test, user.email, 3);
  await send(test, 'reset-password', { email: user.email, code, password: PASSWORD });
  t.equal(await statusWith(kept.headers), 401);
});

void t.test('what needs a password asks for it in the console as well', async (t) => {
  const user = await registerUser(test);
  const { headers } = await visitConsole(test, user.email);
  await ageSessions(test, user.userId, '16 minutes');
  const url = `${API}/organizations/${user.organizationId}/credential-policy/`;
  isProblem(t, await test.request('PUT', url, { headers, body: {} }), {
    code: 'reauthentication_required',
    pointers: ['/password'],
  });
  const again = { headers, body: { password: PASSWORD } };
  t.equal((await test.request('POST', `${API}/account/reauthenticate/`, again)).statusCode, 204);
  t.equal((await test.request('PUT', url, { headers, body: {} })).statusCode, 200);
});

void t.test('the cookie is one of HTTPS, or of this machine, or there is none', async (t) => {
  const { email } = await registerUser(test);
  const cookieAt = async (publicUrl: string) => {
    const service = await build(t, { beside: test, env: { PUBLIC_URL: publicUrl } });
    const headers = { ...pageHeaders, origin: publicUrl };
    const answer = await askToLogIn(service, { email, password: PASSWORD }, { headers });
    return { service, answer, cookie: String(answer.headers['set-cookie']) };
  };
  const secure = await cookieAt('https://accounts.acme.example');
  t.match(
    secure.cookie,
    /^__Host-Http-latchkey=[A-Za-z0-9_-]{43}; Path=\/; HttpOnly; SameSite=Strict; Secure; Max-Age=604800$/,
  );
  t.notMatch(secure.cookie, /domain/i);
  const headers = {
    ...pageHeaders,
    origin: 'https://accounts.acme.example',
    cookie: secure.cookie.split(';')[0] ?? '',
  };
  t.equal(await statusWith(headers, secure.service), 200);
  t.equal(await statusWith({ ...headers, origin: 'http://localhost:3000' }, secure.service), 401);
  const local = await cookieAt('http://[::1]:8080');
  t.match(local.cookie, /^latchkey_dev=[A-Za-z0-9_-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=604800$/);
  for (const url of ['http://accounts.acme.example', 'http://localhost.acme.example', 'http://192.0.2.7:3000']) {
    const { answer, service } = await cookieAt(url);
    isProblem(t, answer, { code: 'console_needs_https' });
    t.match(answer.json<{ detail: string }>().detail, 'PUBLIC_URL');
    t.equal(answer.headers['set-cookie'], undefined);
    t.same(await describe({ ...headers, origin: url }, service), nobody);
    t.equal(await statusWith({ ...headers, origin: url }, service), 401);
  }
});

void t.test('no other origin is told anything, one that CORS_ORIGINS names neither', async (t) => {
  const origin = 'https://app.acme.example';
  const service = await build(t, { beside: test, env: { CORS_ORIGINS: origin } });
  const { email } = await registerUser(service);
  const asked = {
    origin,
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'x-latchkey-console',
  };
  const answers = [
    await askToLogIn(service, { email, password: PASSWORD }, { headers: { ...pageHeaders, origin } }),
    await service.request('GET', CONSOLE_SESSION, { headers: { origin } }),
    await service.request('DELETE', CONSOLE_SESSION, { headers: { origin } }),
    await service.request('OPTIONS', CONSOLE_SESSION, { headers: asked }),
  ];
  for (const { headers } of answers) {
    t.same(
      Object.keys(headers).filter((name) => name.startsWith('access-control-')),
      [],
    );
  }
  const management = await service.request('OPTIONS', MINE, { headers: asked });
  t.notMatch(management.headers['access-control-allow-headers'], 'x-latchkey-console');
  t.equal(management.headers['access-control-allow-credentials'], undefined);
});

void t.test('without a console there are no such routes, and no cookie counts', async (t) => {
  const { email } = await registerUser(test);
  const { headers } = await visitConsole(test, email);
  const service = await build(t, { beside: test, env: { CONSOLE_ENABLED: 'false' } });
  for (const method of ['GET', 'POST', 'DELETE'] as const) {
    t.equal((await service.request(method, CONSOLE_SESSION, { headers })).statusCode, 404);
  }
  t.equal(await statusWith(headers, service), 401);
});

void t.test('a route for both who is logged in and who is not knows the cookie', async (t) => {
  const user = await registerUser(test);
  const { headers } = await visitConsole(test, user.email);
  const { owner, path } = await makeCompany(test);
  const invited = await inviteOne(test, { path, owner }, { email: user.email });
  const url = `${API}/programmatic/invitations/accept/`;
  const accept = (some: Record<string, string>) =>
    test.request('POST', url, { headers: some, body: { token: invited.token } });
  isProblem(t, await accept({ ...headers, origin: 'https://evil.example' }), { code: 'console_wrong_origin' });
  t.equal((await accept(headers)).statusCode, 200);
});

void t.test('a role lowered meanwhile bites at the next request', async (t) => {
  const { admin, path } = await makeCompany(test);
  const { headers } = await visitConsole(test, admin.email);
  const write = async () => (await test.request('PATCH', `${path}/`, { headers, body: { name: 'Acme' } })).statusCode;
  t.equal(await write(), 200);
  await test.query(`update memberships set role = 'reader' where user_id = $1 and role = 'admin'`, [admin.userId]);
  t.equal(await write(), 403);
});
