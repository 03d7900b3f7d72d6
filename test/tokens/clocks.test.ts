import t from 'tap';
import type { Test } from 'tap';
import { RefusalPace } from '../../src/secrets/refusal-pace.ts';
import type { SecretState, StateReader } from '../../src/secrets/secret-state.ts';
import { createAccessTokens } from '../../src/tokens/access-tokens.ts';
import type { KeyRing } from '../../src/tokens/key-ring.ts';
import { build } from '../support/build-app.ts';
import type { TestApp } from '../support/build-app.ts';
import { API, createClient, registerUser } from '../support/factories.ts';
import { openForge, readToken } from '../support/forged-tokens.ts';
import { clientPath } from '../support/machines.ts';
import { requestToken, sendAs } from '../support/oauth.ts';

const HOUR_MS = 3_600_000;

interface Answer {
  access_token: string;
  expires_in: number;
}

/** Two processes of a deployment: one on the database's clock, one on a machine whose clock is off. */
async function buildBoth(t: Test, offMs: number): Promise<{ right: TestApp; wrong: TestApp }> {
  const right = await build(t);
  return { right, wrong: await build(t, { beside: right, now: () => Date.now() + offMs }) };
}

async function databaseSeconds({ query }: TestApp): Promise<number> {
  const [row] = await query<{ now: number }>('select extract(epoch from now())::float8 as now');
  return row?.now ?? NaN;
}

const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

for (const [words, offMs] of [
  ['an hour ahead', HOUR_MS],
  ['an hour behind', -HOUR_MS],
] as const) {
  void t.test(`a process whose clock is ${words}`, async (t) => {
    const { right, wrong } = await buildBoth(t, offMs);
    const user = await registerUser(right);
    const machine = await createClient(right, user);

    await t.test('issues tokens that live as long as those of any other, by the database’s time', async (t) => {
      const before = await databaseSeconds(right);
      const { access_token: token, expires_in: expiresIn } = (await requestToken(wrong, machine)).json<Answer>();
      const after = await databaseSeconds(right);
      t.equal(expiresIn, 900);
      const { iat, exp } = readToken(token).payload as { iat: number; exp: number };
      t.equal(exp - iat, 900);
      t.ok(iat >= Math.floor(before) - 1 && iat <= after + 1, 'issued now');
      t.equal((await right.request('GET', `${API}/verify/`, bearer(token))).statusCode, 200);
      t.equal((await wrong.request('GET', `${API}/verify/`, bearer(token))).statusCode, 200);
    });

    await t.test('accepts the tokens of others, and what it revokes is revoked', async (t) => {
      const { access_token: token } = (await requestToken(right, machine)).json<Answer>();
      t.equal((await wrong.request('GET', `${API}/verify/`, bearer(token))).statusCode, 200);
      t.equal((await sendAs(wrong, machine, { route: 'revoke', form: { token } })).statusCode, 200);
      t.equal((await right.request('GET', `${API}/verify/`, bearer(token))).statusCode, 401);
    });

    await t.test('takes the admin tokens of others, and gives good ones', async (t) => {
      const me = `${API}/organizations/me/`;
      t.equal((await wrong.request('GET', me, { token: user.token })).statusCode, 200);
      const body = { email: user.email, password: user.password };
      const login = (await wrong.request('POST', `${API}/programmatic/login/`, { body })).json<Answer>();
      t.equal((await right.request('GET', me, { token: login.access_token })).statusCode, 200);
      const { iat } = readToken(login.access_token).payload as { iat: number };
      t.ok(Math.abs(iat - (await databaseSeconds(right))) < HOUR_MS / 2_000);
    });

    await t.test('judges by the database’s time what lies in the future', async (t) => {
      const path = clientPath(user, machine.client_id);
      const patch = async (seconds: number) => {
        const at = new Date((await databaseSeconds(right)) * 1_000 + seconds * 1_000).toISOString();
        return (await wrong.request('PATCH', path, { token: user.token, body: { expires_at: at } })).statusCode;
      };
      t.equal(await patch(-1_800), 400);
      t.equal(await patch(1_800), 200);
    });

    await t.test('is not ready, and says why in the log and the metrics', async (t) => {
      t.equal((await wrong.request('GET', '/readyz')).statusCode, 503);
      t.equal((await right.request('GET', '/readyz')).statusCode, 200);
      const warnings = wrong.logs.filter((line) => line.includes('the clock of this machine is not the database'));
      t.equal(warnings.length, 1);
      const offset = /^latchkey_clock_offset_seconds (\S+)$/m.exec((await wrong.request('GET', '/metrics')).body)?.[1];
      t.ok(Math.abs(Number(offset) + offMs / 1_000) < HOUR_MS / 2_000, `${String(offset)} s`);
      t.notOk(right.logs.some((line) => line.includes('the clock of this machine')));
    });
  });
}

void t.test('a token ends before its secret, never after, and never at once', async (t) => {
  const test = await build(t);
  const user = await registerUser(test);
  const machine = await createClient(test, user);
  const expire = (end: string) =>
    test.query(`update api_clients set expires_at = ${end} where client_id = $1`, [machine.client_id]);

  await expire(`date_trunc('second', now()) + interval '100.9 seconds'`);
  const { access_token: token, expires_in: expiresIn } = (await requestToken(test, machine)).json<Answer>();
  const { exp } = readToken(token).payload as { exp: number };
  const [row] = await test.query<{ end: number }>(
    'select extract(epoch from expires_at)::float8 as end from api_clients where client_id = $1',
    [machine.client_id],
  );
  t.equal(exp, Math.floor(row?.end ?? NaN));
  t.ok(expiresIn > 0 && expiresIn <= 100);
});

void t.test(
  'a token that has ended is refused by a process whose machine has slept since, from the first request on',
  async (t) => {
    const test = await build(t);
    const user = await registerUser(test);
    const machine = await createClient(test, user);
    const { databaseClock: clock } = test.app;
    // The clock that counts on between readings stands still while a machine is suspended.
    const sleep = async () => {
      clock.note((await databaseSeconds(test)) * 1_000 - HOUR_MS, clock.ask());
    };

    await t.test('an access token', async (t) => {
      const { access_token: token } = (await requestToken(test, machine)).json<Answer>();
      const forge = await openForge(test, token);
      const ended = forge.sign({ payload: { exp: Math.floor(await databaseSeconds(test)) - 60 } });
      await sleep();
      t.equal((await test.request('GET', `${API}/verify/`, bearer(ended))).statusCode, 401);
      t.equal((await test.request('GET', `${API}/verify/`, bearer(token))).statusCode, 200);
    });

    await t.test('an admin token', async (t) => {
      const { sub, sid } = readToken(user.token).payload as { sub: string; sid: string };
      await sleep();
      const ended = await test.app.signAdminToken({ sub, sid }, 1_800);
      t.equal((await test.request('GET', `${API}/organizations/me/`, { token: ended })).statusCode, 401);
      await sleep();
      const alive = await test.app.signAdminToken({ sub, sid }, 5_400);
      t.equal((await test.request('GET', `${API}/organizations/me/`, { token: alive })).statusCode, 200);
    });
  },
);

void t.test('no token is issued for a secret without a whole second left: none would be good', async (t) => {
  const keyRing: unknown = { current: {} };
  const clock = { now: () => 1_000_200 };
  const states = {} as StateReader;
  const tokens = createAccessTokens({
    keyRing: keyRing as KeyRing,
    clock,
    states,
    issuer: 'i',
    audiences: ['a'],
    ttlSeconds: 900,
    pace: new RefusalPace(),
  });
  const state = { clientId: 'c', expiresAt: new Date(1_000_900) } as SecretState;
  t.equal(await tokens.issue(state, { permissions: ['api.read'], audience: 'a' }), undefined);
});
