import { randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import t from 'tap';
import type { Test } from 'tap';
import { createTrustedIssuer } from '../../src/identity/trusted-issuer.ts';
import { build } from '../support/build-app.ts';
import { addMember, API, registerUser } from '../support/factories.ts';
import { encode, signHs256 } from '../support/forged-tokens.ts';
import { AUDIENCE, hang, sendJson, startIssuer } from '../support/oidc-issuer.ts';
import type { Answer } from '../support/oidc-issuer.ts';
import { expectAccepted, expectRefused } from '../support/refused-tokens.ts';
import { takeRsaKey } from '../support/signing-keys.ts';

const COOLDOWN_MS = 30_000;
/** What a test may take between two looks at a clock. */
const MARGIN_MS = 20_000;

void t.test('a token of the trusted issuer stands for the user with its verified email', async (t) => {
  const issuer = await startIssuer(t);
  const env = { LATCHKEY_TRUSTED_ISSUER: issuer.url, LATCHKEY_TRUSTED_AUDIENCE: AUDIENCE };
  const test = await build(t, { env });
  const user = await registerUser(test);
  const other = await registerUser(test);
  const refuse = async (t: Parameters<typeof expectRefused>[0], token: string) =>
    expectRefused(t, test, `Bearer ${token}`);

  await t.test('in that user’s organizations and with that user’s role', async (t) => {
    await addMember(test, other.organizationId, { userId: user.userId, role: 'reader' });
    const token = await issuer.sign({ email: user.email });
    const mine = await test.request('GET', `${API}/organizations/me/`, { token });
    const listed = mine.json<{ uuid: string; role: string }[]>().map(({ uuid, role }) => [uuid, role]);
    t.same(
      new Map(listed as [string, string][]),
      new Map([
        [user.organizationId, 'owner'],
        [other.organizationId, 'reader'],
      ]),
    );
    const rename = { token, body: { name: 'Renamed' } };
    t.equal((await test.request('PATCH', `${API}/organizations/${user.organizationId}/`, rename)).statusCode, 200);
    t.equal((await test.request('PATCH', `${API}/organizations/${other.organizationId}/`, rename)).statusCode, 403);
    const stranger = await registerUser(test);
    t.equal((await test.request('GET', `${API}/organizations/${stranger.organizationId}/`, { token })).statusCode, 404);
  });

  await t.test(
    'whatever the case of the email, with an audience among others, under either scheme spelling',
    async (t) => {
      await expectAccepted(t, test, `Bearer ${await issuer.sign({ email: user.email.toUpperCase() })}`);
      const several = { email: user.email, aud: ['x', AUDIENCE], azp: AUDIENCE };
      await expectAccepted(t, test, `bearer  ${await issuer.sign(several)}`);
      await expectAccepted(t, test, `Bearer ${await issuer.sign({ email: user.email, aud: [AUDIENCE], azp: 'x' })}`);
    },
  );

  await t.test('while the service’s own tokens go on working', async (t) => {
    await expectAccepted(t, test, `Bearer ${user.token}`);
  });

  await t.test('but not without proof of a known email', async (t) => {
    const claims = [
      { email: 'nobody@example.com' },
      { email: user.email, email_verified: false },
      { email: user.email, email_verified: 'TRUE' },
      { email: user.email, email_verified: 'false' },
      { email: user.email, email_verified: 1 },
      { email: user.email, email_verified: undefined },
      { email: undefined },
      { email: null },
      { email: '' },
      { email: [user.email] },
      { email: `${user.email}, ${other.email}` },
      { email: '%' },
      { email: `${user.email}\u0000` },
      { email: ` ${user.email}` },
      { email: `\ud800${user.email}` },
      { email: user.email.replace('user', 'u\u017fer') },
      { email: `${'a'.repeat(300)}@example.com` },
      { sub: user.userId, email: undefined, preferred_username: user.email },
    ];
    for (const claim of claims) await refuse(t, await issuer.sign(claim));
  });

  await t.test('nor for another audience, out of its time, or without an end or subject', async (t) => {
    const now = Math.floor(Date.now() / 1000);
    const claims = [
      { aud: 'another-service' },
      { aud: [] },
      { aud: undefined },
      { aud: `${test.config.publicUrl}/auth/v2` },
      { exp: now - 61 },
      { exp: undefined },
      { exp: String(now + 300) },
      { nbf: now + 300 },
      { sub: undefined },
    ];
    for (const claim of claims) await refuse(t, await issuer.sign({ email: user.email, ...claim }));
  });

  await t.test('nor signed otherwise than RS256 with the issuer’s key', async (t) => {
    const claims = { email: user.email };
    const honest = await issuer.sign(claims);
    const [header = '', payload = '', signature = ''] = honest.split('.');
    const said = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
    const { jwk } = issuer.key();
    const privateKey = await takeRsaKey();
    const under = (alg: string) => ({ alg, kid: String(jwk.kid) });
    await refuse(t, await new SignJWT(said).setProtectedHeader(under('RS256')).sign(privateKey));
    await refuse(t, await new SignJWT(said).setProtectedHeader({ alg: 'RS256', jwk }).sign(privateKey));
    await refuse(t, signHs256(JSON.stringify(jwk), { header: under('HS256'), payload: said }));
    await refuse(t, signHs256(String(jwk.n), { header: under('HS256'), payload: said }));
    await refuse(t, `${encode(under('none'))}.${payload}.`);
    await refuse(t, `${header}.${encode({ ...said, email: other.email })}.${signature}`);
    await refuse(t, `${header}.${payload}.${signature.slice(0, -4)}`);
    await refuse(t, await issuer.sign(claims, { kid: 'unknown' }));
  });

  await t.test('nor of another kind, or given to another party', async (t) => {
    for (const typ of [
      'at+jwt',
      'logout+jwt',
      'secevent+jwt',
      'dpop+jwt',
      'application/at+jwt',
      'token-introspection+jwt',
    ]) {
      await refuse(t, await issuer.sign({ email: user.email }, { typ }));
    }
    for (const typ of ['JWT', 'jwt', 'application/jwt']) {
      await expectAccepted(t, test, `Bearer ${await issuer.sign({ email: user.email }, { typ })}`);
    }
    for (const typ of ['Refresh', 'Offline', 'Logout', 7])
      await refuse(t, await issuer.sign({ email: user.email, typ }));
    for (const typ of ['ID', 'Bearer']) {
      await expectAccepted(t, test, `Bearer ${await issuer.sign({ email: user.email, typ })}`);
    }
    await refuse(
      t,
      await issuer.sign({
        email: user.email,
        events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
      }),
    );
    const several = { email: user.email, aud: [AUDIENCE, 'x'] };
    for (const azp of [undefined, 'x', [AUDIENCE]]) await refuse(t, await issuer.sign({ ...several, azp }));
  });

  await t.test('while a clock is a minute off, and the proof of the email is text', async (t) => {
    const now = Math.floor(Date.now() / 1000);
    for (const claims of [{ exp: now - 30 }, { nbf: now + 30 }, { email_verified: 'true' }]) {
      await expectAccepted(t, test, `Bearer ${await issuer.sign({ email: user.email, ...claims })}`);
    }
  });

  await t.test('a letter that only some take for another makes nobody somebody else', async (t) => {
    const victim = await registerUser(test, `mike.${randomUUID()}@example.com`);
    for (const letters of ['mi\u212Ae', 'm\u0130ke', 'm\u0131ke']) {
      await refuse(t, await issuer.sign({ email: victim.email.replace('mike', letters) }));
    }
  });

  await t.test('nor of an issuer that only looks like it', async (t) => {
    for (const iss of [
      `${issuer.url}/`,
      issuer.url.toUpperCase(),
      `${issuer.url}.example`,
      test.config.publicUrl,
      [issuer.url],
    ]) {
      await refuse(t, await issuer.sign({ email: user.email, iss }));
    }
  });

  await t.test('and no longer than the user exists', async (t) => {
    const gone = await registerUser(test);
    const token = await issuer.sign({ email: gone.email });
    await expectAccepted(t, test, `Bearer ${token}`);
    await test.query('delete from users where id = $1', [gone.userId]);
    await refuse(t, token);
  });

  t.equal(issuer.visits['/.well-known/openid-configuration'], 1, 'discovery was asked once for all of this');
});

void t.test('an issuer may sign with ES256, PS256 or EdDSA as well, and with nothing else', async (t) => {
  for (const alg of ['ES256', 'PS256', 'EdDSA']) {
    const issuer = await startIssuer(t);
    await issuer.rotate(alg);
    const trusted = createTrustedIssuer({ issuer: issuer.url, audience: AUDIENCE });
    t.equal((await trusted.verify(await issuer.sign({ email: 'Ada@Acme.example' }))).email, 'ada@acme.example', alg);
  }
  for (const alg of ['RS384', 'ES384', 'PS512']) {
    const issuer = await startIssuer(t);
    await issuer.rotate(alg);
    const trusted = createTrustedIssuer({ issuer: issuer.url, audience: AUDIENCE });
    await t.rejects(trusted.verify(await issuer.sign({ email: 'ada@acme.example' })), alg);
  }
});

void t.test('a token that names the issuer says nothing to a service that trusts none', async (t) => {
  const issuer = await startIssuer(t);
  const test = await build(t);
  const user = await registerUser(test);
  await expectRefused(t, test, `Bearer ${await issuer.sign({ email: user.email })}`);
  t.same(issuer.visits, {});
});

void t.test('a new key of the issuer is followed, and its old one is given up', async (t) => {
  const issuer = await startIssuer(t);
  const trusted = createTrustedIssuer({ issuer: issuer.url, audience: AUDIENCE });
  const before = await issuer.sign({ email: 'ada@acme.example' });
  t.equal((await trusted.verify(before)).email, 'ada@acme.example');
  await issuer.rotate();
  const after = await issuer.sign({ email: 'ada@acme.example' });
  await t.rejects(trusted.verify(after), 'keys were read a moment ago');
  t.equal(issuer.visits['/keys'], 1, 'made-up key ids cannot make the service knock without pause');

  moveClocks(t)(COOLDOWN_MS);
  t.equal((await trusted.verify(after)).email, 'ada@acme.example');
  await t.rejects(trusted.verify(before));
});

void t.test('an issuer that cannot be used vouches for nobody', async (t) => {
  const redirect: Answer = (response, url) => {
    response.writeHead(302, { location: `${url}/elsewhere` }).end();
  };
  const cases: Record<string, { discovery?: Answer; jwks?: Answer }> = {
    'discovery answers 500': { discovery: sendJson({}, 500) },
    'discovery answers 404': { discovery: sendJson({}, 404) },
    'discovery answers something else than JSON': { discovery: (response) => response.end('<html>') },
    'discovery answers null': { discovery: sendJson(null) },
    'discovery answers for another issuer': {
      discovery: (response, url) => {
        sendJson({ issuer: 'https://evil.example', jwks_uri: `${url}/keys` })(response, url);
      },
    },
    'discovery names no key set': {
      discovery: (response, url) => {
        sendJson({ issuer: url })(response, url);
      },
    },
    'discovery names a key set that is no address': {
      discovery: (response, url) => {
        sendJson({ issuer: url, jwks_uri: 'keys' })(response, url);
      },
    },
    'discovery redirects': { discovery: redirect },
    'discovery names keys by a way that is no web address': {
      discovery: (response, url) => {
        sendJson({ issuer: url, jwks_uri: `data:application/json,{"keys":[]}` })(response, url);
      },
    },
    'discovery never ends': { discovery: flood },
    'the key set never ends': { jwks: flood },
    'the key set is too large': { jwks: sendJson({ keys: [], more: 'x'.repeat(300_000) }) },
    'discovery never answers': { discovery: hang },
    'the key set answers 500': { jwks: sendJson({}, 500) },
    'the key set is none': { jwks: sendJson({ keys: 'none' }) },
    'the key set is empty': { jwks: sendJson({ keys: [] }) },
    'the key set redirects': { jwks: redirect },
    'the key set never answers': { jwks: hang },
  };
  // At the same time, because each that hangs takes the three seconds it is given.
  await Promise.all(
    Object.entries(cases).map(async ([name, answers]) => {
      const issuer = await startIssuer(t);
      issuer.answer(answers);
      const trusted = createTrustedIssuer({ issuer: issuer.url, audience: AUDIENCE });
      await t.rejects(trusted.verify(await issuer.sign({ email: 'ada@acme.example' })), name);
      t.equal(issuer.visits['/elsewhere'], undefined, 'no redirect is followed');
    }),
  );
});

void t.test('while the issuer is away its tokens are refused like any other, and the service’s own work', async (t) => {
  const issuer = await startIssuer(t);
  issuer.answer({ discovery: sendJson({}, 503) });
  const env = { LATCHKEY_TRUSTED_ISSUER: issuer.url, LATCHKEY_TRUSTED_AUDIENCE: AUDIENCE };
  const test = await build(t, { env });
  const user = await registerUser(test);
  await expectRefused(t, test, `Bearer ${await issuer.sign({ email: user.email })}`);
  await expectAccepted(t, test, `Bearer ${user.token}`);
});

void t.test('an issuer that is down is asked once in half a minute, however many tokens name it', async (t) => {
  const pass = moveClocks(t);
  const issuer = await startIssuer(t);
  issuer.answer({ discovery: sendJson({}, 503) });
  const trusted = createTrustedIssuer({ issuer: issuer.url, audience: AUDIENCE });
  const token = await issuer.sign({ email: 'ada@acme.example' });
  const verifyMany = async () => Promise.allSettled(Array.from({ length: 20 }, () => trusted.verify(token)));
  const visits = () => issuer.visits['/.well-known/openid-configuration'];

  t.same(new Set((await verifyMany()).map(({ status }) => status)), new Set(['rejected']));
  t.equal(visits(), 1);
  issuer.answer({});
  pass(COOLDOWN_MS - MARGIN_MS);
  await t.rejects(trusted.verify(token), /503/);
  t.equal(visits(), 1);
  pass(MARGIN_MS);
  t.equal((await trusted.verify(token)).email, 'ada@acme.example');
  t.equal(visits(), 2);
});

void t.test('a key set that cannot be read is asked for once in half a minute, by however many tokens', async (t) => {
  const pass = moveClocks(t);
  const faults: Record<string, Answer> = {
    'it answers 500': sendJson({}, 500),
    'it is no JSON': (response) => response.end('<html>'),
    'it holds no keys': sendJson({ keys: 'none' }),
  };
  for (const [fault, jwks] of Object.entries(faults)) {
    const issuer = await startIssuer(t);
    const trusted = createTrustedIssuer({ issuer: issuer.url, audience: AUDIENCE });
    const sign = () => issuer.sign({ email: 'ada@acme.example' });
    const refuseMany = async (token: string) => {
      const together = await Promise.allSettled(Array.from({ length: 20 }, () => trusted.verify(token)));
      t.same(new Set(together.map(({ status }) => status)), new Set(['rejected']));
      for (let i = 0; i < 5; i += 1) await t.rejects(trusted.verify(token));
    };

    await t.test(`${fault} from the beginning`, async (t) => {
      issuer.answer({ jwks });
      const token = await sign();
      await refuseMany(token);
      issuer.answer({});
      pass(COOLDOWN_MS - MARGIN_MS);
      await t.rejects(trusted.verify(token));
      t.equal(issuer.visits['/keys'], 1);
      pass(MARGIN_MS);
      t.equal((await trusted.verify(token)).email, 'ada@acme.example');
      t.equal(issuer.visits['/keys'], 2);
    });

    await t.test(`${fault} later on, and the keys that are known go on verifying`, async (t) => {
      const known = await sign();
      await issuer.rotate();
      const fresh = await sign();
      issuer.answer({ jwks });
      pass(COOLDOWN_MS);
      await refuseMany(fresh);
      t.equal(issuer.visits['/keys'], 3);
      t.equal((await trusted.verify(known)).email, 'ada@acme.example');
      issuer.answer({});
      pass(COOLDOWN_MS);
      t.equal((await trusted.verify(fresh)).email, 'ada@acme.example');
      t.equal(issuer.visits['/keys'], 4);
    });
  }
});

void t.test('only a token that names the issuer is taken for one of its own', async (t) => {
  const trusted = createTrustedIssuer({ issuer: 'https://id.acme.example', audience: AUDIENCE });
  const naming = (payload: string) => `${encode({ alg: 'none' })}.${encode(payload)}.`;
  t.equal(trusted.isClaimedBy(naming('{"iss":"https://id.acme.example"}')), true);
  for (const payload of [
    '{}',
    '[]',
    'null',
    '{',
    '{"iss":1}',
    '{"iss":"https://id.acme.example/"}',
    '{"aud":"https://id.acme.example"}',
  ]) {
    t.equal(trusted.isClaimedBy(naming(payload)), false);
  }
  for (const text of ['', '.', '..', 'x', 'a.b', 'a.b.c', 'é.é.é']) t.equal(trusted.isClaimedBy(text), false);
});

/** Answers with JSON that goes on for as long as somebody reads. */
const flood: Answer = (response) => {
  response.writeHead(200, { 'content-type': 'application/json' }).write('{"x":"');
  const pour = () => {
    while (!response.destroyed && response.write('x'.repeat(65_536)));
  };
  response.on('drain', pour);
  pour();
};

/** Lets time pass for whoever looks at a clock: jose at the date, the service at one that only ever rises. */
function moveClocks(t: Pick<Test, 'teardown'>): (ms: number) => void {
  const clocks = { date: Date.now.bind(Date), rising: performance.now.bind(performance) };
  let passedMs = 0;
  Date.now = () => clocks.date() + passedMs;
  performance.now = () => clocks.rising() + passedMs;
  t.teardown(() => {
    Date.now = clocks.date;
    performance.now = clocks.rising;
  });
  return (ms) => {
    passedMs += ms;
  };
}
