import t from 'tap';
import { v7 as uuidv7 } from 'uuid';
import {
  ageCodes,
  answerOf,
  countArgon2,
  inOtherCase,
  otherThan,
  registerPending,
  send,
  statusOfToken,
} from '../../support/accounts.ts';
import { build } from '../../support/build-app.ts';
import { CONSOLE_SESSION, pageHeaders, visitConsole } from '../../support/console.ts';
import { API, makeEmail, PASSWORD, registerUser } from '../../support/factories.ts';

const test = await build(t);

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

void t.test('200 with tokens, the organization and the application, all of them usable', async (t) => {
  const pending = await registerPending(test);
  const response = await send(test, 'verify-email', pending);
  t.equal(response.statusCode, 200);
  t.equal(response.headers['cache-control'], 'no-store');
  const answer = response.json<Record<string, never> & { application: { api_key: string } }>();
  t.match(answer, {
    access_token: /^[\w-]+\.[\w-]+\.[\w-]+$/,
    refresh_token: /^[\w-]{43}$/,
    token_type: 'Bearer',
    expires_in: 86_400,
    organization: { uuid, name: `${pending.email.split('@')[0]!}'s organization` },
    application: { uuid, name: String, client_id: /^[\w-]{22}$/, api_key: /^lk_live_\w{71}$/ },
  });
  t.equal(await statusOfToken(test, answer.access_token!), 200);
  t.equal((await send(test, 'refresh', { refresh_token: answer.refresh_token })).statusCode, 200);
  const verified = await test.request('GET', `${API}/verify/`, {
    headers: { 'x-api-key': answer.application.api_key },
  });
  t.equal(verified.statusCode, 200);
});

void t.test('in the console it logs in behind the cookie, and hands no token to the page', async (t) => {
  const held = await registerUser(test);
  const before = await visitConsole(test, held.email);
  const { email, code } = await registerPending(test);
  const url = `${API}/programmatic/verify-email/`;
  const response = await test.request('POST', url, { body: { email, code }, headers: before.headers });
  t.equal(response.statusCode, 200);
  const answer = response.json<{ organization: { uuid: string }; application: { api_key: string } }>();
  t.same(Object.keys(answer).sort(), ['application', 'organization']);
  t.match(answer.application.api_key, /^lk_live_\w{71}$/);
  const cookie = String(response.headers['set-cookie']).split(';')[0] ?? '';
  const whoIs = async (headers: Record<string, string>) =>
    (await test.request('GET', CONSOLE_SESSION, { headers })).json<object>();
  t.match(await whoIs({ ...pageHeaders, cookie }), {
    user: { email },
    organizations: [{ uuid: answer.organization.uuid, role: 'owner' }],
  });
  t.match(await whoIs(before.headers), { user: null }, 'what the browser held before has ended');
  const sessions = await test.query(
    'select kind, ended_at from sessions join users on users.id = user_id where lower(email) = $1',
    [email],
  );
  t.same(sessions, [{ kind: 'console', ended_at: null }], 'there never was another session');
});

void t.test('makes one user, one organization that they own, one application with its primary client', async (t) => {
  const user = await registerUser(test);
  const listed = await test.request('GET', `${API}/organizations/me/`, { token: user.token });
  t.match(listed.json(), [{ uuid: user.organizationId, contact_email: user.email, role: 'owner' }]);
  t.equal(listed.json<unknown[]>().length, 1);
  const under = async (path: string) =>
    (await test.request('GET', `${API}/organizations/${user.organizationId}/${path}/`, { token: user.token })).json<{
      results: { uuid?: string; client_id: string; application_id?: string }[];
    }>().results;
  const applications = await under('applications');
  t.match(applications, [{ uuid: user.applicationId, client_id: user.clientId }]);
  t.equal(applications.length, 1);
  const clients = await under('api-clients');
  t.match(clients, [{ client_id: user.clientId, application_id: user.applicationId, status: 'active' }]);
  t.equal(clients.length, 1);
  const users = await test.query('select id from users where lower(email) = $1', [user.email]);
  t.same(users, [{ id: user.userId }]);
});

void t.test('the account is found under any case of the email it was registered with', async (t) => {
  const email = inOtherCase(makeEmail());
  const { code } = await registerPending(test, email);
  t.equal((await send(test, 'verify-email', { email: email.toLowerCase(), code })).statusCode, 200);
  t.equal((await send(test, 'login', { email, password: PASSWORD })).statusCode, 200);
  t.equal((await send(test, 'login', { email: email.toLowerCase(), password: PASSWORD })).statusCode, 200);
});

void t.test('400, the same for a wrong, spent, expired and unknown code and for an unknown email', async (t) => {
  const { email: waiting, code } = await registerPending(test);
  const wrong = await send(test, 'verify-email', { email: waiting, code: otherThan(code) });
  t.equal(wrong.statusCode, 400);
  t.equal(wrong.json<{ code: string }>().code, 'invalid_code');
  await ageCodes(test, waiting, '10 minutes');
  const expired = await send(test, 'verify-email', { email: waiting, code });

  const spent = await registerPending(test);
  t.equal((await send(test, 'verify-email', spent)).statusCode, 200);
  const again = await send(test, 'verify-email', spent);
  const unknown = await send(test, 'verify-email', { email: makeEmail(), code });
  const foreign = await registerPending(test);
  const someoneElses = await send(test, 'verify-email', {
    email: (await registerPending(test)).email,
    code: foreign.code,
  });
  for (const response of [expired, again, unknown, someoneElses]) t.same(answerOf(response), answerOf(wrong));
});

void t.test('a refused code costs no argon2 work, so it tells nothing by its cost', async (t) => {
  const { email, code } = await registerPending(test);
  t.equal(await countArgon2(() => send(test, 'verify-email', { email, code: otherThan(code) })), 0);
  t.equal(await countArgon2(() => send(test, 'verify-email', { email: makeEmail(), code })), 0);
});

void t.test('a code works for ten minutes', async (t) => {
  const pending = await registerPending(test);
  await ageCodes(test, pending.email, '9 minutes 30 seconds');
  t.equal((await send(test, 'verify-email', pending)).statusCode, 200);
});

void t.test('a code works at the fifth try, and not at the sixth', async (t) => {
  const fifth = await registerPending(test);
  for (let i = 0; i < 4; i += 1) await send(test, 'verify-email', { ...fifth, code: otherThan(fifth.code) });
  t.equal((await send(test, 'verify-email', fifth)).statusCode, 200);

  const sixth = await registerPending(test);
  for (let i = 0; i < 5; i += 1) await send(test, 'verify-email', { ...sixth, code: otherThan(sixth.code) });
  t.equal((await send(test, 'verify-email', sixth)).statusCode, 400);
});

void t.test('a code to reset a password does not verify an email', async (t) => {
  const { email } = await registerPending(test);
  const user = await registerUser(test);
  await send(test, 'forgot-password', { email: user.email });
  const code = await test.readCode(user.email, 2);
  t.equal((await send(test, 'verify-email', { email: user.email, code })).statusCode, 400);
  t.equal((await send(test, 'verify-email', { email, code })).statusCode, 400);
});

void t.test('400 for an email that got an account in another way meanwhile, and its account stays', async (t) => {
  const pending = await registerPending(test);
  const userId = uuidv7();
  await test.query('insert into users (id, email, password_hash) values ($1, $2, $3)', [userId, pending.email, 'none']);
  const response = await send(test, 'verify-email', pending);
  t.equal(response.statusCode, 400);
  t.equal(response.json<{ code: string }>().code, 'invalid_code');
  t.same(await test.query('select id from users where lower(email) = $1', [pending.email]), [{ id: userId }]);
});

void t.test('nothing is left of an account that could not be made whole', async (t) => {
  const pending = await registerPending(test);
  await test.query('alter table refresh_tokens rename to refresh_tokens_away');
  const failed = await send(test, 'verify-email', pending);
  await test.query('alter table refresh_tokens_away rename to refresh_tokens');
  t.equal(failed.statusCode, 500);
  t.same(await test.query('select 1 from users where email = $1', [pending.email]), []);
  t.same(await test.query('select 1 from organizations where contact_email = $1', [pending.email]), []);
  t.equal((await send(test, 'verify-email', pending)).statusCode, 200, 'and the code still works');
});
