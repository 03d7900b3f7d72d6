import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import pg from 'pg';
import t from 'tap';
import { mails } from '../../src/db/tables/mails.ts';
import { createMailRepository } from '../../src/mail/mail-repository.ts';
import { typeStripper } from '../support/children.ts';
import { mailTo, only, openMailGround, openOutbox, quickTimes, until } from '../support/outbox.ts';

const { databaseUrl, server, smtpUrl } = await openMailGround(t);

const hasArrived = (address: string) => server.received.some((mail) => mail.recipients.includes(address));

/** A second process, killed like `kill -9` when `moment` has come. */
async function dieAfter(moment: (output: string) => boolean, args: string[]): Promise<void> {
  const script = join(import.meta.dirname, '..', 'support', 'outbox-process.ts');
  // Through env: measured through another loader, it would be counted as covering all it loads.
  const command = [
    '-i',
    `PATH=${String(process.env.PATH)}`,
    process.execPath,
    '--import',
    typeStripper,
    script,
    ...args,
  ];
  const child = spawn('env', command, { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  try {
    await until('the process has come so far', () => moment(output));
  } finally {
    child.kill('SIGKILL');
    await exited;
  }
}

void t.test('a mail server that is away loses nothing: the mail arrives when it is back', async (t) => {
  await server.stop();
  const { owe, lines, countWaiting } = openOutbox(t, { databaseUrl, smtpUrl, ...quickTimes });
  await owe(mailTo('patient@example.com'));
  await until('two attempts failed', () => lines.filter((line) => line.includes('not sent')).length >= 2);
  t.equal(await countWaiting(), 1);
  t.match(JSON.parse(lines[0] ?? ''), { level: 40, attempt: 1, errorCode: 'ESOCKET' });
  await server.restart();
  await until('it arrives', () => hasArrived('patient@example.com'));
  await until('the row is gone', async () => (await countWaiting()) === 0);
});

void t.test('a 4xx is tried again with the waits that were set, a 5xx is not', async (t) => {
  server.behave('refuse-temporarily');
  const { owe, lines, countWaiting, db } = openOutbox(t, { databaseUrl, smtpUrl, retryDelaysMs: [10, 20, 3_600_000] });
  await owe(mailTo('greylisted@example.com'));
  await until(
    'it waits an hour',
    async () => (await db.$count(mails, sql`next_attempt_at > now() + interval '50 min'`)) === 1,
  );
  const attempts = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  t.match(
    attempts,
    [1, 2, 3].map((attempt) => ({ attempt, smtpCode: 451, errorCode: 'EMESSAGE', mailId: String })),
  );
  server.behave('refuse-permanently');
  await db.update(mails).set({ nextAttemptAt: sql`now() - interval '1 second'` });
  await owe();
  await until('the row is gone', async () => (await countWaiting()) === 0);
  server.behave('accept');
  t.match(JSON.parse(lines.at(-1) ?? ''), { attempt: 4, smtpCode: 550, msg: /for good/ });
  t.notOk(hasArrived('greylisted@example.com'));
});

void t.test('a mail that fails does not hold up the others', async (t) => {
  const { owe, countWaiting } = openOutbox(t, { databaseUrl, smtpUrl, ...quickTimes });
  await owe(
    mailTo('no address at all'),
    ...Array.from({ length: 6 }, (_, index) => mailTo(`next${index}@example.com`)),
  );
  await until('the rows are gone', async () => (await countWaiting()) === 0);
  t.equal(server.received.filter((mail) => mail.recipients[0]?.startsWith('next')).length, 6);
});

void t.test('more failing mails than there are timers are all sent in the end', async (t) => {
  server.behave('refuse-temporarily');
  const { owe, outbox, countWaiting, db } = openOutbox(t, {
    databaseUrl,
    smtpUrl,
    retryDelaysMs: [300],
    pollIntervalMs: 50,
  });
  await owe(...Array.from({ length: 80 }, (_, index) => mailTo(`many${index}@example.com`)));
  await until('each has failed', async () => (await db.$count(mails, sql`attempts > 0`)) === 80);
  server.behave('accept');
  outbox.start();
  await until('the rows are gone', async () => (await countWaiting()) === 0);
  t.equal(server.received.filter((mail) => mail.recipients[0]?.startsWith('many')).length, 80);
});

void t.test('an attempt that takes too long before the mail was handed over is given up and tried again', async (t) => {
  server.behave('hold-recipient');
  const { owe, lines, countWaiting } = openOutbox(t, { databaseUrl, smtpUrl, ...quickTimes, sendTimeoutMs: 500 });
  await owe(mailTo('slow@example.com'));
  await until('it was given up', () => lines.some((line) => line.includes('EABORT')));
  server.behave('accept');
  await until('the row is gone', async () => (await countWaiting()) === 0);
  t.ok(hasArrived('slow@example.com'));
});

void t.test('a process that is killed between the commit and the sending loses no mail', async (t) => {
  await dieAfter((output) => output.includes('committed'), [databaseUrl, 'none', 'orphan@example.com']);
  const { outbox } = openOutbox(t, { databaseUrl, smtpUrl, ...quickTimes });
  outbox.start();
  await until('it arrives', () => hasArrived('orphan@example.com'));
});

void t.test(
  'a process that is killed while sending loses no mail: another sends it when the lease is over',
  async (t) => {
    server.behave('hang');
    const before = server.offers;
    await dieAfter(() => server.offers > before, [databaseUrl, smtpUrl, 'leased@example.com']);
    server.behave('accept');
    const { outbox, lines, countWaiting } = openOutbox(t, { databaseUrl, smtpUrl, ...quickTimes });
    outbox.start();
    await until('the row is gone', async () => (await countWaiting()) === 0);
    t.ok(hasArrived('leased@example.com'));
    t.match(JSON.parse(lines[0] ?? ''), { attempt: 2, msg: 'mail sent' });
  },
);

void t.test('who lost a claim to another process cannot postpone the mail any more', async (t) => {
  const { db, outbox } = openOutbox(t, { databaseUrl, smtpUrl });
  await db.transaction((tx) => outbox.owe(only(tx), null, { ttlSeconds: 60 }));
  const repository = createMailRepository(db);
  const [lost] = await repository.claim(1, 0);
  await until('it is due again', async () => (await db.$count(mails, sql`next_attempt_at <= now()`)) === 1);
  const [held] = await repository.claim(1, 60_000);
  t.equal(held?.attempt, 2);
  if (lost !== undefined) await repository.postpone(lost, 0);
  t.same(await repository.claim(1, 60_000), []);
  await db.delete(mails);
});

void t.test('mail that has expired is dropped unsent', async (t) => {
  const { outbox, owe, db, lines, countWaiting } = openOutbox(t, { databaseUrl, smtpUrl });
  await db.transaction((tx) => outbox.owe(only(tx), mailTo('late@example.com'), { ttlSeconds: 60 }));
  await db.update(mails).set({ expiresAt: sql`now() - interval '1 second'` });
  await owe(mailTo('timely@example.com'));
  await until('the other one was sent', async () => (await countWaiting()) === 1);
  t.ok(hasArrived('timely@example.com'));
  t.notOk(hasArrived('late@example.com'));
  lines.length = 0;
  outbox.start();
  await until('the row is gone', async () => (await countWaiting()) === 0);
  await outbox.stop();
  t.notOk(hasArrived('late@example.com'));
  t.match(JSON.parse(lines[0] ?? ''), { level: 40, count: 1 });
});

void t.test('a database that is away is reported, throws nothing, and the mail goes out when it is back', async (t) => {
  const { outbox, db, lines } = openOutbox(t, { databaseUrl, smtpUrl, ...quickTimes });
  const admin = new pg.Client({ connectionString: databaseUrl });
  await admin.connect();
  t.teardown(() => admin.end());
  await db.transaction((tx) => outbox.owe(only(tx), mailTo('later@example.com'), { ttlSeconds: 60 }));
  await admin.query('alter table mails rename to mails_away');
  outbox.start();
  await until('it is reported', () => lines.some((line) => line.includes('cannot be read')));
  await until('it is reported', () => lines.some((line) => line.includes('cannot be swept')));
  t.match(JSON.parse(lines[0] ?? ''), { level: 50, errorCode: '42P01' });
  t.notMatch(lines.join(''), /Failed query|update|delete/);
  await admin.query('alter table mails_away rename to mails');
  await until('it arrives', () => hasArrived('later@example.com'));
});

void t.test('a mail that was sent while the database went away is reported, and the outbox goes on', async (t) => {
  server.behave('hang');
  const { owe, db, lines } = openOutbox(t, { databaseUrl, smtpUrl, ...quickTimes });
  const before = server.offers;
  await owe(mailTo('twice@example.com'));
  await until('it is offered', () => server.offers > before);
  await db.execute(sql`alter table mails rename to mails_away`);
  server.behave('accept');
  server.release();
  await until('it is reported', () => lines.some((line) => line.includes('cannot be written')));
  await db.execute(sql`alter table mails_away rename to mails`);
  await owe(mailTo('after@example.com'));
  await until('the next one arrives', () => hasArrived('after@example.com'));
  await db.delete(mails);
});
