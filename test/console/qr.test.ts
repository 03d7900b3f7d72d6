import { createHash } from 'node:crypto';
import t from 'tap';
import { qrCode } from '../../console/src/qr.ts';

/** Of codes that other programs have read. */
const known: [text: string, size: number, digest: string][] = [
  ['hi', 21, 'c479624d5b62be58'],
  [
    'otpauth://totp/Latchkey:ada%40acme.example?issuer=Latchkey&secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&algorithm=SHA1&digits=6&period=30',
    41,
    '5310015ada4a6d41',
  ],
  ['x'.repeat(420), 69, '71e8239fa4e95297'],
  ['Ab3/'.repeat(200), 97, '086824c7927b2595'],
];

void t.test('a QR code is drawn as programs have read it', async (t) => {
  for (const [text, size, digest] of known) {
    const rows = qrCode(text).map((row) => row.map((isDark) => (isDark ? '1' : '0')).join(''));
    t.equal(rows.length, size, text.slice(0, 40));
    t.equal(createHash('sha256').update(rows.join('\n')).digest('hex').slice(0, 16), digest);
  }
});

void t.test('a text that is too long is refused, and not cut', async (t) => {
  t.equal(qrCode('x'.repeat(855)).length, 97);
  t.throws(() => qrCode('x'.repeat(900)), RangeError);
});
