import { calculateJwkThumbprint, createLocalJWKSet, jwtVerify } from 'jose';
import type { JSONWebKeySet } from 'jose';
import t from 'tap';
import { build } from '../support/build-app.ts';
import { registerUser } from '../support/factories.ts';

void t.test('the published keys', async (t) => {
  const test = await build(t, { env: { PUBLIC_URL: 'https://accounts.acme.example' } });
  const response = await test.request('GET', '/.well-known/jwks.json');
  const set = response.json<JSONWebKeySet>();

  await t.test('are public and may be kept for five minutes', async (t) => {
    t.equal(response.statusCode, 200);
    t.equal(response.headers['cache-control'], 'public, max-age=300');
    t.match(response.headers['content-type'], /^application\/json/);
  });

  await t.test('hold exactly what verifies a signature', async (t) => {
    t.same(Object.keys(set), ['keys']);
    t.equal(set.keys.length, 1);
    const [key] = set.keys;
    t.same(Object.keys(key ?? {}).sort(), ['alg', 'e', 'kid', 'kty', 'n', 'use']);
    t.match(key, { kty: 'RSA', use: 'sig', alg: 'RS256', e: 'AQAB' });
    t.equal(key?.kid, await calculateJwkThumbprint(key ?? {}), 'RFC 7638');
  });

  await t.test('verify an admin token without asking the service', async (t) => {
    const user = await registerUser(test);
    const { payload, protectedHeader } = await jwtVerify(user.token, createLocalJWKSet(set), {
      issuer: 'https://accounts.acme.example',
      audience: 'https://accounts.acme.example/auth/v2',
      algorithms: ['RS256'],
      typ: 'JWT',
      requiredClaims: ['sub', 'sid', 'jti', 'iat', 'exp'],
    });
    t.same(Object.keys(protectedHeader).sort(), ['alg', 'kid', 'typ']);
    t.same(Object.keys(payload).sort(), ['aud', 'exp', 'iat', 'iss', 'jti', 'sid', 'sub']);
    t.equal(payload.sub, user.userId);
    t.equal(Number(payload.exp) - Number(payload.iat), 86_400);
  });

  await t.test('are the same at every process, and after a restart', async (t) => {
    const second = await build(t, { beside: test, env: { PUBLIC_URL: 'https://accounts.acme.example' } });
    const user = await registerUser(test);
    t.same((await second.request('GET', '/.well-known/jwks.json')).json(), set);
    t.equal((await second.request('GET', '/auth/v2/organizations/me/', { token: user.token })).statusCode, 200);
  });
});
