import t from 'tap';
import { atOnce, send, statusOfToken, tally } from '../../support/accounts.ts';
import { build, waitFor } from '../../support/build-app.ts';
import { API, PASSWORD, registerUser } from '../../support/factories.ts';
import { isProblem } from '../../support/problems.ts';
import { ageSessions, listAccountEvents, listSessions, logIn, sessionOf, SESSIONS } from '../../support/sessions.ts';
import { makeSession } from '../../support/every-route.ts';

const test = await build(t);

void t.test('the list has one’s own logins that go on, the newest first, and says which is this one', async (t) => {
  const user = await registerUser(test);
  await registerUser(test);
  const options = {
    from: '198.51.100.77',
    headers: { 'user-agent': 'Mozilla/5.0 (a phone) \u00e9 key=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' },
  };
  const phone = await logIn(test, user.email, options);
  const ended = await logIn(test, user.email);
  const expired = await logIn(test, user.email);
  await send(test, 'logout', { refresh_token: ended.refresh_token });
  await test.query('update sessions set expires_at = now() where id = $1', [sessionOf(expired.access_token)]);

  const sessions = await listSessions(test, user.token);
  t.same(
    sessions.map(({ uuid, current }) => [uuid, current]),
    [
      [sessionOf(phone.access_token), false],
      [sessionOf(user.token), true],
    ],
  );
  t.match(sessions[0], {
    kind: 'tokens',
    last_seen_ip: '198.51.100.0/24',
    user_agent: 'Mozilla/5.0 (a phone) ? key=***',
    created_at: sessions[0]?.password_given_at,
  });
  t.ok(Date.parse(sessions[0]?.expires_at ?? '') > Date.now());
});

void t.test('the list goes on from page to page', async (t) => {
  const user = await registerUser(test);
  for (let index = 0; index < 4; index++) await makeSession(test, user.token);
  const first = await test.request('GET', `${SESSIONS}?limit=2&order=oldest`, { token: user.token });
  const { results, next_cursor: cursor } = first.json<{ results: { uuid: string }[]; next_cursor: string }>();
  const rest = await listSessions(test, user.token, `?limit=100&order=oldest&cursor=${cursor}`);
  const all = await listSessions(test, user.token);
  t.same(
    [...results, ...rest].map(({ uuid }) => uuid),
    all.map(({ uuid }) => uuid).reverse(),
  );
  t.equal(all.length, 5);
});

void t.test('204 ends a session: its tokens are refused at once, in every process', async (t) => {
  const user = await registerUser(test);
  const other = await logIn(test, user.email);
  const beside = await build(t, { beside: test });
  t.equal(await statusOfToken(beside, other.access_token), 200);
  const url = `${SESSIONS}${sessionOf(other.access_token)}/`;
  t.equal((await test.request('DELETE', url, { token: user.token })).statusCode, 204);
  for (const process of [test, beside]) {
    t.equal(await statusOfToken(process, other.access_token), 401);
    t.equal(await statusOfToken(process, user.token), 200);
  }
  t.equal((await send(beside, 'refresh', { refresh_token: other.refresh_token })).statusCode, 401);
  t.equal((await test.request('DELETE', url, { token: user.token })).statusCode, 404, 'it has ended');
  const [last] = (await listAccountEvents(test, user.userId)).slice(-1);
  t.match(last, {
    action: 'session.end',
    actor: { id: user.userId },
    target: { type: 'session', id: sessionOf(other.access_token) },
  });
});

void t.test('204 ends also the session that asks, however long ago its password was given', async (t) => {
  const user = await registerUser(test);
  await ageSessions(test, user.userId, '1 hour');
  const url = `${SESSIONS}${sessionOf(user.token)}/`;
  t.equal((await test.request('DELETE', url, { token: user.token })).statusCode, 204);
  t.equal(await statusOfToken(test, user.token), 401);
});

void t.test('404 for another user’s session, which goes on', async (t) => {
  const [user, stranger] = [await registerUser(test), await registerUser(test)];
  const url = `${SESSIONS}${sessionOf(stranger.token)}/`;
  const foreign = await test.request('DELETE', url, { token: user.token, headers: { 'x-request-id': 'same' } });
  const unknown = await test.request('DELETE', `${SESSIONS}019a3c5e-0000-7000-8000-000000000000/`, {
    token: user.token,
    headers: { 'x-request-id': 'same' },
  });
  t.equal(foreign.statusCode, 404);
  t.same(foreign.body, unknown.body);
  t.equal(await statusOfToken(test, stranger.token), 200);
});

void t.test('404 for a session that is not there, also when the password was given long ago', async (t) => {
  const [user, stranger] = [await registerUser(test), await registerUser(test)];
  await ageSessions(test, user.userId, '1 hour');
  const url = `${SESSIONS}${sessionOf(stranger.token)}/`;
  t.equal((await test.request('DELETE', url, { token: user.token })).statusCode, 404);
});

void t.test('who only found an open session ends no other one, which goes on', async (t) => {
  const user = await registerUser(test);
  await ageSessions(test, user.userId, '1 hour');
  const other = await logIn(test, user.email);
  const url = `${SESSIONS}${sessionOf(other.access_token)}/`;
  isProblem(t, await test.request('DELETE', url, { token: user.token }), {
    code: 'reauthentication_required',
    pointers: ['/password'],
  });
  t.equal(await statusOfToken(test, other.access_token), 200);
});

void t.test('of ten who end one session at once, one does', async (t) => {
  const user = await registerUser(test);
  const session = await makeSession(test, user.token);
  const answers = await atOnce(10, () => test.request('DELETE', `${SESSIONS}${session}/`, { token: user.token }));
  t.same(tally(answers), { 204: 1, 404: 9 });
});

void t.test('all but the session that asks end together', async (t) => {
  const [user, stranger] = [await registerUser(test), await registerUser(test)];
  const others = [await logIn(test, user.email), await logIn(test, user.email)];
  t.equal((await test.request('DELETE', SESSIONS, { token: user.token })).statusCode, 204);
  t.equal(await statusOfToken(test, user.token), 200);
  t.equal(await statusOfToken(test, stranger.token), 200);
  for (const other of others) t.equal(await statusOfToken(test, other.access_token), 401);
  t.equal((await listSessions(test, user.token)).length, 1);
  const [last] = (await listAccountEvents(test, user.userId)).slice(-1);
  t.match(last, { action: 'session.end', target: { type: 'user' }, changes: { sessions: { from: 3, to: 1 } } });
});

void t.test('when and where a session was last used shows within seconds, for its user as well', async (t) => {
  const user = await registerUser(test);
  await ageSessions(test, user.userId, '1 hour');
  await test.query(`update users set last_seen_at = null where id = $1`, [user.userId]);
  await test.request('GET', `${API}/organizations/me/`, { token: user.token, from: '2001:db8:1:2:3::4' });
  // A look through the list would be a use as well.
  await waitFor(async () => {
    const seen = await test.query(
      `select 1 from users join sessions on sessions.user_id = users.id
       where users.id = $1 and last_seen_ip = '2001:db8:1::/48' and users.last_seen_at >= sessions.last_seen_at`,
      [user.userId],
    );
    return seen.length === 1 ? true : undefined;
  });
  const [session] = await listSessions(test, user.token);
  t.equal(session?.last_seen_ip, '2001:db8:1::/48');
  t.ok(Date.parse(session?.last_seen_at ?? '') > Date.parse(session?.created_at ?? ''));
});

void t.test('a clean stop writes what was seen', async (t) => {
  const service = await build(t);
  const user = await registerUser(service);
  await service.query('update sessions set last_seen_at = null');
  await service.query('update users set last_seen_at = null');
  await service.request('GET', `${API}/account/`, { token: user.token });
  await service.app.close();
  const rows = await service.query(
    'select 1 from sessions join users on users.id = user_id where sessions.last_seen_at = users.last_seen_at',
  );
  t.equal(rows.length, 1);
});

void t.test('the account is its user’s, whatever the organization', async (t) => {
  const user = await registerUser(test);
  const response = await test.request('GET', `${API}/account/`, { token: user.token });
  const members = ['created_at', 'email', 'has_authenticator', 'has_passkeys', 'uuid'];
  t.same(Object.keys(response.json<object>()).sort(), members);
  t.match(response.json(), { uuid: user.userId, email: user.email });
});

void t.test('sessions of an earlier release, of which less is known, are listed and end like others', async (t) => {
  const user = await registerUser(test);
  const session = await makeSession(test, user.token);
  const [found] = await listSessions(test, user.token);
  t.match(found, { uuid: session, last_seen_ip: null, user_agent: null, last_seen_at: found?.created_at });
  t.equal((await send(test, 'login', { email: user.email, password: PASSWORD })).statusCode, 200);
});
