import { join } from 'node:path';
import type { FastifyBaseLogger } from 'fastify';
import type { Db } from '../db/client.ts';
import type { MasterKey } from '../master-key/master-key.ts';
import type { Config } from '../settings/config.ts';
import type { MailFigures } from './mail-attempt.ts';
import { createOutbox } from './outbox.ts';
import type { OutboxTimes } from './outbox-times.ts';
import { createSmtpTransport } from './smtp-transport.ts';
import { createDirectoryTransport, createNoTransport } from './transport.ts';
import type { MailTransport } from './transport.ts';

/** Part of the ten seconds a stop has: a mail server that is stuck must not use them up. */
const OUTBOX_STOP_TIMEOUT_MS = 2_000;

type MailConfig = Pick<Config, 'smtpUrl' | 'mailFrom' | 'publicUrl' | 'isProduction' | 'dataDir'>;

export interface CreateMailOptions {
  db: Db;
  log: FastifyBaseLogger;
  figures: MailFigures | undefined;
  config: MailConfig;
  masterKey: MasterKey;
  times: Partial<OutboxTimes>;
}

/** Makes the outbox, and what its mails leave by under these settings. */
export function createMail({ db, log, figures, config, masterKey, times }: CreateMailOptions) {
  const transport = createTransport(config, log);
  const stopTimeoutMs = OUTBOX_STOP_TIMEOUT_MS;
  const outbox = createOutbox({ db, masterKey, transport, log, figures, stopTimeoutMs, ...times });
  return { transport, outbox };
}

function createTransport(
  { smtpUrl, mailFrom: from, publicUrl, isProduction, dataDir }: MailConfig,
  log: FastifyBaseLogger,
): MailTransport {
  if (smtpUrl !== undefined) return createSmtpTransport({ smtpUrl, publicUrl, from, isTlsRequired: isProduction });
  return isProduction
    ? createNoTransport(log)
    : createDirectoryTransport({ directory: join(dataDir, 'outbox'), from, log });
}
