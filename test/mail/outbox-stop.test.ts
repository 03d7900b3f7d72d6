import t from 'tap';
import { mails } from '../../src/db/tables/mails.ts';
import { mailTo, only, openMailGround, openOutbox, quickTimes, until } from '../support/outbox.ts';

const { databaseUrl, server, smtpUrl } = await openMailGround(t);

void t.test('a stop waits for the mail that is being sent', async (t) => {
  server.behave('hang');
  const { outbox, owe, countWaiting } = openOutbox(t, { databaseUrl, smtpUrl, stopTimeoutMs: 10_000 });
  const before = server.offers;
  await owe(mailTo('last@example.com'));
  await until('it is offered', () => server.offers > before);
  const stopped = outbox.stop();
  server.behave('accept');
  server.release();
  await stopped;
  t.equal(server.received.at(-1)?.recipients[0], 'last@example.com');
  t.equal(await countWaiting(), 0);
});

void t.test('a stop sends what is due, though nobody woke the outbox', async (t) => {
  const { outbox, db, countWaiting } = openOutbox(t, { databaseUrl, smtpUrl, stopTimeoutMs: 10_000 });
  await db.transaction(async (tx) => {
    for (let index = 0; index < 9; index += 1) {
      await outbox.owe(only(tx), mailTo(`due${index}@example.com`), { ttlSeconds: 60 });
    }
  });
  await outbox.stop();
  t.equal(await countWaiting(), 0);
  t.equal(server.received.filter((mail) => mail.recipients[0]?.startsWith('due')).length, 9);
});

void t.test('a stop ends though the mail server hangs, and the mail stays for the next process', async (t) => {
  server.behave('hold-recipient');
  const { outbox, owe, lines, countWaiting } = openOutbox(t, {
    databaseUrl,
    smtpUrl,
    ...quickTimes,
    stopTimeoutMs: 50,
  });
  await owe(...Array.from({ length: 6 }, (_, index) => mailTo(`stuck${index}@example.com`)));
  await until('four are under way', () => server.held === 4);
  await outbox.stop();
  t.equal(await countWaiting(), 6);
  t.equal(lines.filter((line) => line.includes('EABORT')).length, 4);
  server.behave('accept');
  server.release();
  const next = openOutbox(t, { databaseUrl, smtpUrl, ...quickTimes });
  next.outbox.start();
  await until('the rows are gone', async () => (await countWaiting()) === 0);
  const recipients = server.received.flatMap((mail) => mail.recipients).filter((to) => to.startsWith('stuck'));
  t.equal(new Set(recipients).size, 6);
});

void t.test('a stop ends though the transport never answers', async (t) => {
  let offers = 0;
  const transport = {
    kind: 'none' as const,
    send: () => {
      offers += 1;
      return new Promise<void>(() => undefined);
    },
    close: () => undefined,
  };
  const { outbox, owe, countWaiting, db } = openOutbox(t, { databaseUrl, smtpUrl, transport, stopTimeoutMs: 20 });
  await owe(mailTo('never@example.com'));
  await until('it is offered', () => offers === 1);
  await outbox.stop();
  t.equal(await countWaiting(), 1);
  await db.delete(mails);
});

void t.test('after a stop nothing runs: no wake, no start and no timer sends', async (t) => {
  server.behave('refuse-temporarily');
  const { outbox, owe, db, lines, countWaiting } = openOutbox(t, {
    databaseUrl,
    smtpUrl,
    ...quickTimes,
    retryDelaysMs: [30],
  });
  outbox.start();
  await owe(mailTo('refused@example.com'));
  await until('it was refused', () => lines.length > 0);
  await Promise.all([outbox.stop(), outbox.stop()]);
  const before = server.offers;
  server.behave('accept');
  await db.transaction((tx) => outbox.owe(only(tx), mailTo('kept@example.com'), { ttlSeconds: 60 }));
  outbox.start();
  outbox.wake();
  const other = openOutbox(t, { databaseUrl, smtpUrl, ...quickTimes });
  other.outbox.start();
  await until('another process has sent both', async () => (await countWaiting()) === 0);
  t.equal(server.offers - before, 2);
  t.equal(other.lines.filter((line) => line.includes('mail sent')).length, 2);
});

void t.test('an outbox that never ran stops at once', async (t) => {
  const { outbox, lines } = openOutbox(t, { databaseUrl, smtpUrl });
  await outbox.stop();
  t.same(lines, []);
});
