import { buffer } from 'node:stream/consumers';
import { createTransport } from 'nodemailer';
import PostalMime from 'postal-mime';
import t from 'tap';
import { MasterKey } from '../../src/master-key/master-key.ts';
import { composeMail } from '../../src/mail/composed-mail.ts';
import {
  alreadyRegisteredMail,
  expiryMail,
  invitationMail,
  loginsLimitedMail,
  passwordChangedMail,
  passwordResetMail,
  passwordWasResetMail,
  secondFactorMail,
  secondFactorMissedMail,
  unusedClientsMail,
  verificationMail,
} from '../../src/mail/messages.ts';
import { renderMail } from '../../src/mail/rendering.ts';
import { sealMessage } from '../../src/mail/sealed-message.ts';

const to = 'jane@example.com';
const serviceUrl = 'https://accounts.example.com';
const coded = { to, serviceUrl, code: 'A1B2C3', minutes: 10 };

const unused = Array.from({ length: 60 }, (_, index) => ({
  clientId: `client-${index}`,
  name: `<Backend> ${index}`,
  environment: 'live',
}));

const ending = {
  clientId: 'Vb3nR8yKq0sL5tXw1Zc9Dg',
  name: '<Night> job',
  environment: 'live',
  hint: null,
  isRetiring: false,
  endsAt: '2026-02-01 08:30',
};

const all = {
  verification: verificationMail(coded),
  contested: verificationMail({ ...coded, isContested: true }),
  alreadyRegistered: alreadyRegisteredMail({ to, serviceUrl }),
  passwordReset: passwordResetMail(coded),
  passwordWasReset: passwordWasResetMail({ to, serviceUrl }),
  passwordChanged: passwordChangedMail({ to, serviceUrl }),
  invitation: invitationMail({
    ...{ to, serviceUrl, organizationName: 'Acme', inviter: 'ada@acme.example', role: 'reader' },
    ...{ token: 'mE6Tz0uQ3v1oYx8rK2aWc5dLhJ9sPnB4gFiUqVtXyZ0', days: 7 },
  }),
  loginsLimited: loginsLimitedMail({ to, serviceUrl }),
  authenticatorAdded: secondFactorMail({ to, serviceUrl, kind: 'authenticator added' }),
  authenticatorRemoved: secondFactorMail({ to, serviceUrl, kind: 'authenticator removed' }),
  passkeyAdded: secondFactorMail({ to, serviceUrl, kind: 'passkey added', name: '<Laptop>' }),
  passkeyRemoved: secondFactorMail({ to, serviceUrl, kind: 'passkey removed', name: '<Laptop>' }),
  recoveryCodesRenewed: secondFactorMail({ to, serviceUrl, kind: 'recovery codes renewed' }),
  recoveryCodeUsed: secondFactorMail({ to, serviceUrl, kind: 'recovery code used', left: 9 }),
  secondFactorReset: secondFactorMail({ to, serviceUrl, kind: 'second factor reset' }),
  secondFactorMissed: secondFactorMissedMail({ to, serviceUrl }),
  unusedClients: unusedClientsMail({ to, serviceUrl, organizationName: 'Acme', clients: unused.slice(0, 2), days: 30 }),
  expiry: expiryMail({ to, serviceUrl, organizationName: 'Acme', first: [ending], count: 1 }),
};

void t.test('a code stands alone on a line of the text and once in the HTML', async (t) => {
  for (const mail of [all.verification, all.contested, all.passwordReset]) {
    t.equal(mail.text.split('\n').filter((line) => line === 'A1B2C3').length, 1);
    t.equal(mail.html.split('A1B2C3').length - 1, 1);
    t.match(mail.text, 'within 10 minutes');
    t.match(mail.html, 'within 10 minutes');
    t.notMatch(mail.subject, 'A1B2C3', 'a subject shows on locked screens');
  }
});

void t.test('every mail goes to its address and names the service in both parts', async (t) => {
  for (const mail of Object.values(all)) {
    t.equal(mail.to, to);
    t.ok(mail.text.includes(serviceUrl));
    t.ok(mail.html.includes(serviceUrl));
    t.match(mail.text, /need not do anything|If it was not you/);
  }
});

void t.test('the mails can be told apart by their subject, the contested code apart', async (t) => {
  const { contested, passwordWasReset, ...others } = all;
  t.equal(passwordWasReset.subject, others.passwordChanged.subject, 'of changed passwords it says how in its words');
  t.equal(new Set(Object.values(others).map((mail) => mail.subject)).size, Object.keys(others).length);
  t.equal(contested.subject, others.verification.subject);
});

void t.test('the owner of a contested email learns what happened and how to get in', async (t) => {
  const words = all.contested.text.replaceAll('\n', ' ');
  t.match(words, 'Somebody registered this address again with another password');
  t.match(words, 'ask for a password reset');
  t.notMatch(all.verification.text, 'another password');
});

void t.test('an owner who registers again learns how to log in and how to reset, without a code', async (t) => {
  t.match(all.alreadyRegistered.text, /already has an\s+account/);
  t.match(all.alreadyRegistered.text, 'log in');
  t.match(all.alreadyRegistered.text.replaceAll('\n', ' '), 'ask for a password reset');
});

void t.test('the text has short lines of ASCII, so that it travels unencoded', async (t) => {
  for (const mail of Object.values(all)) {
    t.match(mail.text, /^[\n\x20-\x7e]+$/);
    const lines = mail.text.split('\n').filter((line) => !/^https:\S+$/.test(line));
    t.ok(lines.every((line) => line.length <= 72));
    t.ok(mail.text.endsWith('\n'));
  }
});

void t.test('whoever uses the last recovery codes is told to make new ones', async (t) => {
  const wordsAt = (left: number) => secondFactorMail({ to, serviceUrl, kind: 'recovery code used', left }).text;
  t.match(wordsAt(2), '2 are left.');
  t.match(wordsAt(1).replaceAll('\n', ' '), 'One is left: make new ones soon.');
  t.match(wordsAt(0).replaceAll('\n', ' '), 'It was the last one: make new ones.');
});

void t.test('a URL longer than a line stays whole', async (t) => {
  const longUrl = `https://${'a'.repeat(90)}.example.com`;
  t.ok(passwordChangedMail({ to, serviceUrl: longUrl }).text.includes(longUrl));
  t.ok(passwordChangedMail({ to, serviceUrl: longUrl }).html.includes(longUrl));
});

void t.test('the HTML escapes what it is given and loads nothing', async (t) => {
  const hostile = verificationMail({
    to: '<b>@example.com',
    serviceUrl: 'https://x/?a=1&b="\'',
    code: '<img>',
    minutes: 10,
  });
  t.ok(hostile.html.includes('https://x/?a=1&amp;b=&quot;&#39;'));
  t.ok(hostile.html.includes('&lt;img&gt;'));
  for (const { html } of [...Object.values(all), hostile]) {
    t.notMatch(html, /<(?:img|script|link|iframe|object|form)\b|url\(|@import|@font-face|\bsrc=/i);
    for (const [, target = ''] of html.matchAll(/href="([^"]*)"/g)) t.ok(target.startsWith(`${serviceUrl}/`));
  }
});

void t.test('the address of a caller is not repeated in the words of a mail', async (t) => {
  for (const mail of Object.values(all)) t.notMatch(`${mail.subject}${mail.text}${mail.html}`, to);
});

void t.test('the mail about unused clients names them, as far as they fit', async (t) => {
  const options = { to, serviceUrl, organizationName: 'Acme & Sons' };
  const one = unusedClientsMail({ ...options, clients: unused.slice(0, 1), days: 1 });
  t.equal(one.subject, 'An unused API client will be paused');
  t.match(one.text, /policy of Acme & Sons at .* for 1 day\./s);
  t.match(one.text, '<Backend> 0 (live), client-0');
  t.match(one.html, '&lt;Backend&gt; 0 (live), client-0');
  t.notMatch(one.text, 'more API client');
  const many = unusedClientsMail({ ...options, clients: unused, days: 30 });
  t.match(many.text, 'client-49');
  t.notMatch(many.text, 'client-50');
  t.match(many.text, 'and 10 more API clients.');
});

void t.test('a client_id that looks like an address becomes no link', async (t) => {
  const clientId = 'login.evil.example';
  const options = { to, serviceUrl, organizationName: 'Acme' };
  const client = { clientId, name: 'Backend', environment: 'live' };
  for (const { text, html } of [
    unusedClientsMail({ ...options, clients: [client], days: 30 }),
    expiryMail({ ...options, first: [{ ...ending, clientId }], count: 1 }),
  ]) {
    for (const part of [text, html]) {
      t.notOk(part.includes(clientId));
      t.ok(part.replaceAll('\u200b', '').includes(clientId));
    }
  }
});

void t.test(
  'a mail program finds both parts, the text first, and is told that both light and dark will do',
  async (t) => {
    const mailer = createTransport({ streamTransport: true });
    for (const [name, mail] of Object.entries(all)) {
      const from = { name: 'Latchkey', address: 'no-reply@latchkey.test' };
      const sent = await mailer.sendMail(composeMail(mail, { from, id: undefined }));
      const raw = await buffer(sent.message as NodeJS.ReadableStream);
      const parsed = await PostalMime.parse(raw);
      t.equal(parsed.subject, mail.subject, name);
      t.equal(parsed.text?.trimEnd(), mail.text.trimEnd(), name);
      t.equal(parsed.html?.trimEnd(), mail.html.trimEnd(), name);
      t.same(parsed.attachments, [], name);
      const types = [...raw.toString().matchAll(/^Content-Type: ([a-z]+\/[a-z]+)/gim)].map(([, type]) => type);
      t.same(types, ['multipart/alternative', 'text/plain', 'text/html'], name);
      t.match(mail.html, '<meta name="color-scheme" content="light dark">', name);
      t.match(mail.html, /prefers-color-scheme: dark/, name);
      t.match(mail.html, /<html lang="en"/, name);
    }
  },
);

void t.test('what stands in a mail stands in both parts', async (t) => {
  for (const [name, { text, html }] of Object.entries(all)) {
    const shown = html.replace(/^.*<body[^>]*>/s, '').replaceAll(/<[^>]*>/g, ' ');
    const plain = shown
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&#39;', "'")
      .replaceAll('&amp;', '&');
    const words = (from: string) => new Set(from.split(/:?\s+/).filter((word) => /\w/.test(word)));
    for (const word of words(text)) t.ok(words(plain).has(word), `${name}: ${word}`);
  }
});

void t.test('a way on is a link that shows where it leads, whole in the text', async (t) => {
  const url = `https://accounts.example.com/console/invitation#${'x'.repeat(80)}&"<`;
  const frame = { language: 'en', footer: 'Sent by Latchkey.' };
  const blocks = [{ link: { url, label: 'Accept the <invitation>' } }];
  const { text, html } = renderMail(to, { subject: 'Join', blocks }, frame);
  t.ok(text.split('\n').includes(url));
  t.match(text, 'Accept the <invitation>:');
  const escaped = url.replace('&', '&amp;').replace('"', '&quot;').replace('<', '&lt;');
  t.equal(html.split(escaped).length - 1, 2, 'as its target and to be read');
  t.ok(html.includes('Accept the &lt;invitation&gt;</a>'));
});

void t.test('the length of what is stored does not tell which mail it is, or that it is none', async (t) => {
  const masterKey = new MasterKey([Buffer.alloc(32, 7)]);
  const lengths = [null, ...Object.values(all)].map((mail) => sealMessage(masterKey, mail).length);
  t.equal(new Set(lengths).size, 1);
});
