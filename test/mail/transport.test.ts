import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import PostalMime from 'postal-mime';
import t from 'tap';
import { verificationMail } from '../../src/mail/messages.ts';
import {
  UnmailableAddressError,
  createDirectoryTransport,
  createNoTransport,
  createSmtpTransport,
  describeSendFailure,
  greetSmtpServer,
  isPermanentRefusal,
} from '../../src/mail/transport.ts';
import { captureLog, mailTo } from '../support/outbox.ts';
import { startSmtpServer } from '../support/smtp-server.ts';

const from = 'Latchkey <no-reply@latchkey.test>';
const message = verificationMail({
  to: 'jane@example.com',
  serviceUrl: 'http://localhost:3000',
  code: 'A1B2C3',
  minutes: 10,
});

const server = await startSmtpServer();
const smtp = createSmtpTransport({ smtpUrl: server.smtpUrl, from });
t.teardown(async () => {
  await smtp.close();
  await server.stop();
});

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
    t.ok(isPermanentRefusal(err));
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
  t.same(describeSendFailure(final), { smtpCode: 550, errorCode: 'EMESSAGE' });
  t.ok(isPermanentRefusal(final));

  server.behave('refuse-temporarily');
  const passing = await failureOf(smtp.send(message));
  t.same(describeSendFailure(passing), { smtpCode: 451, errorCode: 'EMESSAGE' });
  t.notOk(isPermanentRefusal(passing));
});

void t.test('a server that turns the service away, or is not there, is worth another try', async (t) => {
  const away = await startSmtpServer();
  away.behave('turn-away');
  const transport = createSmtpTransport({ smtpUrl: away.smtpUrl, from });
  t.teardown(() => transport.close());
  const turnedAway = await failureOf(transport.send(message));
  t.equal(describeSendFailure(turnedAway).smtpCode, 554);
  t.notOk(isPermanentRefusal(turnedAway));

  await away.stop();
  const notThere = await failureOf(transport.send(message));
  t.same(describeSendFailure(notThere), { smtpCode: undefined, errorCode: 'ESOCKET' });
  t.notOk(isPermanentRefusal(notThere));
  t.same(describeSendFailure('no error'), { smtpCode: undefined, errorCode: undefined });
});

void t.test('the URL cannot switch on a print-out of the conversation', async (t) => {
  const printed = t.capture(process.stdout, 'write');
  const talkative = createSmtpTransport({
    smtpUrl: `${server.smtpUrl}?logger=true&debug=true&transactionLog=true`,
    from,
  });
  t.teardown(() => talkative.close());
  await talkative.send(message);
  t.equal(printed().length, 0);
});

void t.test('an attempt can be given up while the server hangs', async (t) => {
  server.behave('hang');
  t.teardown(() => {
    server.behave('accept');
    server.release();
  });
  const abort = new AbortController();
  const before = server.offers;
  const sending = failureOf(smtp.send(message, { signal: abort.signal }));
  while (server.offers === before) await new Promise((resolve) => setImmediate(resolve));
  abort.abort();
  const err = await sending;
  t.equal(describeSendFailure(err).errorCode, 'EABORT');
  t.notOk(isPermanentRefusal(err));
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
    await t.resolves(greetSmtpServer(other.smtpUrl));
    other.behave('turn-away');
    t.match(describeSendFailure(await failureOf(greetSmtpServer(other.smtpUrl))), { smtpCode: 554 });
    await other.stop();
    t.match(describeSendFailure(await failureOf(greetSmtpServer(other.smtpUrl))), { errorCode: /^E[A-Z]+$/ });
    t.equal(other.offers, 0);
  },
);
