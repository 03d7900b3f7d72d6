import { createHmac, generateKeyPairSync, randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import t from 'tap';
import { ACCESS_TOKEN_TYPE, createAccessTokenReader } from '../../src/tokens/access-token-reader.ts';
import type { VerificationKey } from '../../src/tokens/key-ring.ts';

const issuer = 'https://accounts.acme.example';
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const publicKeyPem = publicKey.export({ type: 'spki', format: 'pem' }).toString();

/** A reader that remembers few, and the keys it may use. */
function open(verifiedMax: number) {
  const keys = new Map<string, VerificationKey>([['one', { algorithm: 'ES256', publicKeyPem }]]);
  const keyRing = { findPublicKey: async (kid: string) => keys.get(kid) };
  return { keys, read: createAccessTokenReader({ keyRing, issuer, audiences: [issuer], verifiedMax }) };
}

function makeToken(claims: object = {}): Promise<string> {
  const own = { client_id: 'client', scope: 'api.read', secret_id: randomUUID(), ...claims };
  return new SignJWT(own)
    .setProtectedHeader({ alg: 'ES256', typ: ACCESS_TOKEN_TYPE, kid: 'one' })
    .setIssuer(issuer)
    .setSubject('client')
    .setAudience(issuer)
    .setJti(randomUUID())
    .setIssuedAt()
    .setExpirationTime('1 hour')
    .sign(privateKey);
}

/** The same with a signature that is none. */
const forge = (token: string, index: number) => {
  const input = token.slice(0, token.lastIndexOf('.'));
  return `${input}.${createHmac('sha512', String(index)).update(input).digest('base64url')}`;
};

void t.test('refused tokens take no place of those that were verified', async (t) => {
  const { read } = open(1);
  const token = await makeToken();
  const first = await read(token);
  t.match(first, { client_id: 'client', scope: 'api.read' });
  for (let index = 0; index < 50; index += 1) t.equal(await read(forge(token, index)), undefined);
  t.equal(await read(token), first, 'verified once');
  await read(await makeToken());
  const again = await read(token);
  t.not(again, first, 'beyond the bound the one that was not used is forgotten');
  t.same(again, first);
});

void t.test('a token that was verified is worth nothing once its key is gone', async (t) => {
  const { keys, read } = open(10);
  const token = await makeToken();
  t.ok(await read(token));
  const key = keys.get('one')!;
  keys.delete('one');
  t.equal(await read(token), undefined);
  keys.set('one', key);
  t.ok(await read(token), 'and good again with it');
});

void t.test('a token without a time as its end is none, however often it comes', async (t) => {
  const { read } = open(10);
  const input = (await makeToken()).split('.');
  const claims = JSON.parse(Buffer.from(input[1]!, 'base64url').toString()) as Record<string, unknown>;
  for (const exp of ['tomorrow', null]) {
    const token = await new SignJWT({ ...claims, exp: exp as never })
      .setProtectedHeader({ alg: 'ES256', typ: ACCESS_TOKEN_TYPE, kid: 'one' })
      .sign(privateKey);
    for (const time of ['first', 'second']) t.equal(await read(token), undefined, `${String(exp)}, the ${time} time`);
  }
});
