import { randomBytes } from 'node:crypto';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import type { FastifyBaseLogger } from 'fastify';
import { createTransport } from 'nodemailer';
import type { MailSender } from '../rules/mail-address.ts';
import { composeMail } from './composed-mail.ts';
import type { MailMessage } from './rendering.ts';

export interface SendOptions {
  /** Names the mail over all its attempts: a copy sent again after a crash has the same Message-ID. */
  id?: string;
  /** Gives the attempt up. */
  signal?: AbortSignal;
}

/** The way a mail leaves the process. */
export interface MailTransport {
  readonly kind: 'smtp' | 'directory' | 'none';
  /**
   * Resolves when the mail has been handed over.
   * @throws UnmailableAddressError; PerhapsSentError; or what the way out raised: `isPermanentFailure` tells which are final
   */
  send(message: MailMessage, options?: SendOptions): Promise<void>;
  /** Drops idle connections, and any that is still busy. */
  close(): void | Promise<void>;
}

export interface DirectoryTransportOptions {
  directory: string;
  from: MailSender;
  log: FastifyBaseLogger;
}

/**
 * Mail for a developer's machine: each becomes a file `<time>-<random>.eml` that only the owner can read, and its text
 * goes to the log. Never for production, where no code may be in a log.
 */
export function createDirectoryTransport({ directory, from, log }: DirectoryTransportOptions): MailTransport {
  const mailer = createTransport({ streamTransport: true, buffer: true, newline: 'windows' });
  return {
    kind: 'directory',
    async send(message, options = {}) {
      const { message: bytes } = await mailer.sendMail(composeMail(message, { from, id: options.id }));
      const file = await writeMailFile(directory, bytes);
      log.info(`mail to ${message.to}, kept in ${file}\n\nSubject: ${message.subject}\n\n${message.text}`);
    },
    close() {
      mailer.close();
    },
  };
}

/** Production without a mail server: says so for every mail, and drops it. */
export function createNoTransport(log: FastifyBaseLogger): MailTransport {
  return {
    kind: 'none',
    async send() {
      log.error('a mail was dropped: no mail server is configured, set SMTP_URL');
    },
    close() {
      // Nothing is open.
    },
  };
}

async function writeMailFile(directory: string, bytes: Buffer | Readable): Promise<string> {
  // The parent is the data directory, which others than its owner may have to reach.
  await mkdir(dirname(directory), { recursive: true });
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const time = new Date().toISOString().replace(/[-:.]/g, '');
  const file = join(directory, `${time}-${randomBytes(4).toString('hex')}.eml`);
  const unfinished = `${file}.part`;
  try {
    await writeFile(unfinished, bytes, { mode: 0o600, flag: 'wx', flush: true });
    await rename(unfinished, file);
  } catch (err) {
    await rm(unfinished, { force: true });
    throw err;
  }
  return file;
}
