import { decodeJwt } from 'jose';
import t from 'tap';
import { answerOf, atOnce, send, statusOfToken, tally } from '../../support/accounts.ts';
import { build } from '../../support/build-app.ts';
import { PASSWORD, registerUser } from '../../support/factories.ts';

const test = await build(t, { env: { ADMIN_TOKEN_TTL_SECONDS: '120' } });

interface Tokens {
  access_token: string;
  refresh_token: string;
}

async function refresh(refreshToken: string) {
  return send(test, 'refresh', { refresh_token: refreshToken });
}

async function openSession(): Promise<Tokens & { userId: string }> {
  const { email, userId } = await registerUser(test);
  return { userId, ...(await send(test, 'login', { email, password: PASSWORD })).json<Tokens>() };
}

void t.test('200 with new tokens; the admin token that was out stays good', async (t) => {
  const first = await openSession();
  const response = await refresh(first.refresh_token);
  t.equal(response.statusCode, 200);
  t.equal(response.headers['cache-control'], 'no-store');
  const second = response.json<Tokens>();
  t.same(Object.keys(second).sort(), ['access_token', 'expires_in', 'refresh_token', 'token_type']);
  t.match(second, { token_type: 'Bearer', expires_in: 120 });
  t.not(second.refresh_token, first.refresh_token);
  t.not(second.access_token, first.access_token);
  t.equal(await statusOfToken(test, second.access_token), 200);
  t.equal(await statusOfToken(test, first.access_token), 200);
  t.equal((await refresh(second.refresh_token)).statusCode, 200);
});

void t.test('401 for a spent token, and all its session is over: refresh tokens and admin tokens', async (t) => {
  const first = await openSession();
  const second = (await refresh(first.refresh_token)).json<Tokens>();
  const third = (await refresh(second.refresh_token)).json<Tokens>();
  t.equal((await refresh(first.refresh_token)).statusCode, 401);
  t.equal((await refresh(third.refresh_token)).statusCode, 401);
  for (const { access_token: token } of [first, second, third]) t.equal(await statusOfToken(test, token), 401);
});

void t.test('the reuse of a token leaves the other sessions of the user alone', async (t) => {
  const user = await registerUser(test);
  const login = (await send(test, 'login', { email: user.email, password: PASSWORD })).json<Tokens>();
  await refresh(user.refreshToken);
  t.equal((await refresh(user.refreshToken)).statusCode, 401);
  t.equal(await statusOfToken(test, user.token), 401);
  t.equal(await statusOfToken(test, login.access_token), 200);
  t.equal((await refresh(login.refresh_token)).statusCode, 200);
});

void t.test('401, the same for a spent, expired, ended, foreign and malformed token', async (t) => {
  const spent = await openSession();
  await refresh(spent.refresh_token);
  const ended = await openSession();
  await send(test, 'logout', { refresh_token: ended.refresh_token });
  const expired = await openSession();
  await test.query(
    `update refresh_tokens set expires_at = now() - make_interval(secs => 0.001) from sessions
     where sessions.id = session_id and user_id = $1`,
    [expired.userId],
  );
  const answers = await Promise.all(
    [spent.refresh_token, expired.refresh_token, ended.refresh_token, 'A'.repeat(43), '\u0000', 'ä'].map(
      async (token) => answerOf(await refresh(token)),
    ),
  );
  const [first, ...others] = answers;
  t.match(first, { status: 401, headers: { 'www-authenticate': String }, body: /invalid_refresh_token/ });
  for (const answer of others) t.same(answer, first);
});

void t.test('a session lives on with each refresh, and ends when nobody refreshes it', async (t) => {
  const ttl = test.config.refreshTokenTtlSeconds;
  const age = (share: number) =>
    test.query(
      `with aged as (update sessions set expires_at = expires_at - make_interval(secs => $1))
       update refresh_tokens set expires_at = expires_at - make_interval(secs => $1)`,
      [share * ttl],
    );
  let { refresh_token: token } = await openSession();
  for (let i = 0; i < 3; i += 1) {
    await age(0.9);
    const response = await refresh(token);
    t.equal(response.statusCode, 200);
    const next = response.json<Tokens>();
    t.equal(await statusOfToken(test, next.access_token), 200);
    token = next.refresh_token;
  }
  await age(1);
  t.equal((await refresh(token)).statusCode, 401);
});

void t.test('of 10 refreshes at once with one token at most one succeeds, and the session is over', async (t) => {
  const tokens = await openSession();
  const responses = await atOnce(10, () => refresh(tokens.refresh_token));
  t.same(tally(responses), { 200: 1, 401: 9 });
  t.equal(await statusOfToken(test, tokens.access_token), 401);
  const winner = responses.find(({ statusCode }) => statusCode === 200)!.json<Tokens>();
  t.equal(await statusOfToken(test, winner.access_token), 401);
  t.equal((await refresh(winner.refresh_token)).statusCode, 401);
});

void t.test('an admin token is no refresh token, nor the other way round', async (t) => {
  const tokens = await openSession();
  t.equal((await refresh(tokens.access_token)).statusCode, 400);
  t.equal(await statusOfToken(test, tokens.refresh_token), 401);
  t.equal((await refresh(tokens.refresh_token)).statusCode, 200);
});

void t.test('a session ends 90 days after its login, and nothing that is refreshed before outlives it', async (t) => {
  const long = await build(t, { env: { REFRESH_TOKEN_TTL_SECONDS: '31536000', ADMIN_TOKEN_TTL_SECONDS: '86400' } });
  const user = await registerUser(long);
  const ageSession = (interval: string) =>
    long.query(
      `with aged as (
         update sessions set created_at = created_at - $2::interval, expires_at = expires_at - $2::interval
         where user_id = $1 returning id)
       update refresh_tokens set expires_at = expires_at - $2::interval where session_id in (select id from aged)`,
      [user.userId, interval],
    );
  await ageSession('2159 hours');
  const response = await send(long, 'refresh', { refresh_token: user.refreshToken });
  t.equal(response.statusCode, 200);
  const tokens = response.json<Tokens & { expires_in: number }>();
  t.ok(tokens.expires_in > 0 && tokens.expires_in <= 3600, 'no more is promised than is left');
  const { iat, exp } = decodeJwt(tokens.access_token);
  t.equal(Number(exp) - Number(iat), tokens.expires_in);
  t.equal(await statusOfToken(long, tokens.access_token), 200);
  await ageSession('1 hour');
  t.equal(await statusOfToken(long, tokens.access_token), 401);
  t.equal((await send(long, 'refresh', { refresh_token: tokens.refresh_token })).statusCode, 401);
});
