import t from 'tap';
import { expiryMail } from '../../src/mail/messages.ts';
import type { EndingCredential } from '../../src/mail/text/en.ts';

const client: EndingCredential = {
  clientId: 'Vb3nR8yKq0sL5tXw1Zc9Dg',
  name: 'Night job',
  environment: 'live',
  hint: null,
  isRetiring: false,
  endsAt: '2026-02-01 08:30',
};
const base = { to: 'jane@example.com', serviceUrl: 'https://accounts.example.com', organizationName: 'Acme' };
const make = (first: EndingCredential[], count = first.length) => expiryMail({ ...base, first, count });
const onOneLine = (text: string) => text.replaceAll(/\s+/g, ' ');

void t.test('it says when what ends, where, and what to do', async (t) => {
  const { to, subject, text } = make([client]);
  t.equal(to, base.to);
  t.equal(subject, 'A credential ends soon (Acme)');
  t.match(
    onOneLine(text),
    '2026-02-01 08:30: the API client Night job (live, Vb3nR8yKq0sL5tXw1Zc9Dg), with all its secrets',
  );
  t.match(onOneLine(text), 'API clients and secrets of Acme at https://accounts.example.com');
  t.match(onOneLine(text), 'rotate it with an overlap');
  t.match(onOneLine(text), 'you need not do anything');
  t.notMatch(text, base.to);
});

void t.test('secrets are named by their hint, the old one of a rotation as such', async (t) => {
  const { subject, text } = make([
    { ...client, hint: 'm4Tz' },
    { ...client, hint: 'Qx9a', isRetiring: true },
  ]);
  t.equal(subject, '2 credentials end soon (Acme)');
  t.match(onOneLine(text), '2026-02-01 08:30: the secret that ends in m4Tz of Night job');
  t.match(onOneLine(text), '2026-02-01 08:30: the old secret that ends in Qx9a of Night job');
});

void t.test('what is not named is counted, and its length stays bounded whatever the names are', async (t) => {
  t.match(onOneLine(make([client], 4).text), 'And 3 more that end later');
  t.notMatch(make([client]).text, 'more that end later');
  const long = make([{ ...client, name: 'é'.repeat(200) }]);
  t.match(long.text, `${'é'.repeat(57)}...`);
  t.notMatch(long.text, 'é'.repeat(58));
});

void t.test('names cannot break out of the HTML, and the text has short lines', async (t) => {
  const { html, text } = make([{ ...client, name: '<img src=x> & "Co"' }]);
  t.match(html, '&lt;img src=x&gt; &amp; &quot;Co&quot;');
  t.notMatch(html, '<img');
  t.ok(text.split('\n').every((line) => line.length <= 72));
});
