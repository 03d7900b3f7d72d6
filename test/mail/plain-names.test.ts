import t from 'tap';
import { toPlainName } from '../../src/mail/plain-names.ts';
import { shown } from '../support/problems.ts';

void t.test('an honest name is read as it is', async (t) => {
  for (const name of [
    'Acme',
    'Acme & Sons, Ltd.',
    'Müller GmbH',
    '東京 2020',
    "Ada's organization",
    '😀 Fun',
    'a'.repeat(60),
  ]) {
    t.equal(toPlainName(name), name);
  }
  t.equal(toPlainName('Booking.com').replaceAll('\u200b', ''), 'Booking.com');
});

void t.test('it is one short line, whatever was put into it', async (t) => {
  const bad: [string, string][] = [
    ['  Acme \r\n\r\n Bcc: x ', 'Acme Bcc: x'],
    ['A\u0000B\u2028C\u2029D\u0085E', 'A B C D E'],
    ['\u202eAcme\u202c\u2066\u2069\u200e\u200b\ufeff', 'Acme'],
    ['\ud800Acme', '\ufffdAcme'],
    ['😀'.repeat(61), `${'😀'.repeat(57)}...`],
  ];
  for (const [name, plain] of bad) t.equal(toPlainName(name), plain, shown(name));
});

void t.test('nothing in it is an address that a mail program would make a link of', async (t) => {
  const names = ['https://evil.example/a?b', 'http://192.0.2.1/', 'www.evil.example', 'evil.example', 'a@evil.example'];
  for (const name of [...names, ...names.map((text) => `Acme (${text}) now`)]) {
    t.notMatch(toPlainName(name), /:\/\/|\w\.\w/, name);
  }
});
