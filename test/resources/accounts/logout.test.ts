import t from 'tap';
import { answerOf, atOnce, send, statusOfToken } from '../../support/accounts.ts';
import { build } from '../../support/build-app.ts';
import { PASSWORD, registerUser } from '../../support/factories.ts';

const test = await build(t);

interface Tokens {
  access_token: string;
  refresh_token: string;
}

async function logOut(refreshToken: string) {
  return send(test, 'logout', { refresh_token: refreshToken });
}

void t.test('204 without a body, and the admin token is refused at once, as is the refresh token', async (t) => {
  const user = await registerUser(test);
  t.equal(await statusOfToken(test, user.token), 200);
  const response = await logOut(user.refreshToken);
  t.equal(response.statusCode, 204);
  t.equal(response.body, '');
  t.equal(await statusOfToken(test, user.token), 401);
  t.equal((await send(test, 'refresh', { refresh_token: user.refreshToken })).statusCode, 401);
});

void t.test('ends the admin tokens of every refresh of the session', async (t) => {
  const user = await registerUser(test);
  const next = (await send(test, 'refresh', { refresh_token: user.refreshToken })).json<Tokens>();
  t.equal((await logOut(next.refresh_token)).statusCode, 204);
  for (const token of [user.token, next.access_token]) t.equal(await statusOfToken(test, token), 401);
});

void t.test('leaves the other sessions of the user alone', async (t) => {
  const user = await registerUser(test);
  const other = (await send(test, 'login', { email: user.email, password: PASSWORD })).json<Tokens>();
  await logOut(user.refreshToken);
  t.equal(await statusOfToken(test, other.access_token), 200);
  t.equal((await send(test, 'refresh', { refresh_token: other.refresh_token })).statusCode, 200);
});

void t.test('204 again for a client that did not see the first answer', async (t) => {
  const user = await registerUser(test);
  await logOut(user.refreshToken);
  t.equal((await logOut(user.refreshToken)).statusCode, 204);
});

void t.test('401 for a spent token, whose session is over then, and the same for a foreign one', async (t) => {
  const user = await registerUser(test);
  const next = (await send(test, 'refresh', { refresh_token: user.refreshToken })).json<Tokens>();
  const spent = await logOut(user.refreshToken);
  t.equal(spent.statusCode, 401);
  t.equal(spent.json<{ code: string }>().code, 'invalid_refresh_token');
  t.ok(spent.headers['www-authenticate']);
  t.equal(await statusOfToken(test, next.access_token), 401);
  t.equal((await send(test, 'refresh', { refresh_token: next.refresh_token })).statusCode, 401);
  t.same(answerOf(await logOut('A'.repeat(43))), answerOf(spent));
});

void t.test('nothing of a session is left when it is ended and refreshed at once', async (t) => {
  const user = await registerUser(test);
  const responses = await atOnce(10, (index) =>
    index % 2 === 0 ? logOut(user.refreshToken) : send(test, 'refresh', { refresh_token: user.refreshToken }),
  );
  t.equal(await statusOfToken(test, user.token), 401);
  for (const response of responses.filter(({ statusCode }) => statusCode === 200)) {
    const tokens = response.json<Tokens>();
    t.equal(await statusOfToken(test, tokens.access_token), 401);
    t.equal((await send(test, 'refresh', { refresh_token: tokens.refresh_token })).statusCode, 401);
  }
});
