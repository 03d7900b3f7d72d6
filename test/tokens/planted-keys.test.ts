import { createPublicKey, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { calculateJwkThumbprint } from 'jose';
import t from 'tap';
import type { Test } from 'tap';
import { MasterKey, WrongMasterKeyError } from '../../src/master-key/master-key.ts';
import { KeyRingError } from '../../src/tokens/key-ring.ts';
import { build } from '../support/build-app.ts';
import type { TestApp } from '../support/build-app.ts';
import { createClient, registerUser } from '../support/factories.ts';
import type { TestUser } from '../support/factories.ts';
import { readToken, signRs256 } from '../support/forged-tokens.ts';
import { API } from '../support/factories.ts';
import { issueToken } from '../support/oauth.ts';
import { pemOf, takeRsaKey } from '../support/signing-keys.ts';

/** A key pair of somebody who can write the database and does not have the master key. */
interface AttackerKey {
  kid: string;
  publicJwk: { kty: string; n: string; e: string };
  privateKey: KeyObject;
  pem: string;
}

/** A deployment under attack: what the attacker holds, and what the service issued before. */
interface Scene {
  test: TestApp;
  user: TestUser;
  adminToken: string;
  accessToken: string;
  key: AttackerKey;
}

async function setScene(t: Test): Promise<Scene> {
  const test = await build(t);
  const user = await registerUser(test);
  const machine = await createClient(test, user);
  return { test, user, adminToken: user.token, accessToken: await issueToken(test, machine), key: await makeKey() };
}

async function makeKey(): Promise<AttackerKey> {
  const privateKey = await takeRsaKey();
  const { kty = '', n = '', e = '' } = createPublicKey(privateKey).export({ format: 'jwk' });
  const publicJwk = { kty, n, e };
  return {
    kid: await calculateJwkThumbprint(publicJwk),
    publicJwk,
    privateKey,
    pem: pemOf({ privateKey }),
  };
}

/** The status of a request with each kind of token, as it is or signed anew by the attacker under a kid. */
async function statuses({ test, adminToken, accessToken, key }: Scene, kid?: string): Promise<[number, number]> {
  const [admin, access] = [adminToken, accessToken].map((token) => {
    const { header, payload } = readToken(token);
    return kid === undefined ? token : signRs256(key.privateKey, { header: { ...header, kid }, payload });
  });
  const asPerson = await test.request('GET', `${API}/organizations/me/`, { token: String(admin) });
  const asMachine = await test.request('GET', `${API}/verify/`, { token: String(access) });
  return [asPerson.statusCode, asMachine.statusCode];
}

async function publishedKids(test: TestApp): Promise<string[]> {
  const response = await test.request('GET', '/.well-known/jwks.json');
  return response.json<{ keys: { kid: string }[] }>().keys.map(({ kid }) => kid);
}

/** Another process of the deployment, which reads the keys anew as it starts. */
async function restarted(t: Test, scene: Scene): Promise<Scene> {
  return { ...scene, test: await build(t, { beside: scene.test }) };
}

function complaintsOf({ logs }: TestApp): { level: string; kids: string[]; msg: string }[] {
  return logs
    .map((line) => JSON.parse(line) as { level: string; kids: string[]; msg: string })
    .filter(({ msg }) => msg.includes('signing_keys'));
}

void t.test('whoever can write the database but has no master key', async (t) => {
  await t.test('plants no key of their own', async (t) => {
    const scene = await setScene(t);
    const { test, key } = scene;
    const before = await publishedKids(test);
    // Sealed by nothing, and with the sealed text of the real key.
    for (const [kid, sealed] of [
      [key.kid, `'not sealed'`],
      ['copied', '(select sealed_private_key from signing_keys where retired_at is null)'],
    ] as const) {
      await test.query(
        `insert into signing_keys (kid, public_jwk, sealed_private_key, activates_at, retired_at)
         values ($1, $2, ${sealed}, now() - interval '1 minute', now())`,
        [kid, key.publicJwk],
      );
      const after = await restarted(t, scene);
      t.same(await publishedKids(after.test), before, 'it is not published');
      t.same(await statuses(after, kid), [401, 401], 'nor does it verify');
      t.same(await statuses(after), [200, 200], 'and the real one goes on working');
      t.match(complaintsOf(after.test), [{ level: 'error', kids: [kid] }], 'and it is told of at once');
      await test.query('delete from signing_keys where kid = $1', [kid]);
    }
  });

  await t.test('plants none in a service that is running', async (t) => {
    const clock = { ms: Date.now() };
    const test = await build(t, { now: () => clock.ms });
    const user = await registerUser(test);
    const accessToken = await issueToken(test, await createClient(test, user));
    const scene = { test, user, adminToken: user.token, accessToken, key: await makeKey() };
    const { kid, publicJwk, pem } = scene.key;
    await test.query(
      `insert into signing_keys (kid, public_jwk, sealed_private_key, retired_at) values ($1, $2, $3, now())`,
      [kid, publicJwk, new MasterKey([randomBytes(32)]).seal('signing-key', pem)],
    );
    clock.ms += 60_000;
    t.same(await statuses(scene, kid), [401, 401]);
    t.notOk((await publishedKids(test)).includes(kid));
    t.same(await statuses(scene), [200, 200]);
    t.match(complaintsOf(test)[0], { level: 'error', kids: [kid] });
    await t.rejects(build(t, { beside: test }), WrongMasterKeyError, 'and a start asks for the master key it is of');
  });

  await t.test('gives no real kid their public key', async (t) => {
    const scene = await setScene(t);
    const { test, key } = scene;
    const [kid = ''] = await publishedKids(test);
    const set = await test.request('GET', '/.well-known/jwks.json');
    await test.query('update signing_keys set public_jwk = $1', [key.publicJwk]);
    const after = await restarted(t, scene);
    t.same(await statuses(after, kid), [401, 401]);
    t.same(await statuses(after), [200, 200]);
    t.equal((await after.test.request('GET', '/.well-known/jwks.json')).body, set.body);
    t.match(complaintsOf(after.test), [{ level: 'error', kids: [kid] }]);
  });

  await t.test('swaps no two keys', async (t) => {
    const scene = await setScene(t);
    const { test } = scene;
    const [old = ''] = await publishedKids(test);
    const next = await makeKey();
    await test.query('update signing_keys set retired_at = now()');
    await test.query('insert into signing_keys (kid, public_jwk, sealed_private_key) values ($1, $2, $3)', [
      next.kid,
      next.publicJwk,
      new MasterKey(test.config.masterKeys).seal('signing-key', next.pem),
    ]);
    t.same((await publishedKids((await restarted(t, scene)).test)).sort(), [old, next.kid].sort());
    await test.query(
      `update signing_keys set sealed_private_key = other.sealed_private_key
       from signing_keys as other where other.kid <> signing_keys.kid and signing_keys.kid = $1`,
      [old],
    );
    const after = await restarted(t, scene);
    t.same(await publishedKids(after.test), [next.kid]);
    t.same(await statuses(after), [401, 401], 'a token of the key that is gone is not checked with the other one');
  });

  await t.test('leaves no key at all: the start says so and makes none', async (t) => {
    const scene = await setScene(t);
    await scene.test.query(`update signing_keys set kid = 'moved'`);
    await t.rejects(build(t, { beside: scene.test }), KeyRingError);
    await t.rejects(build(t, { beside: scene.test }), /signing_keys/);
    t.match(await scene.test.query('select kid from signing_keys'), [{ kid: 'moved' }]);
  });
});
