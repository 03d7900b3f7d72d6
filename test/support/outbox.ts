import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyBaseLogger } from 'fastify';
import pg from 'pg';
import { pino } from 'pino';
import type { Test } from 'tap';
import { createChangeRunner } from '../../src/changes/change-runner.ts';
import { createDb, createPool } from '../../src/db/client.ts';
import type { Db, Tx } from '../../src/db/client.ts';
import { mails } from '../../src/db/tables/mails.ts';
import { createMail } from '../../src/mail/create-mail.ts';
import type { MailMessage } from '../../src/mail/rendering.ts';
import { createOutbox } from '../../src/mail/outbox.ts';
import type { Outbox, OwingChange } from '../../src/mail/outbox.ts';
import type { OutboxTimes } from '../../src/mail/outbox-times.ts';
import { createSmtpTransport } from '../../src/mail/smtp-transport.ts';
import type { SmtpTimes, SmtpTransportOptions } from '../../src/mail/smtp-transport.ts';
import type { MailTransport } from '../../src/mail/transport.ts';
import { MasterKey } from '../../src/master-key/master-key.ts';
import type { TestApp } from './build-app.ts';
import { openDb } from './secret-tools.ts';
import { startSmtpServer } from './smtp-server.ts';
import { createTestDatabase } from './test-database.ts';

const DEADLINE_MS = 60_000;

/** Retries at once and polls often, so that no test waits for a real delay. */
export const quickTimes = { retryDelaysMs: [10], pollIntervalMs: 50 } as const satisfies Partial<OutboxTimes>;

export const testMasterKey = new MasterKey([Buffer.alloc(32, 7)]);

export interface OutboxFixtureOptions extends Partial<OutboxTimes> {
  databaseUrl: string;
  smtpUrl: string;
  /** How long the mail server may take. */
  smtpTimes?: Partial<SmtpTimes>;
  /** Instead of SMTP. */
  transport?: MailTransport;
  masterKey?: MasterKey;
}

export interface OutboxFixture {
  outbox: Outbox;
  db: Db;
  pool: pg.Pool;
  /** Everything that was logged, at trace level, one JSON text a line. */
  lines: string[];
  /** Commits a transaction that owes these mails, and wakes the outbox. */
  owe: (...messages: (MailMessage | null)[]) => Promise<void>;
  countWaiting: () => Promise<number>;
}

/** A database and a mail server for the outboxes of a test file. */
export async function openMailGround(t: { teardown(handler: () => Promise<void>): unknown }) {
  const database = await createTestDatabase();
  const server = await startSmtpServer();
  t.teardown(async () => {
    server.release();
    await server.stop();
    await database.drop();
  });
  return { databaseUrl: database.databaseUrl, server, smtpUrl: server.smtpUrl };
}

/** A transaction whose effects nobody runs: what is owed in it waits to be found. */
export function only(tx: Tx): OwingChange {
  return { tx, afterCommit: () => undefined };
}

/** An outbox with a pool and a mail connection of its own, as a process has. All of it ends with the test. */
export function openOutbox(t: Test, options: OutboxFixtureOptions): OutboxFixture {
  const { databaseUrl, smtpUrl, smtpTimes = {}, masterKey = testMasterKey, ...rest } = options;
  const { log, lines } = captureLog();
  const pool = createPool({ databaseUrl, poolMax: 5 });
  pool.on('error', () => undefined);
  const db = createDb(pool);
  const transport = rest.transport ?? openTransport(smtpUrl, { times: smtpTimes });
  const outbox = createOutbox({ stopTimeoutMs: 300, ...rest, db, masterKey, transport, log });
  t.teardown(async () => {
    await outbox.stop();
    await transport.close();
    if (!pool.ended) await pool.end();
  });
  return {
    outbox,
    db,
    pool,
    lines,
    async owe(...messages) {
      await db.transaction(async (tx) => {
        for (const message of messages) await outbox.owe(only(tx), message, { ttlSeconds: 600 });
      });
      outbox.wake();
    },
    countWaiting: () => db.$count(mails),
  };
}

/** Mail over SMTP as the tests' service sends it. */
export function openTransport(smtpUrl: string, options: Partial<SmtpTransportOptions> = {}): MailTransport {
  const from = { name: 'Latchkey', address: 'no-reply@latchkey.test' };
  return createSmtpTransport({ smtpUrl, from, publicUrl: 'https://latchkey.test', isTlsRequired: false, ...options });
}

/** A logger at trace level that keeps its lines. */
export function captureLog(): { log: FastifyBaseLogger; lines: string[] } {
  const lines: string[] = [];
  const log = pino({ level: 'trace' }, { write: (line: string) => lines.push(line) });
  return { log, lines };
}

/** Waits until the condition holds. @throws Error after a minute without */
export async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`waited in vain until ${what}`);
    await delay(5);
  }
}

/** A mail whose every part can be told from any other mail's. */
export function mailTo(to: string, code = 'QX7R2M'): MailMessage {
  return { to, subject: 'A code', text: `Your code for ${to}:\n\n${code}\n`, html: `<p>${code}</p>\n` };
}

/** What the periodic work of one process that sends notices stands on, ended with the test. */
export function openNoticeGround(t: Pick<Test, 'teardown'>, test: TestApp) {
  const { db } = openDb(t, test);
  const { log } = test.app;
  const masterKey = new MasterKey(test.config.masterKeys);
  const { transport, outbox } = createMail({ db, log, figures: undefined, config: test.config, masterKey, times: {} });
  t.teardown(async () => {
    await outbox.stop();
    await transport.close();
  });
  const changes = createChangeRunner({ db, masterKey, log });
  return { db, changes, outbox, log, publicUrl: test.config.publicUrl };
}
