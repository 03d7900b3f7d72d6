import t from 'tap';
import { answerOf, atOnce, tally, textsOfMails, waitForMail } from '../../support/accounts.ts';
import { Authenticator } from '../../support/authenticator.ts';
import type { Forgery } from '../../support/authenticator.ts';
import { build } from '../../support/build-app.ts';
import { API, PASSWORD, registerUser } from '../../support/factories.ts';
import { isProblem } from '../../support/problems.ts';
import { beginLogin, readyPasskeyCreation, sendCode, setUpPasskey, setUpTotp } from '../../support/second-factor.ts';
import { ageSessions } from '../../support/sessions.ts';

const PUBLIC_URL = 'https://accounts.acme.example';
const PASSKEYS = `${API}/account/passkeys/`;
const test = await build(t, { env: { PUBLIC_URL } });

interface Named {
  token: string;
}

const askOptions = ({ token }: Named, body?: object) =>
  test.request('POST', `${PASSKEYS}options/`, { token, ...(body && { body }) });
const create = ({ token }: Named, body: object) => test.request('POST', PASSKEYS, { token, body });
const remove = ({ token }: Named, uuid: string, body?: object) =>
  test.request('DELETE', `${PASSKEYS}${uuid}/`, { token, ...(body && { body }) });
const list = async ({ token }: Named, query = '') =>
  (await test.request('GET', `${PASSKEYS}${query}`, { token })).json<Listed>();

interface Listed {
  results: { uuid: string; name: string; last_used_at: string | null }[];
  next_cursor: string | null;
}

void t.test('options ask for a passkey that verifies its user, and for no attestation', async (t) => {
  const user = await registerUser(test);
  const options = (await askOptions(user)).json<{ challenge: string; user: { id: string } }>();
  t.match(options, {
    rp: { id: 'accounts.acme.example' },
    user: { name: user.email },
    challenge: /^[\w-]{43}$/,
    authenticatorSelection: { userVerification: 'required' },
    attestation: 'none',
    excludeCredentials: [],
  });
  const { authenticator } = await setUpPasskey(test, user);
  t.match((await askOptions(user)).json(), { excludeCredentials: [{ id: authenticator.id, type: 'public-key' }] });
});

void t.test('201 for the first one, with ten recovery codes; the next bring none', async (t) => {
  const user = await registerUser(test);
  const first = await setUpPasskey(test, user, 'Laptop');
  t.equal(first.recoveryCodes?.length, 10);
  const second = await setUpPasskey(test, user, 'Phone');
  t.equal(second.recoveryCodes, null);
  const { results, next_cursor } = await list(user);
  t.match(results, [{ name: 'Phone' }, { name: 'Laptop' }]);
  t.equal(next_cursor, null);
  t.match(await list(user, '?order=oldest&limit=1'), { results: [{ name: 'Laptop' }], next_cursor: String });
  await waitForMail(test);
  t.match(textsOfMails(test, user.email).at(-1), 'The passkey Phone was added');
});

void t.test('400 for every forged answer, one answer for all, and each uses up its challenge', async (t) => {
  const forgeries: Record<string, Forgery> = {
    'of a page elsewhere': { origin: 'https://evil.example' },
    'for another relying party': { rpId: 'evil.example' },
    'to another challenge': { challenge: Buffer.alloc(32).toString('base64url') },
    'of a login': { type: 'webauthn.get' },
    'without the user verified': { isUserVerified: false },
    'without the user present': { isUserPresent: false },
  };
  const answers = new Set<string>();
  for (const [name, forgery] of Object.entries(forgeries)) {
    const user = await registerUser(test);
    const options = (await askOptions(user)).json<{ challenge: string }>();
    const authenticator = new Authenticator(PUBLIC_URL);
    const refused = await create(user, { name: 'X', credential: authenticator.create(options, forgery) });
    isProblem(t, refused, { code: 'invalid_passkey' });
    answers.add(JSON.stringify(answerOf(refused)));
    const again = await create(user, { name: 'X', credential: authenticator.create(options) });
    isProblem(t, again, { code: 'invalid_passkey' });
    t.same((await list(user)).results, [], name);
  }
  const user = await registerUser(test);
  for (const attestationObject of ['AAAA', 'o2NmbXRkbm9uZQ', Buffer.from('{}').toString('base64url')]) {
    const { body } = await readyPasskeyCreation(test, user.token);
    const credential = body.credential as { response: object };
    const broken = { ...credential, response: { ...credential.response, attestationObject } };
    answers.add(JSON.stringify(answerOf(await create(user, { name: 'X', credential: broken }))));
  }
  t.equal(answers.size, 1);
});

void t.test('400 for a challenge of another user, a newer one, or one that ran out', async (t) => {
  const [user, other] = [await registerUser(test), await registerUser(test)];
  const { body } = await readyPasskeyCreation(test, user.token);
  isProblem(t, await create(other, body), { code: 'invalid_passkey' });
  const newer = await readyPasskeyCreation(test, user.token);
  isProblem(t, await create(user, body), { code: 'invalid_passkey' });
  isProblem(t, await create(user, newer.body), { code: 'invalid_passkey' });
  const late = await readyPasskeyCreation(test, user.token);
  await test.query(`update passkey_challenges set expires_at = now() where user_id = $1`, [user.userId]);
  isProblem(t, await create(user, late.body), { code: 'invalid_passkey' });
});

void t.test('of one answer sent several times at once one makes a passkey', async (t) => {
  const user = await registerUser(test);
  const { body } = await readyPasskeyCreation(test, user.token);
  t.same(tally(await atOnce(5, () => create(user, body))), { 201: 1, 400: 4 });
});

void t.test('400 for a passkey that somebody has already', async (t) => {
  const [user, other] = [await registerUser(test), await registerUser(test)];
  const { authenticator } = await setUpPasskey(test, user);
  for (const caller of [user, other]) {
    const options = (await askOptions(caller)).json<{ challenge: string }>();
    const refused = await create(caller, { name: 'X', credential: authenticator.create(options) });
    isProblem(t, refused, { code: 'invalid_passkey' });
  }
});

void t.test('an attestation statement is neither believed nor looked at, whatever it names', async (t) => {
  const user = await registerUser(test);
  // {"x5c": [a text in the place of a certificate]}
  const url = Buffer.from('http://127.0.0.1/revoked.crl');
  const statement = Buffer.concat([Buffer.from('a163783563', 'hex'), Buffer.from([0x81, 0x58, url.length]), url]);
  for (const format of ['apple', 'packed', 'tpm', 'nonsense']) {
    const options = (await askOptions(user)).json<{ challenge: string }>();
    const credential = new Authenticator(PUBLIC_URL).create(options, { attestation: { format, statement } });
    t.equal((await create(user, { name: format, credential })).statusCode, 201, format);
  }
});

void t.test('what a browser may send besides is kept from the database, however deep it goes', async (t) => {
  const user = await registerUser(test);
  const ready = async () => (await readyPasskeyCreation(test, user.token)).body as { credential: { response: object } };
  for (const transport of ['\u0000', 'us\u0000b', '\ud800', 'a b', 'é']) {
    const { credential, ...body } = await ready();
    const response = { ...credential.response, transports: ['usb', transport] };
    const answer = await create(user, { ...body, credential: { ...credential, response } });
    isProblem(t, answer, {
      code: 'invalid_request',
      pointers: ['/credential/response/transports/1'],
      message: JSON.stringify(transport),
    });
  }

  for (const [depth, status] of [
    [50, 201],
    [5_000, 400],
  ] as const) {
    const { credential, ...body } = await ready();
    const text = JSON.stringify({ ...body, credential: { ...credential, clientExtensionResults: null } });
    const payload = text.replace('null', '['.repeat(depth) + ']'.repeat(depth));
    const headers = { 'content-type': 'application/json', 'idempotency-key': `a-key-for-nested-${depth}` };
    const answer = await test.request('POST', PASSKEYS, { token: user.token, body: payload, headers });
    t.equal(answer.statusCode, status, `${depth} deep`);
  }
  t.equal((await list(user)).results.length, 1);
});

void t.test('409 beyond twenty, also when they come at once', async (t) => {
  const user = await registerUser(test);
  await setUpPasskey(test, user);
  await test.query(
    `insert into passkeys (id, user_id, name, credential_id, public_key, sign_count, transports)
     select gen_random_uuid(), $1, 'x', gen_random_uuid()::text, '', 0, '{}' from generate_series(1, 18)`,
    [user.userId],
  );
  const { body } = await readyPasskeyCreation(test, user.token);
  t.equal((await create(user, body)).statusCode, 201);
  isProblem(t, await askOptions(user), { code: 'quota_reached' });
});

void t.test('removed: 404 for another user, 204 for its owner, and the last one takes the codes along', async (t) => {
  const [user, other] = [await registerUser(test), await registerUser(test)];
  const { uuid, recoveryCodes } = await setUpPasskey(test, user);
  isProblem(t, await remove(other, uuid), { code: 'not_found' });
  const waiting = await beginLogin(test, user);
  t.equal((await remove(user, uuid)).statusCode, 204);
  isProblem(t, await remove(user, uuid), { code: 'not_found' });
  t.equal((await sendCode(test, waiting, String(recoveryCodes?.[0]))).statusCode, 401);
  t.same(await test.query('select 1 from recovery_codes where user_id = $1', [user.userId]), []);
});

void t.test('recovery codes stay with the authenticator app when the last passkey goes', async (t) => {
  const user = await registerUser(test);
  const { uuid } = await setUpPasskey(test, user);
  const { recoveryCodes } = await setUpTotp(test, user);
  t.equal((await remove(user, uuid)).statusCode, 204);
  t.equal((await sendCode(test, await beginLogin(test, user), recoveryCodes[0]!)).statusCode, 200);
});

void t.test('403 for adding and removing when the password was given long ago, but not for reading', async (t) => {
  const user = await registerUser(test);
  const { uuid } = await setUpPasskey(test, user);
  await ageSessions(test, user.userId, '16 minutes');
  isProblem(t, await askOptions(user), { code: 'reauthentication_required', pointers: ['/password'] });
  isProblem(t, await remove(user, uuid), { code: 'reauthentication_required', pointers: ['/password'] });
  t.equal((await list(user)).results.length, 1);
  t.equal((await remove(user, uuid, { password: PASSWORD })).statusCode, 204);
});
