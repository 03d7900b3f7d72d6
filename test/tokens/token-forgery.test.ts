import { createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SignJWT } from 'jose';
import t from 'tap';
import type { Test } from 'tap';
import { build } from '../support/build-app.ts';
import type { TestApp } from '../support/build-app.ts';
import { createClient, registerUser } from '../support/factories.ts';
import type { TestUser } from '../support/factories.ts';
import { encode, openForge, readToken, signHs256, signRs256 } from '../support/forged-tokens.ts';
import type { TokenForge, TokenParts } from '../support/forged-tokens.ts';
import { expectAccepted, expectRefused } from '../support/refused-tokens.ts';
import { takeRsaKey } from '../support/signing-keys.ts';

interface Setting {
  test: TestApp;
  user: TestUser;
  forge: TokenForge;
  /** The parts of a token that the service issued and accepts. */
  real: TokenParts;
}

void t.test('a token that the service did not sign is refused like no token', async (t) => {
  const test = await build(t);
  const user = await registerUser(test);
  const forge = await openForge(test, user.token);
  const setting: Setting = { test, user, forge, real: readToken(user.token) };

  await t.test('one that it could have signed is accepted, so that the refusals below mean something', async (t) => {
    await expectAccepted(t, test, `Bearer ${user.token}`);
    await expectAccepted(t, test, `Bearer ${forge.sign()}`);
  });

  await t.test('alg none, in any spelling, with and without a signature', (t) => refuseUnsigned(t, setting));
  await t.test('HMAC keyed with what everybody can read of the key', (t) => refuseHmac(t, setting));
  await t.test('another algorithm, even with the right key', (t) => refuseOtherAlgorithms(t, setting));
  await t.test('another key under the right kid', async (t) => {
    const privateKey = await takeRsaKey();
    await expectRefused(t, test, `Bearer ${signRs256(privateKey, setting.real)}`);
  });
  await t.test('a kid that is missing, unknown or no kid at all', (t) => refuseKids(t, setting));
  await t.test('a key that the token brings along or points to', (t) => refuseBroughtKeys(t, setting));
  await t.test('a critical header nobody understands (RFC 7515 §4.1.11)', (t) => refuseCritical(t, setting));
  await t.test('an edited header or payload', (t) => refuseEdited(t, setting));
  await t.test('a truncated, padded or differently spelled signature', (t) => refuseSignatures(t, setting));
  await t.test('text that is no token', (t) => refuseShapes(t, setting));
  await t.test('a credential of a machine', async (t) => {
    const client = await createClient(test, user);
    for (const secret of [client.client_secret, user.apiKey]) await expectRefused(t, test, `Bearer ${secret}`);
    const basic = Buffer.from(`${client.client_id}:${client.client_secret}`).toString('base64');
    await expectRefused(t, test, `Basic ${basic}`);
  });
});

async function refuseUnsigned(t: Test, { test, real }: Setting): Promise<void> {
  for (const alg of ['none', 'None', 'NONE', 'nOnE', '', null, undefined]) {
    const { kid } = real.header;
    for (const header of [
      { alg, typ: 'JWT', kid },
      { alg, typ: 'JWT' },
    ]) {
      const input = `${encode(header)}.${encode(real.payload)}`;
      for (const signature of ['', real.signature, 'AAAA'])
        await expectRefused(t, test, `Bearer ${input}.${signature}`);
      await expectRefused(t, test, `Bearer ${input}`);
    }
  }
}

async function refuseHmac(t: Test, { test, real, forge }: Setting): Promise<void> {
  const secrets = [
    forge.publicKeyPem,
    forge.publicKeyPem.trim(),
    JSON.stringify(forge.publicJwk),
    String(forge.publicJwk.n),
    Buffer.from(String(forge.publicJwk.n), 'base64url'),
    forge.kid,
    '',
  ];
  for (const secret of secrets) {
    const header = { ...real.header, alg: 'HS256' };
    await expectRefused(t, test, `Bearer ${signHs256(secret, { header, payload: real.payload })}`);
    // The header says RS256, in case only the header is looked at.
    await expectRefused(t, test, `Bearer ${signHs256(secret, real)}`);
  }
}

async function refuseOtherAlgorithms(t: Test, { test, real, forge }: Setting): Promise<void> {
  for (const alg of ['RS384', 'RS512', 'PS256', 'PS512']) {
    const token = await new SignJWT(real.payload).setProtectedHeader({ ...real.header, alg }).sign(forge.privateKey);
    await expectRefused(t, test, `Bearer ${token}`);
  }
  const elliptic = { ES256: 'P-256', ES384: 'P-384' };
  for (const [alg, namedCurve] of Object.entries(elliptic)) {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve });
    const token = await new SignJWT(real.payload).setProtectedHeader({ ...real.header, alg }).sign(privateKey);
    await expectRefused(t, test, `Bearer ${token}`);
  }
  const { privateKey } = generateKeyPairSync('ed25519');
  const token = await new SignJWT(real.payload).setProtectedHeader({ ...real.header, alg: 'EdDSA' }).sign(privateKey);
  await expectRefused(t, test, `Bearer ${token}`);
  for (const alg of ['rs256', 'RS256 ', ['RS256'], { RS256: true }, 256]) {
    await expectRefused(t, test, `Bearer ${forge.sign({ header: { alg } })}`);
  }
}

async function refuseKids(t: Test, { test, forge }: Setting): Promise<void> {
  const kids = [
    undefined,
    null,
    '',
    0,
    1,
    true,
    [],
    {},
    [forge.kid],
    { kid: forge.kid },
    `${forge.kid} `,
    forge.kid.toLowerCase(),
    forge.kid.slice(0, -1),
    '../../../../etc/passwd',
    '/dev/null',
    '__proto__',
    'constructor',
    'toString',
    "' or '1'='1",
    '\u0000',
    randomBytes(32).toString('base64url'),
    'k'.repeat(8_000),
  ];
  for (const kid of kids) await expectRefused(t, test, `Bearer ${forge.sign({ header: { kid } })}`);
}

async function refuseBroughtKeys(t: Test, { test, real }: Setting): Promise<void> {
  const privateKey = await takeRsaKey();
  const publicKey = createPublicKey(privateKey);
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'own', use: 'sig', alg: 'RS256' };
  let visits = 0;
  const server = createServer((_request, response) => {
    visits += 1;
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: [jwk] }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`;
  const brought = [
    { jwk },
    { jku: url },
    { x5u: url },
    { x5c: [publicKey.export({ type: 'spki', format: 'der' }).toString('base64')] },
  ];
  for (const extra of brought) {
    for (const kid of [real.header.kid, 'own', undefined]) {
      const header = { ...real.header, ...extra, kid };
      await expectRefused(t, test, `Bearer ${signRs256(privateKey, { header, payload: real.payload })}`);
    }
  }
  t.equal(visits, 0, 'nothing that a token points to is fetched');
}

async function refuseCritical(t: Test, { test, user, forge }: Setting): Promise<void> {
  const values = [
    ['exp'],
    ['b64'],
    ['kid'],
    [],
    [1],
    '',
    'exp',
    0,
    null,
    {},
    [user.apiKey],
    [user.refreshToken.repeat(50)],
  ];
  for (const crit of values) {
    await expectRefused(t, test, `Bearer ${forge.sign({ header: { crit, b64: true, exp: 1 } })}`);
  }
  t.notOk(
    test.logs.some((line) => line.includes(user.apiKey) || line.includes(user.refreshToken)),
    'what the header names is not repeated in the log',
  );
}

async function refuseEdited(t: Test, { test, user, real }: Setting): Promise<void> {
  const other = await registerUser(test);
  const [header = '', payload = ''] = user.token.split('.');
  const edits = [
    { ...real.payload, sub: other.userId },
    { ...real.payload, exp: Number(real.payload.exp) + 86_400 },
    { ...real.payload, admin: true },
  ];
  for (const edit of edits) await expectRefused(t, test, `Bearer ${header}.${encode(edit)}.${real.signature}`);
  await expectRefused(t, test, `Bearer ${encode({ ...real.header, typ: 'at+jwt' })}.${payload}.${real.signature}`);
  // The same JSON, spelled with a blank.
  await expectRefused(
    t,
    test,
    `Bearer ${encode(JSON.stringify(real.header).replace(',', ', '))}.${payload}.${real.signature}`,
  );
  await expectRefused(t, test, `Bearer ${other.token.split('.').slice(0, 2).join('.')}.${real.signature}`);
}

async function refuseSignatures(t: Test, { test, user, real }: Setting): Promise<void> {
  const input = user.token.slice(0, user.token.lastIndexOf('.'));
  const { signature } = real;
  const flipped = (signature.startsWith('A') ? 'B' : 'A') + signature.slice(1);
  const spellings = [
    '',
    signature.slice(0, -1),
    signature.slice(0, -4),
    signature.slice(1),
    `${signature}A`,
    `${signature}AAAA`,
    `${signature}=`,
    `${signature}==`,
    flipped,
    `${signature}.${signature}`,
    Buffer.from(signature, 'base64url').toString('base64'),
    Buffer.from(signature, 'base64url').toString('hex'),
    // 256 bytes leave four bits of the last character unused: these decode to the very same bytes.
    ...nonCanonical(signature),
  ];
  for (const spelling of spellings) await expectRefused(t, test, `Bearer ${input}.${spelling}`);
  for (const end of ['=', '%00', '\t', '\u00a0', ',']) await expectRefused(t, test, `Bearer ${user.token}${end}`);
}

function nonCanonical(text: string): string[] {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const bytes = Buffer.from(text, 'base64url');
  return Array.from(alphabet, (last) => text.slice(0, -1) + last).filter(
    (spelling) => spelling !== text && Buffer.from(spelling, 'base64url').equals(bytes),
  );
}

async function refuseShapes(t: Test, { test, user, real }: Setting): Promise<void> {
  const [header = '', payload = ''] = user.token.split('.');
  const texts = [
    '.',
    '..',
    '...',
    'null',
    'undefined',
    '{}',
    header,
    `${header}.${payload}`,
    `.${payload}.${real.signature}`,
    `${header}..${real.signature}`,
    `${encode('null')}.${payload}.${real.signature}`,
    `${encode('[]')}.${payload}.${real.signature}`,
    `${encode('"x"')}.${payload}.${real.signature}`,
    `${encode('{')}.${payload}.${real.signature}`,
    `${header}.${encode('null')}.${real.signature}`,
    `${header}.${encode('[1]')}.${real.signature}`,
    `${header}.${encode('{')}.${real.signature}`,
    `${user.token}.${user.token}`,
    // An encrypted token (RFC 7516) has five parts.
    `${user.token}.AAAA.AAAA`,
    'A'.repeat(16_384),
    `${header}.${'A'.repeat(16_384)}.${real.signature}`,
    user.refreshToken,
  ];
  for (const text of texts) await expectRefused(t, test, `Bearer ${text}`);
}
