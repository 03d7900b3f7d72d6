import t from 'tap';
import { answerOf, atOnce, statusOfToken, tally } from '../../support/accounts.ts';
import { Authenticator } from '../../support/authenticator.ts';
import type { Forgery } from '../../support/authenticator.ts';
import { build } from '../../support/build-app.ts';
import { API, registerUser } from '../../support/factories.ts';
import {
  askChallenge,
  beginLogin,
  sendAssertion,
  sendCode,
  setUpPasskey,
  setUpTotp,
} from '../../support/second-factor.ts';

const PUBLIC_URL = 'https://accounts.acme.example';
const test = await build(t, { env: { PUBLIC_URL, CORS_ORIGINS: 'https://console.accounts.acme.example' } });

async function registerWithPasskey() {
  const user = await registerUser(test);
  return { ...user, ...(await setUpPasskey(test, user)) };
}

const actionsOf = async ({ userId }: { userId: string }) =>
  (
    await test.query<{ action: string }>('select action from audit_events where chain_id = $1 order by sequence', [
      userId,
    ])
  ).map(({ action }) => action);

/** Logs in with a passkey as far as its answer. */
async function answer(user: Awaited<ReturnType<typeof registerWithPasskey>>, forgery: Forgery = {}) {
  const tempToken = await beginLogin(test, user);
  const challenge = await askChallenge(test, tempToken);
  return sendAssertion(test, tempToken, user.authenticator.get(challenge, forgery));
}

void t.test('a login of who has a passkey asks for it, and names the authenticators that have one', async (t) => {
  const user = await registerWithPasskey();
  const tempToken = await beginLogin(test, user);
  const response = await test.request('POST', `${API}/2fa/passkey/options/`, { body: { temp_token: tempToken } });
  t.equal(response.statusCode, 200);
  t.equal(response.headers['cache-control'], 'no-store');
  const options = response.json<{ challenge: string }>();
  t.match(options.challenge, /^[\w-]{43}$/);
  t.same(options, {
    challenge: options.challenge,
    timeout: 300_000,
    rpId: 'accounts.acme.example',
    allowCredentials: [{ id: user.authenticator.id, type: 'public-key', transports: ['internal'] }],
    userVerification: 'required',
  });
});

void t.test('200 with tokens for what the passkey has signed, and its use is noted', async (t) => {
  const user = await registerWithPasskey();
  const response = await answer(user);
  t.equal(response.statusCode, 200, response.body);
  t.equal(await statusOfToken(test, response.json<{ access_token: string }>().access_token), 200);
  const listed = await test.request('GET', `${API}/account/passkeys/`, { token: user.token });
  t.match(listed.json(), { results: [{ uuid: user.uuid, name: 'Laptop', last_used_at: /Z$/ }] });
  t.same((await actionsOf(user)).slice(-3), ['login.challenge', 'second_factor.pass', 'session.create']);
});

void t.test('200 from a page of a subdomain that CORS_ORIGINS names, and with the handle of the user', async (t) => {
  const user = await registerWithPasskey();
  const userHandle = Buffer.from(user.userId.replaceAll('-', ''), 'hex').toString('base64url');
  t.equal((await answer(user, { origin: 'https://console.accounts.acme.example', userHandle })).statusCode, 200);
});

void t.test('401 for every forged answer, and each uses up its challenge', async (t) => {
  const forgeries: Record<string, Forgery> = {
    'of a page elsewhere': { origin: 'https://accounts.acme.example.evil.example' },
    'of a page on another port': { origin: 'https://accounts.acme.example:8443' },
    'of a page without TLS': { origin: 'http://accounts.acme.example' },
    'for another relying party': { rpId: 'evil.example' },
    'to another challenge': { challenge: Buffer.alloc(32).toString('base64url') },
    'of a registration': { type: 'webauthn.create' },
    'without the user verified': { isUserVerified: false },
    'without the user present': { isUserPresent: false },
    'for another user': { userHandle: Buffer.alloc(16).toString('base64url') },
  };
  const refusals = new Set<string>();
  for (const [name, forgery] of Object.entries(forgeries)) {
    const user = await registerWithPasskey();
    const tempToken = await beginLogin(test, user);
    const challenge = await askChallenge(test, tempToken);
    const refused = await sendAssertion(test, tempToken, user.authenticator.get(challenge, forgery));
    t.equal(refused.statusCode, 401, name);
    refusals.add(JSON.stringify(answerOf(refused)));
    const second = await sendAssertion(test, tempToken, user.authenticator.get(challenge));
    t.equal(second.statusCode, 401, `${name}: the challenge is used up`);
    t.equal((await answer(user)).statusCode, 200, `${name}: a new login is let in`);
  }
  t.equal(refusals.size, 1, 'one answer for all');
});

void t.test('401 for a signature that is not of the key, and for a passkey of another user', async (t) => {
  const [user, other] = [await registerWithPasskey(), await registerWithPasskey()];
  const tempToken = await beginLogin(test, user);
  const good = user.authenticator.get(await askChallenge(test, tempToken));
  const signature = `${good.response.signature.slice(0, -6)}AAAAAA`;
  const changed = { ...good, response: { ...good.response, signature } };
  t.equal((await sendAssertion(test, tempToken, changed)).statusCode, 401, 'changed');
  const { response } = other.authenticator.get(await askChallenge(test, tempToken));
  t.equal((await sendAssertion(test, tempToken, { ...good, response })).statusCode, 401, 'signed by another key');
  const foreign = other.authenticator.get(await askChallenge(test, tempToken));
  t.equal((await sendAssertion(test, tempToken, foreign)).statusCode, 401, 'another user’s passkey');
  const unknown = new Authenticator(PUBLIC_URL).get(await askChallenge(test, tempToken));
  t.equal((await sendAssertion(test, tempToken, unknown)).statusCode, 401, 'nobody’s passkey');
});

void t.test('the other session’s: what answers one login does not finish another', async (t) => {
  const user = await registerWithPasskey();
  const [one, other] = [await beginLogin(test, user), await beginLogin(test, user)];
  const [challenge] = [await askChallenge(test, one), await askChallenge(test, other)];
  t.equal((await sendAssertion(test, other, user.authenticator.get(challenge))).statusCode, 401);
});

void t.test('replayed: an answer is good once, and an older challenge gives way to a newer one', async (t) => {
  const user = await registerWithPasskey();
  const tempToken = await beginLogin(test, user);
  const older = await askChallenge(test, tempToken);
  const newer = await askChallenge(test, tempToken);
  t.equal((await sendAssertion(test, tempToken, user.authenticator.get(older))).statusCode, 401);
  const last = await askChallenge(test, tempToken);
  t.not(last.challenge, newer.challenge);
  const credential = user.authenticator.get(last);
  // With the one above five tries, of which a login has no more.
  const answers = await atOnce(4, () => sendAssertion(test, tempToken, credential));
  t.equal(tally(answers)[200], 1);
  t.equal((await sendAssertion(test, await beginLogin(test, user), credential)).statusCode, 401);
});

void t.test('401 when the authenticator has not counted on, and its owner can see why', async (t) => {
  const user = await registerWithPasskey();
  t.equal((await answer(user, { signCount: 7 })).statusCode, 200);
  t.equal((await answer(user, { signCount: 7 })).statusCode, 401, 'the same count');
  t.equal((await answer(user, { signCount: 3 })).statusCode, 401, 'a smaller one');
  t.equal((await answer(user, { signCount: 0 })).statusCode, 401, 'none any more');
  t.equal((await answer(user, { signCount: 8 })).statusCode, 200);
  t.equal((await actionsOf(user)).filter((action) => action === 'passkey.suspect').length, 3);
});

void t.test('200 again and again for an authenticator that never counts', async (t) => {
  const user = await registerWithPasskey();
  for (let i = 0; i < 2; i += 1) t.equal((await answer(user, { signCount: 0 })).statusCode, 200);
});

void t.test('401 for an answer to no challenge, and five tries with codes and passkeys together', async (t) => {
  const user = await registerWithPasskey();
  await setUpTotp(test, user);
  const tempToken = await beginLogin(test, user);
  const unasked = user.authenticator.get({ challenge: Buffer.alloc(32, 1).toString('base64url') });
  for (let i = 0; i < 3; i += 1) t.equal((await sendAssertion(test, tempToken, unasked)).statusCode, 401);
  for (let i = 0; i < 2; i += 1) t.equal((await sendCode(test, tempToken, 'AAAA-AAAA-AAAA-AAAA')).statusCode, 401);
  const body = { temp_token: tempToken };
  t.equal((await test.request('POST', `${API}/2fa/passkey/options/`, { body })).statusCode, 401, 'the login has ended');
});

void t.test('401 for options with a token that is none, or of who has no passkey', async (t) => {
  const user = await registerUser(test);
  await setUpTotp(test, user);
  for (const token of ['A'.repeat(43), user.refreshToken, await beginLogin(test, user)]) {
    const response = await test.request('POST', `${API}/2fa/passkey/options/`, { body: { temp_token: token } });
    t.equal(response.statusCode, 401);
    t.match(response.json(), { code: 'invalid_second_factor' });
  }
});

void t.test('a passkey that was removed no longer logs in, also where its login waits', async (t) => {
  const user = await registerWithPasskey();
  await setUpTotp(test, user);
  const tempToken = await beginLogin(test, user);
  const challenge = await askChallenge(test, tempToken);
  const gone = await test.request('DELETE', `${API}/account/passkeys/${user.uuid}/`, { token: user.token });
  t.equal(gone.statusCode, 204);
  t.equal((await sendAssertion(test, tempToken, user.authenticator.get(challenge))).statusCode, 401);
});
