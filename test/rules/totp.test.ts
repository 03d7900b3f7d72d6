import t from 'tap';
import { findTotpStep, makeOtpauthUrl, makeTotpSecret, totpCodeOf } from '../../src/rules/totp.ts';

/** `12345678901234567890`, the secret of the RFCs, base32. */
const SECRET = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
const STEP_SECONDS = 30;

void t.test('the codes of RFC 4226, appendix D', async (t) => {
  const codes = ['755224', '287082', '359152', '969429', '338314', '254676', '287922', '162583', '399871', '520489'];
  t.same(
    codes.map((_code, count) => totpCodeOf(SECRET, count)),
    codes,
  );
});

void t.test('the codes of RFC 6238, appendix B, in the six digits that apps show', async (t) => {
  const vectors: [seconds: number, code: string][] = [
    [59, '94287082'],
    [1_111_111_109, '07081804'],
    [1_111_111_111, '14050471'],
    [1_234_567_890, '89005924'],
    [2_000_000_000, '69279037'],
    [20_000_000_000, '65353130'],
  ];
  for (const [seconds, code] of vectors) {
    const step = Math.floor(seconds / STEP_SECONDS);
    t.equal(totpCodeOf(SECRET, step), code.slice(-6), String(seconds));
    t.equal(findTotpStep({ secret: SECRET, lastStep: 0 }, code.slice(-6), seconds), step, String(seconds));
  }
});

void t.test('a code is taken one step before and after, and no further', async (t) => {
  const step = 1_000_000;
  const now = step * STEP_SECONDS;
  const find = (code: string, seconds = now, lastStep = 0) => findTotpStep({ secret: SECRET, lastStep }, code, seconds);
  for (const away of [-1, 0, 1]) t.equal(find(totpCodeOf(SECRET, step + away)), step + away);
  for (const away of [-2, 2]) t.equal(find(totpCodeOf(SECRET, step + away)), undefined);
  t.equal(find(totpCodeOf(SECRET, step), now + STEP_SECONDS - 0.001), step, 'to the end of its half minute');
});

void t.test('a step that was accepted is not taken again, nor one before it', async (t) => {
  const step = 1_000_000;
  const find = (away: number, lastStep: number) =>
    findTotpStep({ secret: SECRET, lastStep }, totpCodeOf(SECRET, step + away), step * STEP_SECONDS);
  t.equal(find(0, step), undefined);
  t.equal(find(-1, step), undefined);
  t.equal(find(1, step), step + 1);
});

void t.test('a code that two steps share is taken for each of them', async (t) => {
  // The first step of this secret whose code is that of the step before.
  const step = 910_738;
  const code = '911617';
  t.same([totpCodeOf(SECRET, step - 1), totpCodeOf(SECRET, step)], [code, code]);
  const find = (lastStep: number) => findTotpStep({ secret: SECRET, lastStep }, code, step * STEP_SECONDS);
  t.equal(find(step - 2), step - 1, 'first the earlier one');
  t.equal(find(step - 1), step);
  t.equal(find(step), undefined);
});

void t.test('what is no code of six digits is none', async (t) => {
  for (const code of ['', '12345', '1234567', '28708a', '２８７０８２', ' 28708']) {
    t.equal(findTotpStep({ secret: SECRET, lastStep: 0 }, code, 59), undefined, JSON.stringify(code));
  }
});

void t.test('a secret is 160 random bits, and its URL says what an app needs', async (t) => {
  const secret = makeTotpSecret();
  t.match(secret, /^[A-Z2-7]{32}$/);
  t.not(makeTotpSecret(), secret);
  const url = new URL(makeOtpauthUrl({ secret, issuer: 'accounts.acme.example', label: 'ada+1@acme.example' }));
  t.equal(url.protocol, 'otpauth:');
  t.equal(url.host, 'totp');
  t.equal(decodeURIComponent(url.pathname), '/accounts.acme.example:ada+1@acme.example');
  t.same(Object.fromEntries(url.searchParams), {
    issuer: 'accounts.acme.example',
    secret,
    algorithm: 'SHA1',
    digits: '6',
    period: '30',
  });
});
