import { randomBytes } from 'node:crypto';
import { sql } from 'drizzle-orm';
import t from 'tap';
import { mails } from '../../src/db/tables/mails.ts';
import { createMailRepository } from '../../src/mail/mail-repository.ts';
import { passwordChangedMail, verificationMail } from '../../src/mail/messages.ts';
import { createNoTransport } from '../../src/mail/transport.ts';
import { MasterKey } from '../../src/master-key/master-key.ts';
import { captureLog, mailTo, only, openOutbox, quickTimes, until } from '../support/outbox.ts';
import { startSmtpServer } from '../support/smtp-server.ts';
import { createTestDatabase } from '../support/test-database.ts';

const serviceUrl = 'https://accounts.example.com';

const database = await createTestDatabase();
const { databaseUrl } = database;
const server = await startSmtpServer();
t.teardown(async () => {
  await server.stop();
  await database.drop();
});

void t.test('a mail that a commit owes is sent with both its parts, and its row goes', async (t) => {
  const { owe, countWaiting } = openOutbox(t, { databaseUrl, smtpUrl: server.smtpUrl });
  const message = verificationMail({ to: 'jane@example.com', serviceUrl, code: 'A1B2C3', minutes: 10 });
  await owe(message);
  await until('the row is gone', async () => (await countWaiting()) === 0);
  const [mail] = server.received.slice(-1);
  t.same(mail?.recipients, ['jane@example.com']);
  t.equal(mail?.content.text?.trimEnd(), message.text.trimEnd());
  t.equal(mail?.content.html?.trimEnd(), message.html.trimEnd());
});

void t.test('a change that is rolled back owes no mail', async (t) => {
  const { outbox, db, countWaiting } = openOutbox(t, { databaseUrl, smtpUrl: server.smtpUrl });
  await t.rejects(
    db.transaction(async (tx) => {
      await outbox.owe(only(tx), mailTo('undone@example.com'), { ttlSeconds: 60 });
      throw new Error('undone');
    }),
    /undone/,
  );
  t.equal(await countWaiting(), 0);
});

void t.test('mail that nobody woke the outbox for is found by looking', async (t) => {
  const { outbox, db } = openOutbox(t, { databaseUrl, smtpUrl: server.smtpUrl, ...quickTimes });
  outbox.start();
  await db.transaction((tx) => outbox.owe(only(tx), mailTo('found@example.com'), { ttlSeconds: 60 }));
  await until('it arrives', () => server.received.some((mail) => mail.recipients[0] === 'found@example.com'));
});

void t.test('two processes on one database send each of 50 mails exactly once', async (t) => {
  const first = openOutbox(t, { databaseUrl, smtpUrl: server.smtpUrl, ...quickTimes });
  const second = openOutbox(t, { databaseUrl, smtpUrl: server.smtpUrl, ...quickTimes });
  first.outbox.start();
  second.outbox.start();
  const before = server.received.length;
  const addresses = Array.from({ length: 50 }, (_, index) => `user${index}@example.com`);
  await Promise.all(
    addresses.map(async (address, index) => {
      await (index % 2 === 0 ? first : second).owe(mailTo(address));
      first.outbox.wake();
      second.outbox.wake();
    }),
  );
  await until('all rows are gone', async () => (await first.countWaiting()) === 0);
  await Promise.all([first.outbox.stop(), second.outbox.stop()]);
  const recipients = server.received.slice(before).flatMap((mail) => mail.recipients);
  t.same(recipients.sort(), addresses.sort());
  const sent = [first, second].map(({ lines }) => lines.filter((line) => line.includes('mail sent')).length);
  t.equal((sent[0] ?? 0) + (sent[1] ?? 0), 50);
});

void t.test('one process hands over at most four mails at a time', async (t) => {
  server.behave('hang');
  t.teardown(() => {
    server.behave('accept');
    server.release();
  });
  const { owe, countWaiting, db } = openOutbox(t, { databaseUrl, smtpUrl: server.smtpUrl });
  const before = server.offers;
  await owe(...Array.from({ length: 10 }, (_, index) => mailTo(`queue${index}@example.com`)));
  await until('four are offered', () => server.offers - before === 4);
  t.equal(await db.$count(mails, sql`attempts > 0`), 4, 'the others stay in the table');
  server.behave('accept');
  server.release();
  await until('all rows are gone', async () => (await countWaiting()) === 0);
  t.equal(server.offers - before, 10);
});

void t.test('ten claims at once give no mail out twice and never more than asked for', async (t) => {
  const { db, outbox } = openOutbox(t, { databaseUrl, smtpUrl: server.smtpUrl });
  await db.transaction(async (tx) => {
    for (let index = 0; index < 20; index += 1) await outbox.owe(only(tx), null, { ttlSeconds: 60 });
  });
  const repository = createMailRepository(db);
  const claims = await Promise.all(Array.from({ length: 10 }, () => repository.claim(3, 60_000)));
  t.ok(claims.every((claimed) => claimed.length <= 3));
  const ids = claims.flat().map(({ id }) => id);
  t.equal(new Set(ids).size, ids.length);
  await db.delete(mails);
});

void t.test('a decoy costs a row of the same length and never reaches the mail server', async (t) => {
  const { outbox, db, countWaiting, lines } = openOutbox(t, { databaseUrl, smtpUrl: server.smtpUrl });
  const before = server.offers;
  await db.transaction(async (tx) => {
    await outbox.owe(only(tx), null, { ttlSeconds: 60 });
    await outbox.owe(only(tx), passwordChangedMail({ to: 'jane@example.com', serviceUrl }), { ttlSeconds: 60 });
    await outbox.owe(
      only(tx),
      verificationMail({ to: 'jürgen@example.com', serviceUrl, code: 'A1B2C3', minutes: 10 }),
      {
        ttlSeconds: 60,
      },
    );
  });
  const rows = await db.select().from(mails);
  t.equal(new Set(rows.map((row) => row.sealedMessage.length)).size, 1);
  t.equal(rows.length, 3);
  await db.delete(mails);

  await db.transaction((tx) => outbox.owe(only(tx), null, { ttlSeconds: 60 }));
  outbox.wake();
  await until('the row is gone', async () => (await countWaiting()) === 0);
  t.equal(server.offers, before);
  t.same(lines, [], 'and leaves no trace in the log');
});

void t.test('neither the table nor the log at trace level holds a code or an address', async (t) => {
  server.behave('refuse-temporarily');
  t.teardown(() => {
    server.behave('accept');
  });
  const { owe, db, countWaiting, lines } = openOutbox(t, { databaseUrl, smtpUrl: server.smtpUrl, ...quickTimes });
  await owe(mailTo('private.person@example.com', 'ZZ99QQ'));
  await until('an attempt failed', () => lines.some((line) => line.includes('451')));
  const table = JSON.stringify(await db.select().from(mails));
  server.behave('accept');
  await until('the row is gone', async () => (await countWaiting()) === 0);
  server.behave('refuse-permanently');
  await owe(mailTo('private.person@example.com', 'ZZ99QQ'), mailTo('private.person@example.com\r\nX: ZZ99QQ'));
  await until('the rows are gone', async () => (await countWaiting()) === 0);
  t.ok(table.length > 1_000 && lines.length >= 3, 'there was something to search');
  for (const held of [table, ...lines]) {
    t.notMatch(held, /private|ZZ99QQ|WlpOOVFR/);
    t.notOk(held.includes(Buffer.from('ZZ99QQ').toString('base64url').slice(0, 7)));
  }
});

void t.test(
  'mail sealed under a key that is not configured is reported, kept, and sent by a process that has the key',
  async (t) => {
    const newKey = randomBytes(32);
    const ahead = openOutbox(t, {
      databaseUrl,
      smtpUrl: server.smtpUrl,
      masterKey: new MasterKey([newKey]),
      ...quickTimes,
    });
    const behind = openOutbox(t, { databaseUrl, smtpUrl: server.smtpUrl, ...quickTimes });
    await ahead.db.transaction((tx) => ahead.outbox.owe(only(tx), mailTo('rolled@example.com'), { ttlSeconds: 60 }));
    behind.outbox.wake();
    await until('it is reported', () => behind.lines.some((line) => line.includes('cannot be opened')));
    t.equal(await ahead.countWaiting(), 1);
    await behind.outbox.stop();
    ahead.outbox.start();
    await until('it arrives', () => server.received.some((mail) => mail.recipients[0] === 'rolled@example.com'));
  },
);

void t.test('sealed content that is no mail is reported and never sent', async (t) => {
  const { db, outbox, lines, countWaiting } = openOutbox(t, { databaseUrl, smtpUrl: server.smtpUrl });
  for (const [index, content] of ['"text"', '{"to":"jane@example.com"}', 'not json'].entries()) {
    const sealedMessage = new MasterKey([Buffer.alloc(32, 7)]).seal('mail', content);
    const id = `00000000-0000-7000-8000-00000000000${index}`;
    await createMailRepository(db).insert({ id, sealedMessage, ttlSeconds: 60 });
  }
  const before = server.offers;
  outbox.wake();
  await until('all are reported', () => lines.filter((line) => line.includes('cannot be opened')).length === 3);
  t.equal(await countWaiting(), 3);
  t.equal(server.offers, before);
  await db.delete(mails);
});

void t.test('a process without a mail server reports each mail and keeps none', async (t) => {
  const { log, lines } = captureLog();
  const transport = createNoTransport(log);
  const { owe, countWaiting } = openOutbox(t, { databaseUrl, smtpUrl: '', transport });
  await owe(mailTo('jane@example.com'));
  await until('the row is gone', async () => (await countWaiting()) === 0);
  t.equal(lines.length, 1);
});
