import { decodeJwt } from 'jose';
import t from 'tap';
import { MasterKey } from '../../../src/master-key/master-key.ts';
import { openTwofold } from '../../../src/master-key/twofold-seal.ts';
import { answerOf, atOnce, send, statusOfToken, tally } from '../../support/accounts.ts';
import { build } from '../../support/build-app.ts';
import { PASSWORD, registerUser } from '../../support/factories.ts';
import { dumpTables } from '../../support/leak-hunt.ts';
import { listAccountEvents, sessionOf } from '../../support/sessions.ts';

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

/** Lets ten seconds go by for everything that was spent. */
async function passTenSeconds(): Promise<void> {
  await test.query(`update refresh_tokens set spent_at = spent_at - interval '10 seconds'`);
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
  await passTenSeconds();
  t.equal((await refresh(user.refreshToken)).statusCode, 401);
  t.equal(await statusOfToken(test, user.token), 401);
  t.equal(await statusOfToken(test, login.access_token), 200);
  t.equal((await refresh(login.refresh_token)).statusCode, 200);
});

void t.test('401, the same for a spent, expired, ended, foreign and malformed token', async (t) => {
  const spent = await openSession();
  await refresh(spent.refresh_token);
  await passTenSeconds();
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

void t.test(
  'within ten seconds a spent token gives the same refresh token, and a good admin token, once more',
  async (t) => {
    const first = await openSession();
    const second = (await refresh(first.refresh_token)).json<Tokens>();
    await test.query(`update refresh_tokens set spent_at = spent_at - interval '9 seconds'`);
    const response = await refresh(first.refresh_token);
    t.equal(response.statusCode, 200);
    t.equal(response.headers['cache-control'], 'no-store');
    const again = response.json<Tokens>();
    t.equal(again.refresh_token, second.refresh_token);
    t.same(Object.keys(again), Object.keys(second));
    for (const { access_token: token } of [first, second, again]) t.equal(await statusOfToken(test, token), 200);
    const events = await listAccountEvents(test, first.userId);
    t.match(events.at(-1), { action: 'session.repeat', target: { id: sessionOf(first.access_token) } });
    const third = await refresh(again.refresh_token);
    t.equal(third.statusCode, 200);
    t.equal(await statusOfToken(test, third.json<Tokens>().access_token), 200);
  },
);

void t.test('a third use is a theft, however soon: all of the session is over', async (t) => {
  const first = await openSession();
  const second = (await refresh(first.refresh_token)).json<Tokens>();
  t.equal((await refresh(first.refresh_token)).statusCode, 200);
  t.equal((await refresh(first.refresh_token)).statusCode, 401);
  t.equal((await refresh(second.refresh_token)).statusCode, 401);
  t.equal(await statusOfToken(test, second.access_token), 401);
});

void t.test('so is a second use after ten seconds, and one whose successor has been used', async (t) => {
  const late = await openSession();
  const next = (await refresh(late.refresh_token)).json<Tokens>();
  await passTenSeconds();
  t.equal((await refresh(late.refresh_token)).statusCode, 401);
  t.equal(await statusOfToken(test, next.access_token), 401);

  const first = await openSession();
  const second = (await refresh(first.refresh_token)).json<Tokens>();
  const third = (await refresh(second.refresh_token)).json<Tokens>();
  t.equal((await refresh(first.refresh_token)).statusCode, 401);
  t.equal((await refresh(third.refresh_token)).statusCode, 401);
});

void t.test('a session that was ended gives no successor again', async (t) => {
  const first = await openSession();
  const second = (await refresh(first.refresh_token)).json<Tokens>();
  await send(test, 'logout', { refresh_token: second.refresh_token });
  t.equal((await refresh(first.refresh_token)).statusCode, 401);
});

void t.test('two refreshes at once with one token, over two processes, get the same refresh token', async (t) => {
  const two = await build(t, { beside: test });
  for (let round = 0; round < 5; round += 1) {
    const { refresh_token: token } = await openSession();
    const answers = await Promise.all([test, two].map((one) => send(one, 'refresh', { refresh_token: token })));
    t.same(
      answers.map(({ statusCode }) => statusCode),
      [200, 200],
    );
    const [one, other] = answers.map((answer) => answer.json<Tokens>());
    t.equal(one?.refresh_token, other?.refresh_token);
    for (const pair of [one, other]) t.equal(await statusOfToken(two, String(pair?.access_token)), 200);
    t.equal((await send(two, 'refresh', { refresh_token: String(one?.refresh_token) })).statusCode, 200);
  }
});

void t.test('what a token was spent for is stored for nobody to read but who has the token', async (t) => {
  const first = await openSession();
  const second = (await refresh(first.refresh_token)).json<Tokens>();
  const rows = await test.query<{ sealed_successor: string }>(
    'select sealed_successor from refresh_tokens where sealed_successor is not null',
  );
  t.ok(rows.length > 0);
  const dump = (await dumpTables(test)).map(({ text }) => text).join('\n');
  for (const { refresh_token: token } of [first, second]) t.notOk(dump.includes(token));
  const masterKey = new MasterKey(test.config.masterKeys);
  const open = (secret: string) => (sealed: string) => {
    try {
      return openTwofold(masterKey, { secret, context: ['refresh-token'] }, sealed);
    } catch {
      return null;
    }
  };
  const sealed = rows.map(({ sealed_successor: text }) => text);
  t.same(
    sealed.map(open(first.refresh_token)).filter((text) => text !== null),
    [second.refresh_token],
  );
  for (const guess of ['', second.refresh_token, ...sealed]) {
    t.same(
      sealed.map(open(guess)).filter((text) => text !== null),
      [],
    );
  }
});

void t.test('of 10 refreshes at once with one token at most two succeed alike, and the session is over', async (t) => {
  const tokens = await openSession();
  const responses = await atOnce(10, () => refresh(tokens.refresh_token));
  const { 200: successes = 0, 401: failures = 0 } = tally(responses);
  t.ok(successes >= 1 && successes <= 2, String(successes));
  t.equal(successes + failures, 10);
  const given = responses.filter(({ statusCode }) => statusCode === 200).map((answer) => answer.json<Tokens>());
  t.equal(new Set(given.map(({ refresh_token: token }) => token)).size, 1);
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
