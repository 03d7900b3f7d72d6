import type { FastifyBaseLogger } from 'fastify';
import { v7 as uuidv7 } from 'uuid';
import type { Db, Tx } from '../db/client.ts';
import type { MasterKey } from '../master-key/master-key.ts';
import { createMailRepository } from './mail-repository.ts';
import { MailWorker } from './mail-worker.ts';
import type { MailFigures } from './mail-worker.ts';
import type { MailMessage } from './messages.ts';
import { sealMessage } from './sealed-message.ts';
import type { MailTransport } from './transport.ts';

export interface OutboxTimes {
  /** The wait after the first, second, … failed attempt; the last one holds for all that follow. */
  retryDelaysMs: readonly [number, ...number[]];
  /** How long a claimed mail is one process's own. Longer than an attempt may take. */
  leaseMs: number;
  /** After this an attempt is given up. */
  sendTimeoutMs: number;
  /** How often the table is looked at unasked. */
  pollIntervalMs: number;
  /** How long a stop waits for the mail server. */
  stopTimeoutMs: number;
}

export interface OutboxOptions extends Partial<OutboxTimes> {
  db: Db;
  masterKey: MasterKey;
  transport: MailTransport;
  log: FastifyBaseLogger;
  figures?: MailFigures | undefined;
}

/**
 * The mail that committed changes owe, kept in Postgres until it is sent. Any process sends it: this one, another, or the
 * next one after a crash. A mail is sent once, except when a process dies or loses its database between handing it over
 * and noting that.
 */
export interface Outbox {
  /**
   * Owes a mail as part of a transaction. Null makes a decoy that costs the same and is never sent.
   * @param options.ttlSeconds after which the mail is of no use and is dropped
   */
  enqueue(tx: Tx, message: MailMessage | null, options: { ttlSeconds: number }): Promise<void>;
  /** Sends what is due now, in the background. To be called after the commit. Never throws. */
  wake(): void;
  /** Looks at the table now and then, for mail that others left behind. */
  start(): void;
  /**
   * Ends the sending: waits for what is under way, tries what is due once more, and gives up after a few seconds. The
   * mail that is left stays in the table. The transport stays open; who made it closes it.
   */
  stop(): Promise<void>;
}

const defaultTimes: OutboxTimes = {
  retryDelaysMs: [1_000, 5_000, 30_000, 120_000],
  leaseMs: 60_000,
  sendTimeoutMs: 20_000,
  pollIntervalMs: 10_000,
  stopTimeoutMs: 4_000,
};

export function createOutbox(options: OutboxOptions): Outbox {
  const { db, masterKey, transport, log, figures } = options;
  const worker = new MailWorker({
    mails: createMailRepository(db),
    masterKey,
    transport,
    log,
    figures,
    times: { ...defaultTimes, ...options },
  });
  return {
    async enqueue(tx, message, { ttlSeconds }) {
      const sealedMessage = sealMessage(masterKey, message);
      await createMailRepository(tx).insert({ id: uuidv7(), sealedMessage, ttlSeconds });
    },
    wake() {
      worker.wake();
    },
    start() {
      worker.start();
    },
    stop() {
      return worker.stop();
    },
  };
}
