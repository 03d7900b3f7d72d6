import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import PostalMime from 'postal-mime';
import t from 'tap';
import { verificationMail } from '../../src/mail/messages.ts';
import {
  PerhapsSentError,
  UnmailableAddressError,
  describeSendFailure,
  isPermanentFailure,
} from '../../src/mail/send-failure.ts';
import { greetSmtpServer } from '../../src/mail/smtp-transport.ts';
import { createDirectoryTransport, createNoTransport } from '../../src/mail/transport.ts';
import { captureLog, mailTo, openTransport } from '../support/outbox.ts';
import { startSmtpServer } from '../support/smtp-server.ts';

const from = { name: 'Latchkey', address: 'no-reply@latchkey.test' };
const message = verificationMail({
  to: 'jane@example.com',
  serviceUrl: 'http://localhost:3000',
  code: 'A1B2C3',
  minutes: 10,
});

const server = await startSmtpServer();
const smtp = openTransport(server.smtpUrl);
t.teardown(async () => {
  await smtp.close();
  await server.stop();
});

const serverAt = (smtpUrl: string) => ({ smtpUrl, publicUrl: 'https://latchkey.test', isTlsRequired: false });

async function failureOf(promise: Promise<void>): Promise<unknown> {
  return promise.then(
    () => t.fail('it was sent'),
    (err: unknown) => err,
  );
}

void t.test('a mail arrives with both its parts, its sender, and one recipient', async (t) => {
  await smtp.send(message, { id: '0190-test' });
  const [mail] = server.received.slice(-1);
  t.equal(smtp.kind, 'smtp');
  t.same(mail?.recipients, ['jane@example.com']);
  t.equal(mail?.sender, 'no-reply@latchkey.test');
  t.equal(mail?.content.subject, message.subject);
  t.equal(mail?.content.text?.trimEnd(), message.text.trimEnd());
  t.equal(mail?.content.html?.trimEnd(), message.html.trimEnd());
  t.same(mail?.content.to, [{ name: '', address: 'jane@example.com' }]);
  t.same(mail?.content.from, { name: 'Latchkey', address: 'no-reply@latchkey.test' });
  t.equal(mail?.content.messageId, '<0190-test@latchkey.test>');
  t.match(mail?.raw, /^Auto-Submitted: auto-generated\r$/m);
  t.match(mail?.raw, /^A1B2C3\r$/m, 'the code is readable in the raw mail');
});

void t.test('no address can add a header, a recipient or a command', async (t) => {
  const before = server.offers;
  const hostile = [
    'a@example.com\r\nBcc: evil@example.com',
    'a@example.com\nSubject: other',
    'a@example.com, evil@example.com',
    'a@example.com;evil@example.com',
    'a@example.com> RCPT TO:<evil@example.com',
    '"evil@example.com" <a@example.com>',
    'friends: a@example.com, evil@example.com;',
    'a@example.com\0',
    'a@example.com (evil@example.com)',
    'a@evil.example@example.com',
    'a b@example.com',
    'nobody',
    '',
  ];
  for (const to of hostile) {
    const err = await failureOf(smtp.send(mailTo(to)));
    t.ok(err instanceof UnmailableAddressError, JSON.stringify(to));
    t.ok(isPermanentFailure(err));
  }
  t.equal(server.offers, before, 'the mail server saw none of them');
});

void t.test('content cannot make the service read a file or a URL', async (t) => {
  const path = join(t.testdir({ secret: 'the content of a file' }), 'secret');
  const asks = { ...mailTo('jane@example.com'), text: { path } as unknown as string };
  await t.rejects(smtp.send(asks), /File access rejected/);
  const calls = { ...mailTo('jane@example.com'), html: { href: `${server.smtpUrl}/` } as unknown as string };
  await t.rejects(smtp.send(calls), /Url access rejected/i);
});

void t.test('a refusal of the mail is final only with a 5xx', async (t) => {
  t.teardown(() => {
    server.behave('accept');
  });
  server.behave('refuse-permanently');
  const final = await failureOf(smtp.send(message));
  t.same(describeSendFailure(final), { smtpCode: 550, errorCode: 'EMESSAGE', reason: undefined });
  t.ok(isPermanentFailure(final));

  server.behave('refuse-temporarily');
  const passing = await failureOf(smtp.send(message));
  t.same(describeSendFailure(passing), { smtpCode: 451, errorCode: 'EMESSAGE', reason: undefined });
  t.notOk(isPermanentFailure(passing));
});

void t.test('a server that turns the service away, or is not there, is worth another try', async (t) => {
  const away = await startSmtpServer();
  away.behave('turn-away');
  const transport = openTransport(away.smtpUrl);
  t.teardown(() => transport.close());
  const turnedAway = await failureOf(transport.send(message));
  t.equal(describeSendFailure(turnedAway).smtpCode, 554);
  t.notOk(isPermanentFailure(turnedAway));

  await away.stop();
  const notThere = await failureOf(transport.send(message));
  t.same(describeSendFailure(notThere), { smtpCode: undefined, errorCode: 'ESOCKET', reason: 'ECONNREFUSED' });
  t.notOk(isPermanentFailure(notThere));
  t.same(describeSendFailure('no error'), { smtpCode: undefined, errorCode: undefined, reason: undefined });
});

void t.test('the URL cannot switch on a print-out of the conversation', async (t) => {
  for (const name of ['logger', 'debug', 'transactionLog']) {
    t.throws(() => openTransport(`${server.smtpUrl}?${name}=true`), /may hold no other options than /);
  }
});

void t.test('an attempt can be given up while the server hangs', async (t) => {
  server.behave('hang');
  t.teardown(() => {
    server.behave('accept');
    server.release();
  });
  const abort = new AbortController();
  const sending = failureOf(smtp.send(message, { signal: abort.signal }));
  while (server.held === 0) await new Promise((resolve) => setImmediate(resolve));
  abort.abort();
  const err = await sending;
  t.ok(err instanceof PerhapsSentError, 'all of it was handed over');
  t.equal(describeSendFailure(err).errorCode, 'EABORT');
  t.notOk(isPermanentFailure(err));
});

void t.test('without a mail server, outside production, a mail is a file only its owner can read', async (t) => {
  const directory = join(t.testdir(), 'data', 'outbox');
  const { log, lines } = captureLog();
  const transport = createDirectoryTransport({ directory, from, log });
  await transport.send(message);
  await transport.send(mailTo('joe@example.com'));
  await transport.close();

  t.equal(transport.kind, 'directory');
  const files = readdirSync(directory).sort();
  t.equal(files.length, 2, 'no unfinished file is left');
  t.ok(files.every((file) => /^\d{8}T\d{9}Z-[0-9a-f]{8}\.eml$/.test(file)));
  t.ok(files.every((file) => (statSync(join(directory, file)).mode & 0o777) === 0o600));
  t.equal(statSync(directory).mode & 0o777, 0o700);
  t.equal(statSync(join(directory, '..')).mode & 0o055, 0o055, 'the data directory stays reachable');

  const bytes = files.map((file) => readFileSync(join(directory, file), 'utf8')).find((raw) => raw.includes('jane@'));
  const parsed = await PostalMime.parse(bytes ?? '');
  t.equal(parsed.text?.trimEnd(), message.text.trimEnd());
  t.equal(parsed.html?.trimEnd(), message.html.trimEnd());
  t.match(bytes, /^To: jane@example\.com\r$/m);
  t.match(bytes, /^A1B2C3\r$/m);
  t.notMatch(bytes, /[^\r]\n/, 'lines end as RFC 5322 wants');

  const [logged] = lines.map((line) => JSON.parse(line) as { level: number; msg: string });
  t.equal(logged?.level, 30);
  t.ok(logged?.msg.split('\n').includes('A1B2C3'), 'the code is alone on a line of the log');
  t.ok(logged?.msg.includes(message.text));
});

void t.test('a file that cannot be written fails the attempt and leaves nothing behind', async (t) => {
  const blocked = join(t.testdir(), 'outbox');
  writeFileSync(blocked, 'a file where the directory should be');
  const { log, lines } = captureLog();
  await t.rejects(createDirectoryTransport({ directory: blocked, from, log }).send(message), { code: 'EEXIST' });
  t.same(lines, []);
});

void t.test('in production without a mail server each mail is reported and nothing of it is told', async (t) => {
  const { log, lines } = captureLog();
  const transport = createNoTransport(log);
  await transport.send(message);
  await transport.close();
  t.equal(transport.kind, 'none');
  t.equal(lines.length, 1);
  t.match(JSON.parse(lines[0] ?? ''), { level: 50, msg: /SMTP_URL/ });
  t.notMatch(lines[0], /A1B2C3|jane/);
});

void t.test(
  'a server is greeted without a mail, and one that turns away or is down is told apart by its code',
  async (t) => {
    const other = await startSmtpServer();
    await t.resolves(greetSmtpServer(serverAt(other.smtpUrl)));
    other.behave('turn-away');
    t.match(describeSendFailure(await failureOf(greetSmtpServer(serverAt(other.smtpUrl)))), { smtpCode: 554 });
    await other.stop();
    t.match(describeSendFailure(await failureOf(greetSmtpServer(serverAt(other.smtpUrl)))), { errorCode: /^E[A-Z]+$/ });
    t.equal(other.offers, 0);
  },
);

void t.test('the service calls itself by the host of PUBLIC_URL, or as the URL says', async (t) => {
  for (const [publicUrl, query, name] of [
    ['https://accounts.acme.example', '', 'accounts.acme.example'],
    ['http://192.0.2.7:8080', '', '[192.0.2.7]'],
    ['http://[2001:db8::1]', '', '[ipv6:2001:db8::1]'],
    ['https://accounts.acme.example', '?name=relay.acme.example', 'relay.acme.example'],
  ] as const) {
    const transport = openTransport(`${server.smtpUrl}${query}`, { publicUrl });
    await transport.send(message);
    await transport.close();
    t.equal(server.received.at(-1)?.helloName, name);
  }
});

void t.test('a sender with a colon, a comma or quotes in the name stays one sender', async (t) => {
  for (const name of ['Acme: Support', 'Acme, Inc.', 'The "Acme"', 'Ácme']) {
    const transport = openTransport(server.smtpUrl, { from: { name, address: 'support@acme.example' } });
    await transport.send(message);
    await transport.close();
    const mail = server.received.at(-1);
    t.same(mail?.content.from, { name, address: 'support@acme.example' });
    t.equal(mail?.sender, 'support@acme.example');
  }
});

void t.test('with TLS required, no mail goes over a connection without', async (t) => {
  const trusting = '?tls.rejectUnauthorized=false';
  const offering = await startSmtpServer({ offersTls: true });
  const silent = await startSmtpServer();
  t.teardown(() => Promise.all([offering.stop(), silent.stop()]));
  const send = async (smtpUrl: string, isTlsRequired: boolean) => {
    const transport = openTransport(smtpUrl, { isTlsRequired });
    try {
      await transport.send(message);
    } finally {
      await transport.close();
    }
  };

  await send(offering.smtpUrl + trusting, true);
  t.equal(offering.received.at(-1)?.isEncrypted, true);
  const refused = describeSendFailure(await failureOf(send(silent.smtpUrl, true)));
  t.match(refused, { errorCode: 'ETLS', reason: /^it does not offer STARTTLS, .*requireTLS=false/ });
  t.equal(silent.offers, 0);

  await t.test('unless the URL says otherwise', async (t) => {
    await send(`${silent.smtpUrl}?requireTLS=false`, true);
    await send(`${silent.smtpUrl}?ignoreTLS=true`, true);
    t.same(
      silent.received.map(({ isEncrypted }) => isEncrypted),
      [false, false],
    );
    await send(`${offering.smtpUrl}?ignoreTLS=true`, true);
    t.equal(offering.received.at(-1)?.isEncrypted, false);
    t.match(describeSendFailure(await failureOf(send(`${silent.smtpUrl}?requireTLS=true`, false))), {
      errorCode: 'ETLS',
    });
  });

  await t.test('and what is wrong with TLS is said in words', async (t) => {
    const untrusted = describeSendFailure(await failureOf(send(offering.smtpUrl, true)));
    t.match(
      untrusted.reason,
      /^its certificate is (?:signed by nobody this machine trusts|for another name|run out)|has run out/,
    );
    const smtps = describeSendFailure(await failureOf(send(silent.smtpUrl.replace('smtp:', 'smtps:'), true)));
    t.match(smtps.reason, /^it does not begin with TLS on this port: smtps:\/\/ is for port 465/);
    t.equal(silent.offers, 2);
  });
});
