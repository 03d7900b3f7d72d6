import { sql } from 'drizzle-orm';
import t from 'tap';
import { mails } from '../../src/db/tables/mails.ts';
import { defaultTimes } from '../../src/mail/outbox-times.ts';
import { SENDS_MAX, SMTP_CONNECTIONS_MAX, defaultSmtpTimes } from '../../src/mail/smtp-transport.ts';
import { mailTo, openMailGround, openOutbox, quickTimes, until } from '../support/outbox.ts';

const { databaseUrl, server, smtpUrl } = await openMailGround(t);

const MINUTE_MS = 60_000;
const arrivals = (address: string) => server.received.filter((mail) => mail.recipients.includes(address)).length;

void t.test('a mail server gets the time that RFC 5321 §4.5.3.2 gives it', async (t) => {
  t.ok(defaultSmtpTimes.greetingMs >= 5 * MINUTE_MS, 'to greet');
  t.ok(defaultSmtpTimes.answerMs >= 10 * MINUTE_MS, 'to answer the final dot, and all else');
  t.ok(defaultTimes.sendTimeoutMs > defaultSmtpTimes.greetingMs + defaultSmtpTimes.answerMs);
});

void t.test('a greeting that is late by a bound is a failed attempt, tried again', async (t) => {
  server.behave('hold-greeting');
  const { owe, lines, db } = openOutbox(t, {
    databaseUrl,
    smtpUrl,
    ...quickTimes,
    smtpTimes: { greetingMs: 1_000, connectMs: 500 },
  });
  await owe(mailTo('postscreen@example.com'));
  await until('it was given up', () => lines.some((line) => line.includes('ETIMEDOUT')));
  server.behave('accept');
  server.release();
  await until('it arrives', () => arrivals('postscreen@example.com') === 1);
  await until('the row is gone', async () => (await db.$count(mails)) === 0);
});

void t.test('a mail that may have been sent is sent twice more at most, hours apart', async (t) => {
  server.behave('hang');
  const { owe, lines, db } = openOutbox(t, { databaseUrl, smtpUrl, ...quickTimes, smtpTimes: { answerMs: 1_500 } });
  const before = server.offers;
  await owe(mailTo('doubtful@example.com'));
  await until('it waits for an hour', async () => (await db.$count(mails, isDueIn('1 hour'))) === 1);
  t.equal(server.offers - before, 1);
  for (const [wait, offers] of [
    ['4 hours', 2],
    ['gone', 3],
  ] as const) {
    await db.update(mails).set({ nextAttemptAt: sql`now() - interval '1 second'` });
    await owe();
    await until(
      `it waits: ${wait}`,
      async () => (await db.$count(mails, wait === 'gone' ? undefined : isDueIn(wait))) === (wait === 'gone' ? 0 : 1),
    );
    t.equal(server.offers - before, offers);
  }
  const said = lines.map((line) => JSON.parse(line) as { msg: string });
  t.equal(said.filter(({ msg }) => msg === 'the mail server did not say whether it took a mail').length, 3);
  t.match(said.at(-1), { msg: /^mail given up: it may have been sent/ });
  server.behave('accept');
  server.release();
});

void t.test('an answer to the final dot is an answer, and no doubt', async (t) => {
  server.behave('refuse-temporarily');
  const { owe, lines, db } = openOutbox(t, { databaseUrl, smtpUrl, ...quickTimes });
  await owe(mailTo('later@example.com'));
  await until('it was refused twice', () => lines.length >= 2);
  t.equal(await db.$count(mails, sql`doubts > 0`), 0);
  server.behave('accept');
  await until('the row is gone', async () => (await db.$count(mails)) === 0);
});

void t.test('a mail under way stays this process’s own, however long the server takes', async (t) => {
  server.behave('hang');
  const slow = openOutbox(t, { databaseUrl, smtpUrl, ...quickTimes, leaseMs: 300 });
  const other = openOutbox(t, { databaseUrl, smtpUrl, ...quickTimes });
  const before = server.offers;
  await slow.owe(mailTo('once@example.com'));
  await until('it is offered', () => server.offers > before);
  other.outbox.start();
  const leases = new Set<number>();
  await until('the lease was renewed three times', async () => {
    const [row] = await slow.db.select({ at: mails.nextAttemptAt }).from(mails);
    if (row !== undefined) leases.add(row.at.getTime());
    return leases.size >= 4;
  });
  server.behave('accept');
  server.release();
  await until('the row is gone', async () => (await slow.db.$count(mails)) === 0);
  t.equal(server.offers - before, 1);
  t.equal(arrivals('once@example.com'), 1);
});

void t.test('a mail that another process has claimed meanwhile is given up', async (t) => {
  server.behave('hold-recipient');
  const { owe, db, lines } = openOutbox(t, { databaseUrl, smtpUrl, ...quickTimes, leaseMs: 60 });
  await owe(mailTo('lost@example.com'));
  await until('it is under way', () => server.held === 1);
  await db.update(mails).set({ attempts: 2, nextAttemptAt: sql`now() + interval '1 hour'` });
  await until('it was given up', () => lines.some((line) => line.includes('EABORT')));
  t.equal(await db.$count(mails, isDueIn('1 hour')), 1, 'and left to the other');
  server.behave('accept');
  server.release();
  await db.delete(mails);
});

void t.test('slow answers hold up no other mail, and take no more connections than there may be', async (t) => {
  server.behave('hang');
  const { owe, db } = openOutbox(t, { databaseUrl, smtpUrl, ...quickTimes, slowAfterMs: 20 });
  await owe(...Array.from({ length: SENDS_MAX }, (_, index) => mailTo(`tarpit${index}@example.com`)));
  await until('all places are taken', () => server.held === SENDS_MAX);
  server.behave('accept');
  await owe(mailTo('quick@example.com'));
  await until('the next one arrives', () => arrivals('quick@example.com') === 1);

  server.behave('hang');
  await owe(...Array.from({ length: 2 * SMTP_CONNECTIONS_MAX }, (_, index) => mailTo(`flood${index}@example.com`)));
  await until('all connections are taken', () => server.held === SMTP_CONNECTIONS_MAX);
  t.equal(await db.$count(mails, sql`attempts = 0`), SENDS_MAX + SMTP_CONNECTIONS_MAX);
  server.behave('accept');
  server.release();
  await until('the rows are gone', async () => (await db.$count(mails)) === 0);
});

void t.test(
  'a stop gives up what hangs, and what may have been sent is not sent again by the next process',
  async (t) => {
    server.behave('hang');
    const { outbox, owe, db } = openOutbox(t, { databaseUrl, smtpUrl, ...quickTimes, stopTimeoutMs: 20 });
    const before = server.offers;
    await owe(mailTo('stopped@example.com'));
    await until('it is offered', () => server.offers > before);
    await outbox.stop();
    t.equal(await db.$count(mails, isDueIn('1 hour')), 1);
    server.behave('accept');
    server.release();
    await db.delete(mails);
  },
);

/** Due in about that time: later than ten minutes before it. */
function isDueIn(interval: '1 hour' | '4 hours') {
  return sql`next_attempt_at > now() + ${interval}::interval - interval '10 minutes'`;
}
