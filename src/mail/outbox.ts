import type { FastifyBaseLogger } from 'fastify';
import { v7 as uuidv7 } from 'uuid';
import type { Db, Tx } from '../db/client.ts';
import type { MasterKey } from '../master-key/master-key.ts';
import { createMailRepository } from './mail-repository.ts';
import { MailWorker } from './mail-worker.ts';
import type { MailFigures } from './mail-attempt.ts';
import type { MailMessage } from './rendering.ts';
import { defaultTimes } from './outbox-times.ts';
import type { OutboxTimes } from './outbox-times.ts';
import { sealMessage } from './sealed-message.ts';
import type { MailTransport } from './transport.ts';

export interface OutboxOptions extends Partial<OutboxTimes> {
  db: Db;
  masterKey: MasterKey;
  transport: MailTransport;
  log: FastifyBaseLogger;
  figures?: MailFigures | undefined;
}

/** What a mail needs of the change that owes it. */
export interface OwingChange {
  tx: Tx;
  afterCommit: (effect: () => void) => void;
}

/**
 * The mail that committed changes owe, kept in Postgres until it is sent. Any process sends it: this one, another, or the
 * next one after a crash. A mail is sent once, except when a process dies or loses its database between handing it over
 * and noting that, or when the mail server never says whether it took it: then it is sent twice more at most, hours apart.
 */
export interface Outbox {
  /**
   * Owes a mail as part of a change, and sends it once that is committed. Null makes a decoy that costs the same and is
   * never sent.
   * @param options.ttlSeconds after which the mail is of no use and is dropped
   */
  owe(change: OwingChange, message: MailMessage | null, options: { ttlSeconds: number }): Promise<void>;
  /** Sends what is due now, in the background. Never throws. */
  wake(): void;
  /** Looks at the table now and then, for mail that others left behind. */
  start(): void;
  /**
   * Ends the sending: waits for what is under way, tries what is due once more, and gives up after a few seconds. The
   * mail that is left stays in the table. The transport stays open; who made it closes it.
   */
  stop(): Promise<void>;
}

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
  const wake = () => {
    worker.wake();
  };
  return {
    async owe({ tx, afterCommit }, message, { ttlSeconds }) {
      await oweMail(tx, { masterKey, message, ttlSeconds });
      afterCommit(wake);
    },
    wake,
    start() {
      worker.start();
    },
    stop() {
      return worker.stop();
    },
  };
}

/** Owes a mail in a process that sends none: a running service will. Null makes a decoy. */
export async function oweMail(
  tx: Tx,
  mail: { masterKey: MasterKey; message: MailMessage | null; ttlSeconds: number },
): Promise<void> {
  const sealedMessage = sealMessage(mail.masterKey, mail.message);
  await createMailRepository(tx).insert({ id: uuidv7(), sealedMessage, ttlSeconds: mail.ttlSeconds });
}
