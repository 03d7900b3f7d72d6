import { createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { calculateJwkThumbprint, createLocalJWKSet, jwtVerify, SignJWT } from 'jose';
import type { JSONWebKeySet } from 'jose';
import t from 'tap';
import type { Test } from 'tap';
import { MasterKey } from '../../src/master-key/master-key.ts';
import { signingAlgorithms } from '../../src/rules/signing-algorithms.ts';
import { build } from '../support/build-app.ts';
import type { BuildOptions, TestApp } from '../support/build-app.ts';
import { API, createClient, registerUser } from '../support/factories.ts';
import type { TestClient, TestUser } from '../support/factories.ts';
import { encode, openForge, readToken, signAs, signHs256 } from '../support/forged-tokens.ts';
import { issueToken, scopeOf, sendAs } from '../support/oauth.ts';
import { expectRefused } from '../support/refused-tokens.ts';
import { takeRsaKey } from '../support/signing-keys.ts';

const PUBLIC_URL = 'https://accounts.example';
/** The order of P-256 (FIPS 186-5, SP 800-186 §3.2.1.3). */
const P256_ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

interface Scene {
  test: TestApp;
  owner: TestUser;
  client: TestClient;
  token: string;
}

async function setScene(t: Test, algorithm: string, options: BuildOptions = {}): Promise<Scene> {
  const test = await build(t, { ...options, env: { PUBLIC_URL, ACCESS_TOKEN_ALGORITHM: algorithm } });
  const owner = await registerUser(test);
  const client = await createClient(test, owner);
  return { test, owner, client, token: await issueToken(test, client) };
}

const algorithmOf = (token: string) => readToken(token).header.alg;

async function readKeys(test: TestApp): Promise<JSONWebKeySet> {
  return (await test.request('GET', '/.well-known/jwks.json')).json();
}

async function readAlgorithms(test: TestApp): Promise<string[]> {
  const response = await test.request('GET', '/.well-known/oauth-authorization-server');
  return response.json<{ access_token_signing_alg_values_supported: string[] }>()
    .access_token_signing_alg_values_supported;
}

const members = {
  RS256: { kty: 'RSA', names: ['alg', 'e', 'kid', 'kty', 'n', 'use'] },
  ES256: { kty: 'EC', crv: 'P-256', names: ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'] },
  EdDSA: { kty: 'OKP', crv: 'Ed25519', names: ['alg', 'crv', 'kid', 'kty', 'use', 'x'] },
};

for (const algorithm of signingAlgorithms) {
  void t.test(`with ACCESS_TOKEN_ALGORITHM=${algorithm}`, async (t) => {
    const { test, owner, client, token } = await setScene(t, algorithm);
    const { header, payload } = readToken(token);
    const keys = await readKeys(test);

    await t.test('an access token says so, and names its key', async (t) => {
      t.same(Object.keys(header).sort(), ['alg', 'kid', 'typ']);
      t.match(header, { alg: algorithm, typ: 'at+jwt' });
    });

    await t.test('its key is published with what it is for and nothing of the private half', async (t) => {
      const { names, ...public_ } = members[algorithm];
      const key = keys.keys.find(({ kid }) => kid === header.kid);
      t.match(key, { ...public_, use: 'sig', alg: algorithm });
      t.same(Object.keys(key ?? {}).sort(), names);
      t.equal(key?.kid, await calculateJwkThumbprint(key ?? {}), 'RFC 7638, RFC 8037 §2');
      t.same(new Set(keys.keys.map(({ alg }) => alg)), new Set(['RS256', algorithm]));
      t.same(await readAlgorithms(test), [...new Set(['RS256', algorithm])]);
    });

    await t.test('whoever has the JWK set verifies the token by that algorithm alone', async (t) => {
      const rules = { typ: 'at+jwt', issuer: PUBLIC_URL, audience: PUBLIC_URL };
      const set = createLocalJWKSet(keys);
      t.same((await jwtVerify(token, set, { ...rules, algorithms: [algorithm] })).payload, payload);
      const others = signingAlgorithms.filter((other) => other !== algorithm);
      await t.rejects(jwtVerify(token, set, { ...rules, algorithms: others }));
    });

    await t.test('admin tokens stay RS256', async (t) => {
      t.equal(algorithmOf(owner.token), 'RS256');
      t.equal((await test.request('GET', `${API}/organizations/me/`, { token: owner.token })).statusCode, 200);
    });

    await t.test('the token works where tokens do, until it is revoked', async (t) => {
      const fresh = await issueToken(test, client);
      t.equal(await scopeOf(test, client, fresh), 'api.read');
      t.equal((await sendAs(test, client, { route: 'revoke', form: { token: fresh } })).statusCode, 200);
      t.equal(await scopeOf(test, client, fresh), null);
    });
  });
}

/** The other spelling of an ECDSA signature: of s and its negative both verify. */
function mirror(token: string): string {
  const at = token.lastIndexOf('.');
  const signature = Buffer.from(token.slice(at + 1), 'base64url');
  const s = P256_ORDER - BigInt(`0x${signature.subarray(32).toString('hex')}`);
  const twin = Buffer.concat([signature.subarray(0, 32), Buffer.from(s.toString(16).padStart(64, '0'), 'hex')]);
  return `${token.slice(0, at)}.${twin.toString('base64url')}`;
}

/** Tokens that say what a real one says, for each way in which key, algorithm and signature might be mistaken for others. */
async function makeConfusions({ test, owner, token }: Scene): Promise<Record<string, string>> {
  const { header, payload } = readToken(token);
  const own = await openForge(test, token);
  const rsa = await openForge(test, owner.token);
  const strange = {
    RS256: await takeRsaKey(),
    ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
    EdDSA: generateKeyPairSync('ed25519').privateKey,
    'P-384': generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey,
    secp256k1: generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey,
    Ed448: generateKeyPairSync('ed448').privateKey,
  };
  const confusions: Record<string, string> = {
    'the kid of the RS256 key with a signature of this one': own.sign({ header: { kid: rsa.kid } }),
    'the kid of the RS256 key with a signature of this one, and says RS256': own.sign({
      header: { kid: rsa.kid, alg: 'RS256' },
    }),
    'this kid with a signature of the RS256 key': signAs(rsa.privateKey, { header, payload }),
    'this kid with a signature of the RS256 key, and says RS256': signAs(rsa.privateKey, {
      header: { ...header, alg: 'RS256' },
      payload,
    }),
    'no signature': token.slice(0, token.lastIndexOf('.') + 1),
  };
  const input = token.slice(0, token.lastIndexOf('.'));
  const numbers = (r: bigint, value = r) =>
    Buffer.from([r, value].map((n) => n.toString(16).padStart(64, '0')).join(''), 'hex');
  for (const [what, bytes] of [
    ['zeros', numbers(0n)],
    ['ones', numbers(1n)],
    ['the order twice', numbers(P256_ORDER)],
    ['zeros, too long', Buffer.alloc(65)],
    ['one byte', Buffer.alloc(1)],
  ] as const) {
    confusions[`a signature of ${what}`] = `${input}.${bytes.toString('base64url')}`;
  }
  for (const alg of ['none', 'RS256', 'ES256', 'EdDSA', 'Ed25519', 'ES256K', 'ES384', 'PS256', 'HS256']) {
    if (alg !== header.alg) confusions[`${alg} in the header alone`] = own.sign({ header: { alg } });
  }
  for (const [name, secret] of Object.entries({
    PEM: own.publicKeyPem,
    JWK: JSON.stringify(own.publicJwk),
    empty: '',
  })) {
    for (const alg of ['HS256', header.alg]) {
      const text = signHs256(secret, { header: { ...header, alg }, payload });
      confusions[`an HMAC keyed with the public key, ${name}, as ${String(alg)}`] = text;
    }
  }
  for (const [name, key] of Object.entries(strange)) {
    confusions[`a strange ${name} key under this kid`] = signAs(key, { header, payload });
    confusions[`a strange ${name} key under this kid, and says so`] = signAs(key, {
      header: { ...header, alg: name },
      payload,
    });
    const jwk = createPublicKey(key).export({ format: 'jwk' });
    confusions[`a strange ${name} key that the token brings along`] = signAs(key, {
      header: { ...header, jwk },
      payload,
    });
  }
  return confusions;
}

for (const algorithm of ['ES256', 'EdDSA'] as const) {
  void t.test(`${algorithm}: RFC 8725 §3.1, the key decides about the algorithm, not the token`, async (t) => {
    const scene = await setScene(t, algorithm);
    const { test, client, owner, token } = scene;
    const forge = await openForge(test, token);
    t.equal(await scopeOf(test, client, forge.sign()), 'api.read', 'the forge makes good tokens');
    const confusions = await makeConfusions(scene);
    if (algorithm === 'ES256') {
      const { header, payload } = readToken(token);
      confusions['a signature in DER'] = signAs(forge.privateKey, { header, payload }, 'der');
      confusions['the digest of another function'] = signSha512(forge.privateKey, token);
    }
    for (const [name, text] of Object.entries(confusions)) t.equal(await scopeOf(test, client, text), null, name);
    for (const spelling of spellingsOf(token)) t.equal(await scopeOf(test, client, spelling), null, 'another spelling');
    t.equal(await scopeOf(test, client, token), 'api.read', 'and the good one is still accepted');

    const admin = readToken(owner.token);
    const asPerson = { header: { ...admin.header, kid: forge.kid }, payload: admin.payload };
    for (const alg of ['RS256', algorithm]) {
      const text = signAs(forge.privateKey, { ...asPerson, header: { ...asPerson.header, alg } });
      await expectRefused(t, test, `Bearer ${text}`);
    }
    const der = signAs(forge.privateKey, asPerson, 'der');
    await expectRefused(t, test, `Bearer ${der}`);
  });
}

function signSha512(key: KeyObject, token: string): string {
  const input = token.slice(0, token.lastIndexOf('.'));
  return `${input}.${sign('sha512', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
}

/** 64 and 256 bytes leave four bits of the last character unused: these decode to the very same bytes. */
function spellingsOf(token: string): string[] {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const at = alphabet.indexOf(token.slice(-1));
  return [1, 2, 4, 8, 15]
    .map((bits) => token.slice(0, -1) + alphabet.charAt(at + bits))
    .concat(`${token}=`, `${token}==`);
}

void t.test('ES256: the mirrored signature, which verifies as well, is no second token', async (t) => {
  const { test, client, token } = await setScene(t, 'ES256');
  const twin = mirror(token);
  t.not(twin, token);
  t.equal(await scopeOf(test, client, twin), 'api.read');
  await sendAs(test, client, { route: 'revoke', form: { token: twin } });
  t.same([await scopeOf(test, client, twin), await scopeOf(test, client, token)], [null, null]);
});

void t.test('RS256: a token of another algorithm under the kid of the RS256 key', async (t) => {
  const { test, client, token } = await setScene(t, 'RS256');
  const { header, payload } = readToken(token);
  for (const alg of ['ES256', 'EdDSA']) {
    const { privateKey } =
      alg === 'ES256' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : generateKeyPairSync('ed25519');
    const text = await new SignJWT(payload).setProtectedHeader({ ...header, alg }).sign(privateKey);
    t.equal(await scopeOf(test, client, text), null, `${alg} is refused`);
  }
  for (const spelling of spellingsOf(token)) t.equal(await scopeOf(test, client, spelling), null, 'another spelling');
});

void t.test('when the setting is changed', async (t) => {
  const clock = { ms: Date.now() };
  const now = () => clock.ms;
  const before = await setScene(t, 'RS256', { now });
  const { test, client } = before;
  const start = async (algorithm: string) =>
    build(t, { beside: test, now, env: { PUBLIC_URL, ACCESS_TOKEN_ALGORITHM: algorithm } });
  const after = await start('ES256');

  await t.test(
    'the first key is published like that of a rotation: RS256 signs until others can know it',
    async (t) => {
      t.equal(algorithmOf(await issueToken(after, client)), 'RS256');
      t.same(await readAlgorithms(after), ['RS256', 'ES256']);
      t.same(new Set((await readKeys(after)).keys.map(({ alg }) => alg)), new Set(['RS256', 'ES256']));
      t.match(
        await test.query(
          `select algorithm, activates_at between now() + interval '5 minutes' and now() + interval '7 minutes' as is_later
         from access_token_keys`,
        ),
        [{ algorithm: 'ES256', is_later: true }],
      );
      t.match(await test.query(`select public_jwk->>'kty' as kty from signing_keys`), [{ kty: 'RSA' }]);
    },
  );

  await test.query(`update access_token_keys set activates_at = now() - interval '1 second'`);
  const [one, two] = await Promise.all([start('ES256'), start('EdDSA')]);
  const elliptic = await issueToken(one, client);
  const processes = { 'with RS256': test, 'with ES256': one, 'with EdDSA': two };

  await t.test('every process accepts what the others sign, whatever its own setting is', async (t) => {
    t.equal(algorithmOf(elliptic), 'ES256');
    await test.query(`update access_token_keys set activates_at = now() - interval '1 second'`);
    const third = await start('EdDSA');
    const edwards = await issueToken(third, client);
    t.equal(algorithmOf(edwards), 'EdDSA');
    for (const [name, process] of Object.entries({ ...processes, 'started later': third })) {
      // A key nobody knows makes a process look again, at most every few seconds.
      clock.ms += 10_000;
      for (const token of [before.token, elliptic, edwards]) {
        t.equal(
          await scopeOf(process, client, token),
          'api.read',
          `${String(algorithmOf(token))} in the process ${name}`,
        );
      }
      t.same(await readAlgorithms(process), ['RS256', 'ES256', 'EdDSA'], name);
    }
  });

  await t.test(
    'and back, tokens of either stay good until their end, and the key that is there signs at once',
    async (t) => {
      const back = await start('RS256');
      t.equal(algorithmOf(await issueToken(back, client)), 'RS256');
      t.equal(await scopeOf(back, client, elliptic), 'api.read');
      const again = await start('ES256');
      const fresh = await issueToken(again, client);
      t.equal(readToken(fresh).header.kid, readToken(elliptic).header.kid);
      t.equal(await scopeOf(again, client, before.token), 'api.read');
    },
  );

  await t.test('an algorithm that only a later release knows is passed over, and nobody is blamed', async (t) => {
    await test.query(
      `insert into access_token_keys (kid, algorithm, sealed_private_key) values ('later', 'ML-DSA-65', $1)`,
      [new MasterKey(test.config.masterKeys).seal('signing-key', 'what only that release reads')],
    );
    const next = await start('ES256');
    t.equal(algorithmOf(await issueToken(next, client)), 'ES256');
    t.notOk((await readKeys(next)).keys.some(({ kid }) => kid === 'later'));
    t.notOk(next.logs.some((line) => line.includes('signing_keys')));
  });
});

void t.test('a deployment that starts with another algorithm signs by it from the first token on', async (t) => {
  const scene = await setScene(t, 'RS256');
  const { test, client } = scene;
  await test.query('delete from signing_keys');
  const fresh = await build(t, { beside: test, env: { PUBLIC_URL, ACCESS_TOKEN_ALGORITHM: 'EdDSA' } });
  t.equal(algorithmOf(await issueToken(fresh, client)), 'EdDSA');
});

void t.test('the header and the claims are spelled as JSON, once', async (t) => {
  const { token } = await setScene(t, 'ES256');
  const { header, payload, signature } = readToken(token);
  t.equal(`${encode(header)}.${encode(payload)}.${signature}`, token);
  t.equal(Buffer.from(signature, 'base64url').length, 64, 'RFC 7518 §3.4: r and s, 32 bytes each');
});
