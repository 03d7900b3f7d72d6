import { v7 as uuidv7 } from 'uuid';
import t from 'tap';
import { build } from '../support/build-app.ts';
import { registerUser } from '../support/factories.ts';
import { openForge } from '../support/forged-tokens.ts';
import type { Json } from '../support/forged-tokens.ts';
import { expectAccepted, expectRefused } from '../support/refused-tokens.ts';

const now = () => Math.floor(Date.now() / 1000);

void t.test('a token signed with the right key is refused unless it is exactly a live admin token', async (t) => {
  const test = await build(t, { env: { PUBLIC_URL: 'https://accounts.acme.example' } });
  const user = await registerUser(test);
  const forge = await openForge(test, user.token);

  const refuseAll = async (t: Parameters<typeof expectRefused>[0], claim: string, values: unknown[]) => {
    for (const value of values) {
      await expectRefused(t, test, `Bearer ${forge.sign({ payload: { [claim]: value } })}`);
    }
  };

  await t.test('one with all claims in order is accepted', async (t) => {
    await expectAccepted(t, test, `Bearer ${forge.sign()}`);
    await expectAccepted(t, test, `Bearer ${forge.sign({ payload: { nbf: now() - 10, extra: 'x' } })}`);
  });

  await t.test('a claim is missing', async (t) => {
    for (const claim of ['iss', 'aud', 'sub', 'sid', 'jti', 'iat', 'exp']) await refuseAll(t, claim, [undefined]);
  });

  await t.test('it was issued by another issuer', async (t) => {
    await refuseAll(t, 'iss', [
      'https://accounts.acme.example/',
      'https://accounts.acme.example.evil.example',
      'http://accounts.acme.example',
      'https://ACCOUNTS.acme.example',
      '',
      null,
      ['https://accounts.acme.example'],
      {},
    ]);
  });

  await t.test('it is for another audience', async (t) => {
    const audience = 'https://accounts.acme.example/auth/v2';
    await refuseAll(t, 'aud', [
      // What access tokens of machines name.
      'https://accounts.acme.example',
      `${audience}/`,
      `${audience}/verify`,
      '',
      null,
      [],
      [audience],
      [audience, 'https://other.example'],
      { 0: audience },
    ]);
  });

  await t.test('it is of another type', async (t) => {
    for (const typ of ['at+jwt', 'application/at+jwt', 'AT+JWT', 'logout+jwt', '', null, undefined, 1, ['JWT'], {}]) {
      await expectRefused(t, test, `Bearer ${forge.sign({ header: { typ } })}`);
    }
  });

  await t.test('the type is a media type, so its case and prefix do not matter (RFC 7515 §4.1.9)', async (t) => {
    for (const typ of ['JWT', 'jwt', 'application/jwt']) {
      await expectAccepted(t, test, `Bearer ${forge.sign({ header: { typ } })}`);
    }
  });

  await t.test('it has expired, or its end is no time that was ever issued', async (t) => {
    await refuseAll(t, 'exp', [
      now() - 1,
      now() - 86_400,
      0,
      -1,
      -1e300,
      null,
      '',
      String(now() + 3600),
      'never',
      [now() + 3600],
      {},
      true,
      // Milliseconds instead of seconds, and a token for longer than any is issued for.
      Date.now() + 3_600_000,
      now() + 90 * 86_400,
      Number.MAX_SAFE_INTEGER,
      1e300,
    ]);
  });

  await t.test('its end is no number that JSON can hold', async (t) => {
    const payload: Json = { exp: 'EXP' };
    const [header = '', body = ''] = forge.sign({ payload }).split('.');
    const text = Buffer.from(body, 'base64url').toString().replace('"EXP"', '1e999');
    t.match(text, '"exp":1e999');
    await expectRefused(t, test, `Bearer ${forge.signText(header, text)}`);
  });

  await t.test('it is not valid yet', async (t) => {
    await refuseAll(t, 'nbf', [now() + 3600, 1e300, '0', null, [0], {}]);
  });

  await t.test('its subject is not one that can have a session', async (t) => {
    const other = await registerUser(test);
    await refuseAll(t, 'sub', [
      uuidv7(),
      other.userId,
      user.email,
      '',
      ' ',
      'not-an-id',
      '\u0000',
      `${user.userId} `,
      `{${user.userId}}`,
      "' or '1'='1",
      null,
      1,
      [user.userId],
      { id: user.userId },
    ]);
  });

  await t.test('its session is not one of the subject', async (t) => {
    const other = await registerUser(test);
    const [session] = await test.query<{ id: string }>('select id from sessions where user_id = $1', [other.userId]);
    await refuseAll(t, 'sid', [uuidv7(), session?.id, user.userId, '', 'not-an-id', '\u0000', null, 1, [], {}]);
  });
});

void t.test('a token ends with what it stands for', async (t) => {
  const test = await build(t);

  await t.test('with the logout of its session, while another session of the user goes on', async (t) => {
    const user = await registerUser(test);
    const credentials = { email: user.email, password: user.password };
    const login = await test.request('POST', '/auth/v2/programmatic/login/', { body: credentials });
    const second = login.json<{ access_token: string }>().access_token;
    await expectAccepted(t, test, `Bearer ${user.token}`);
    await test.request('POST', '/auth/v2/programmatic/logout/', { body: { refresh_token: user.refreshToken } });
    await expectRefused(t, test, `Bearer ${user.token}`);
    await expectAccepted(t, test, `Bearer ${second}`);
  });

  await t.test('with its session’s time', async (t) => {
    const user = await registerUser(test);
    await test.query('update sessions set expires_at = now() - make_interval(secs => 0.001) where user_id = $1', [
      user.userId,
    ]);
    await expectRefused(t, test, `Bearer ${user.token}`);
  });

  await t.test('with its user', async (t) => {
    const user = await registerUser(test);
    await test.query('delete from users where id = $1', [user.userId]);
    await expectRefused(t, test, `Bearer ${user.token}`);
  });

  await t.test('with its signing key', async (t) => {
    const user = await registerUser(test);
    const elsewhere = await build(t, { env: { LATCHKEY_MASTER_KEY: test.config.masterKeys[0].toString('base64') } });
    await expectRefused(t, elsewhere, `Bearer ${user.token}`);
  });
});
