import { generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import t from 'tap';
import { build } from '../support/build-app.ts';
import { API, createClient, registerUser } from '../support/factories.ts';
import { encode, openForge, readToken, signHs256, signRs256 } from '../support/forged-tokens.ts';
import type { Json } from '../support/forged-tokens.ts';
import { findLeaks, issueToken, scopeOf, sendAs } from '../support/oauth.ts';
import { takeRsaKey } from '../support/signing-keys.ts';
import { adminAudience } from '../../src/identity/admin-tokens.ts';
import { MasterKey } from '../../src/master-key/master-key.ts';
import { sealSigningKey } from '../../src/tokens/signing-key.ts';

const PUBLIC_URL = 'https://accounts.example';

void t.test('access tokens', async (t) => {
  // The audience is that of admin tokens: only the type is left to tell the two apart.
  const test = await build(t, { env: { PUBLIC_URL, ACCESS_TOKEN_AUDIENCE: adminAudience(PUBLIC_URL) } });
  const owner = await registerUser(test);
  const client = await createClient(test, owner);
  const witness = await createClient(test, owner, { name: 'Witness' });
  const token = await issueToken(test, client);
  const forge = await openForge(test, token);
  const { header, payload, signature } = readToken(token);
  const read = (text: string) => scopeOf(test, witness, text);
  const now = Math.floor(Date.now() / 1000);

  await t.test('one that is signed by the service is accepted, however its type is written', async (t) => {
    t.equal(await read(token), 'api.read');
    t.equal(await read(forge.sign()), 'api.read', 'the forge makes good tokens, so the refusals below mean something');
    t.equal(await read(forge.sign({ header: { typ: 'application/at+jwt' } })), 'api.read', 'RFC 9068 §4');
    t.equal(await read(forge.sign({ header: { typ: 'AT+JWT' } })), 'api.read', 'RFC 7515 §4.1.9: not case-sensitive');
  });

  const otherKey = await takeRsaKey();
  const ecKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const [head = '', body = ''] = token.split('.');
  const withPayload = (changes: Json) => `${head}.${encode({ ...payload, ...changes })}.${signature}`;
  const headers = (changes: Json) => forge.sign({ header: changes });
  const claims = (changes: Json) => forge.sign({ payload: changes });
  const attacks: Record<string, string> = {
    'alg none without a signature': `${encode({ ...header, alg: 'none' })}.${body}.`,
    'alg none with the signature': `${encode({ ...header, alg: 'none' })}.${body}.${signature}`,
    'alg NONE': `${encode({ ...header, alg: 'NONE' })}.${body}.`,
    'no alg': `${encode({ ...header, alg: undefined })}.${body}.${signature}`,
    'RS256 without a signature': `${head}.${body}.`,
    'HS256 with the public key in PEM': signHs256(forge.publicKeyPem, { header: { ...header, alg: 'HS256' }, payload }),
    'HS256 with the public key as JWK': signHs256(JSON.stringify(forge.publicJwk), {
      header: { ...header, alg: 'HS256' },
      payload,
    }),
    'HS256 with an empty key': signHs256('', { header: { ...header, alg: 'HS256' }, payload }),
    'RS512 by the right key': headers({ alg: 'RS512' }),
    'PS256 in name only': headers({ alg: 'PS256' }),
    'ES256 by another key': `${encode({ ...header, alg: 'ES256' })}.${body}.${sign('sha256', Buffer.from(body), ecKey).toString('base64url')}`,
    'another RSA key under our kid': signRs256(otherKey, { header, payload }),
    'another RSA key with its own jwk in the header': signRs256(otherKey, {
      header: { ...header, jwk: otherKey.export({ format: 'jwk' }) },
      payload,
    }),
    'an unknown kid': headers({ kid: 'unknown' }),
    'a kid that is a path': headers({ kid: '../../dev/null' }),
    'a kid that is a name of every object': headers({ kid: '__proto__' }),
    'a kid that is a number': headers({ kid: 1 }),
    'a kid that is an object': headers({ kid: { toString: 'x' } }),
    'no kid': headers({ kid: undefined }),
    'typ JWT': headers({ typ: 'JWT' }),
    'typ jwt of an identity': headers({ typ: 'id+jwt' }),
    'typ that is a list': headers({ typ: ['at+jwt'] }),
    'no typ': headers({ typ: undefined }),
    'a critical extension nobody knows': headers({ crit: ['x'], x: 1 }),
    'a critical list that is empty': headers({ crit: [] }),
    'a critical list that is no list': headers({ crit: 'x' }),
    'a payload that does not hide in the header': headers({ b64: false, crit: ['b64'] }),
    'another issuer': claims({ iss: 'https://elsewhere.example' }),
    'the issuer with a slash': claims({ iss: `${PUBLIC_URL}/` }),
    'a list of issuers': claims({ iss: [PUBLIC_URL] }),
    'another audience': claims({ aud: 'https://elsewhere.example' }),
    'a list of other audiences': claims({ aud: ['https://elsewhere.example', ''] }),
    'expired a second ago': claims({ exp: now - 1 }),
    'exp as text': claims({ exp: String(now + 900) }),
    'exp that is nothing': claims({ exp: null }),
    'not valid yet': claims({ nbf: now + 3600 }),
    'edited scope': withPayload({ scope: 'api.read api.write' }),
    'edited client': withPayload({ client_id: witness.client_id, sub: witness.client_id }),
    'edited exp': withPayload({ exp: now + 86_400 }),
    'edited header': `${encode({ ...header, x: 1 })}.${body}.${signature}`,
    'a signature cut short': token.slice(0, -4),
    'a signature with something behind it': `${token}AAAA`,
    'a padded signature': `${token}==`,
    'a part too many': `${token}.x`,
    'a part too few': `${head}.${body}`,
    'a payload that is no JSON': forge.signText(head, 'text'),
    'a payload that is a list': forge.signText(head, '[]'),
    'a payload that is null': forge.signText(head, 'null'),
    'a header that is a list': forge.signText(encode('[]'), JSON.stringify(payload)),
    'a header that is null': forge.signText(encode('null'), JSON.stringify(payload)),
    'a header that is text': forge.signText(encode('"x"'), JSON.stringify(payload)),
    'nothing but dots': '..',
    'the admin token of the owner': owner.token,
    'a secret it has never had': claims({ secret_id: randomUUID() }),
  };
  for (const claim of ['iss', 'sub', 'aud', 'client_id', 'jti', 'iat', 'exp', 'scope', 'secret_id']) {
    attacks[`no ${claim}`] = claims({ [claim]: undefined });
  }

  await t.test('RFC 9068 §4, RFC 8725 §3: whatever is not exactly a token of the service is refused', async (t) => {
    for (const [name, text] of Object.entries(attacks)) t.equal(await read(text), null, name);
    t.equal(await read(token), 'api.read', 'and the good one is still accepted');
  });

  await t.test('whatever is refused as a token revokes nothing', async (t) => {
    for (const [name, text] of Object.entries(attacks)) {
      // One that has just ended here may not have ended everywhere: it is revoked, and this one has the id of the good one.
      if (name === 'a secret it has never had' || name === 'expired a second ago') continue;
      const { statusCode, body } = await sendAs(test, client, { route: 'revoke', form: { token: text } });
      t.same([statusCode, body], [200, '{}'], name);
    }
    t.equal(await read(token), 'api.read');
  });

  await t.test(
    'none is accepted at a management route, though issuer, audience and key are those of admin tokens',
    async (t) => {
      const users: [string, string][] = [
        ['a token', token],
        ['a token that names the owner', claims({ sub: owner.userId, sid: readToken(owner.token).payload.sid })],
      ];
      for (const [name, text] of users) {
        const response = await test.request('GET', `${API}/organizations/me/`, { token: text });
        t.equal(response.statusCode, 401, name);
      }
      t.equal((await test.request('GET', `${API}/organizations/me/`, { token: owner.token })).statusCode, 200);
    },
  );

  await t.test('nothing of a token is in the log, accepted or refused', async (t) => {
    t.same(findLeaks(test, [token, claims({ exp: now - 1 })]), []);
  });
});

void t.test('access tokens while signing keys come and go', async (t) => {
  let clockMs = Date.now();
  const test = await build(t, { now: () => clockMs });
  const client = await createClient(test, await registerUser(test));
  const read = (text: string) => scopeOf(test, client, text);
  const old = await issueToken(test, client);
  const forge = await openForge(test, old);

  /** An unknown key makes the service look again, once enough time has passed. */
  async function reload(): Promise<void> {
    clockMs += 60_000;
    await read(forge.sign({ header: { kid: randomUUID() } }));
  }

  await t.test('one of an older key works on, and new ones are of the new key', async (t) => {
    t.equal(await read(old), 'api.read');
    const masterKey = new MasterKey(test.config.masterKeys);
    const { kid, publicJwk, sealedPrivateKey } = await sealSigningKey(masterKey, await takeRsaKey(), 'RS256');
    await test.query(`update signing_keys set retired_at = now()`);
    await test.query(`insert into signing_keys (kid, public_jwk, sealed_private_key) values ($1, $2, $3)`, [
      kid,
      publicJwk,
      sealedPrivateKey,
    ]);
    await reload();
    t.equal(readToken(await issueToken(test, client)).header.kid, kid);
    t.equal(await read(old), 'api.read');
  });

  await t.test('one of a key that is published no more is refused, though it was accepted before', async (t) => {
    const fresh = await issueToken(test, client);
    t.equal(await read(fresh), 'api.read');
    await test.query(`delete from signing_keys where kid = $1`, [forge.kid]);
    await reload();
    t.equal(await read(old), null);
    t.equal(await read(fresh), 'api.read');
  });
});
