import { createPublicKey, randomUUID } from 'node:crypto';
import Fastify from 'fastify';
import t from 'tap';
import type { Test } from 'tap';
import { adminTokens } from '../../src/identity/admin-tokens.ts';
import type { KeyRing, VerificationKey } from '../../src/tokens/key-ring.ts';
import { takeRsaKey } from '../support/signing-keys.ts';

const privateKey = await takeRsaKey();
const publicKey = createPublicKey(privateKey);
const pem = (key: typeof privateKey, type: 'pkcs8' | 'spki') => key.export({ type, format: 'pem' }).toString();
const TTL_SECONDS = 60;

/** The plugin with a key that can be taken away and a clock that can be moved. */
async function open(t: Test) {
  const keys = new Map<string, VerificationKey>([
    ['one', { algorithm: 'RS256', publicKeyPem: pem(publicKey, 'spki') }],
  ]);
  const keyRing = {
    current: { kid: 'one', algorithm: 'RS256', privateKey },
    findPublicKey: async (kid: string) => keys.get(kid),
  } as unknown as KeyRing;
  const time = { ms: Date.now() };
  const app = Fastify();
  await app.register(adminTokens, {
    keyRing,
    clock: { now: () => time.ms },
    publicUrl: 'https://accounts.acme.example',
    ttlSeconds: TTL_SECONDS,
  });
  app.get('/', async (request) => app.verifyAdminToken(request));
  t.teardown(async () => app.close());
  const claims = { sub: randomUUID(), sid: randomUUID() };
  const isAccepted = async (token: string) => {
    const answer = await app.inject({ url: '/', headers: { authorization: `Bearer ${token}` } });
    if (answer.statusCode === 200) t.match(answer.json(), claims);
    return answer.statusCode === 200;
  };
  return { app, keys, time, isAccepted, token: await app.signAdminToken(claims) };
}

void t.test('a token that was accepted before is refused once its key is gone', async (t) => {
  const { keys, isAccepted, token } = await open(t);
  const key = keys.get('one')!;
  for (const time of ['first', 'second']) t.equal(await isAccepted(token), true, `the ${time} time`);
  keys.delete('one');
  t.equal(await isAccepted(token), false);
  keys.set('one', key);
  t.equal(await isAccepted(token), true);
});

void t.test('a token that was accepted before ends when it says', async (t) => {
  const { time, isAccepted, token } = await open(t);
  for (let seconds = 0; seconds < TTL_SECONDS; seconds += 10) {
    t.equal(await isAccepted(token), true);
    time.ms += 10_000;
  }
  t.equal(await isAccepted(token), false);
});

void t.test('a token that was accepted before makes no other acceptable', async (t) => {
  const { isAccepted, token } = await open(t);
  t.equal(await isAccepted(token), true);
  const [header, , signature] = token.split('.');
  const payload = Buffer.from(JSON.stringify({ sub: randomUUID(), sid: randomUUID() })).toString('base64url');
  t.equal(await isAccepted(`${header}.${payload}.${signature}`), false);
  t.equal(await isAccepted(token.slice(0, -1)), false);
  t.equal(await isAccepted(`${token}.`), false);
});

void t.test('who brings no token is not let in by one that was accepted before', async (t) => {
  const { app, isAccepted, token } = await open(t);
  t.equal(await isAccepted(token), true);
  for (const headers of [{}, { authorization: 'Bearer' }, { authorization: `Basic ${token}` }]) {
    t.not((await app.inject({ url: '/', headers })).statusCode, 200, JSON.stringify(headers).slice(0, 40));
  }
});
