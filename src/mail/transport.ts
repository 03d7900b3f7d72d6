import { randomBytes } from 'node:crypto';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import type { FastifyBaseLogger } from 'fastify';
import { createTransport } from 'nodemailer';
import type { SendMailOptions } from 'nodemailer';
import type { MailMessage } from './messages.ts';

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
   * @throws UnmailableAddressError, or what the way out raised; {@link isPermanentRefusal} tells which are final
   */
  send(message: MailMessage, options?: SendOptions): Promise<void>;
  /** Drops idle connections, and any that is still busy. */
  close(): void | Promise<void>;
}

/** Thrown for a recipient that is not one plain address. */
export class UnmailableAddressError extends Error {
  override name = 'UnmailableAddressError';
}

export interface SmtpTransportOptions {
  /** `smtp://` or `smtps://`, with credentials and nodemailer's connection options in the query. */
  smtpUrl: string;
  from: string;
}

export interface DirectoryTransportOptions {
  directory: string;
  from: string;
  log: FastifyBaseLogger;
}

/** How many mails are handed to the mail server at a time. */
export const SMTP_CONNECTIONS_MAX = 4;

const SMTP_CONNECT_TIMEOUT_MS = 5_000;
const SMTP_SILENCE_TIMEOUT_MS = 10_000;

const smtpTimeouts = {
  connectionTimeout: SMTP_CONNECT_TIMEOUT_MS,
  greetingTimeout: SMTP_CONNECT_TIMEOUT_MS,
  dnsTimeout: SMTP_CONNECT_TIMEOUT_MS,
  socketTimeout: SMTP_SILENCE_TIMEOUT_MS,
};

/** Mail over pooled SMTP connections, with every wait bounded. */
export function createSmtpTransport({ smtpUrl, from }: SmtpTransportOptions): MailTransport {
  const mailer = createTransport({
    pool: true,
    url: withoutTrafficLog(smtpUrl),
    maxConnections: SMTP_CONNECTIONS_MAX,
    // The outbox retries: nodemailer only replaces a connection that died while idle.
    maxRequeues: 1,
    ...smtpTimeouts,
  });
  return {
    kind: 'smtp',
    async send(message, options = {}) {
      const { signal } = options;
      await mailer.sendMail({ ...envelopeOf(message, { from, ...options }), ...(signal && { signal }) });
    },
    close() {
      mailer.close({ force: true });
    },
  };
}

/** Greets the mail server and logs in there. @throws what {@link describeSendFailure} describes */
export async function greetSmtpServer(smtpUrl: string): Promise<void> {
  const mailer = createTransport({ url: withoutTrafficLog(smtpUrl), ...smtpTimeouts });
  try {
    await mailer.verify();
  } finally {
    mailer.close();
  }
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
      const { message: bytes } = await mailer.sendMail(envelopeOf(message, { from, ...options }));
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

export interface SendFailure {
  /** What the mail server answered, when it did. */
  smtpCode: number | undefined;
  /** The code of the error, such as `ESOCKET`. */
  errorCode: string | undefined;
}

/** What may be logged of an error that {@link MailTransport.send} threw: its text can name the recipient. */
export function describeSendFailure(err: unknown): SendFailure {
  const { code, responseCode } = (err instanceof Error ? err : {}) as { code?: unknown; responseCode?: unknown };
  return {
    smtpCode: typeof responseCode === 'number' ? responseCode : undefined,
    errorCode: typeof code === 'string' ? code : undefined,
  };
}

/** Whether sending the same mail again would meet the same refusal. */
export function isPermanentRefusal(err: unknown): boolean {
  if (err instanceof UnmailableAddressError) return true;
  const { smtpCode, errorCode } = describeSendFailure(err);
  // A 5xx to the greeting or to the login refuses this service, not this mail, and ends when the server is set right.
  if (errorCode !== 'EENVELOPE' && errorCode !== 'EMESSAGE') return false;
  // RFC 5321 §4.2.1: 5yz is final; 503 says that the session went wrong, not the mail.
  return smtpCode === undefined || (smtpCode >= 500 && smtpCode !== 503);
}

// One address without quoting, comments or separators: nothing that a parser could read as a second one.
const PLAIN_ADDRESS = /^[^\s\p{Cc}<>()[\]\\,;:"@]+@[^\s\p{Cc}<>()[\]\\,;:"@]+$/u;

function envelopeOf(message: MailMessage, { from, id }: { from: string; id?: string }): SendMailOptions {
  if (!PLAIN_ADDRESS.test(message.to)) throw new UnmailableAddressError('the recipient is not one plain address');
  return {
    from,
    to: { name: '', address: message.to },
    subject: message.subject,
    text: message.text,
    html: message.html,
    ...(id !== undefined && { messageId: `<${id}@${domainOf(from)}>` }),
    // RFC 3834 §5: nobody's absence note should answer.
    headers: { 'Auto-Submitted': 'auto-generated' },
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

function domainOf(from: string): string {
  return /@([\w.-]+)/.exec(from)?.[1] ?? 'localhost';
}

/** A setting that makes nodemailer print the conversation, codes and all, is not passed on. */
function withoutTrafficLog(smtpUrl: string): string {
  const url = new URL(smtpUrl);
  for (const name of ['logger', 'debug', 'transactionLog']) url.searchParams.delete(name);
  return url.href;
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
