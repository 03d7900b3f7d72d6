import { createTransport } from 'nodemailer';
import type { SendMailOptions } from 'nodemailer';
import { isIP } from 'node:net';
import { readSmtpOptions } from '../settings/smtp-url.ts';
import type { MailSender } from '../rules/mail-address.ts';
import { composeMail } from './composed-mail.ts';
import { PerhapsSentError, describeSendFailure } from './send-failure.ts';
import type { MailTransport } from './transport.ts';

/** Where mail goes, and how. */
export interface SmtpServer {
  /** `smtp://` or `smtps://`, with credentials, and options in the query. */
  smtpUrl: string;
  /** Where the service is reached; its host is what the service calls itself. */
  publicUrl: string;
  /** Whether `smtp://` means STARTTLS where the URL does not say. */
  isTlsRequired: boolean;
}

export interface SmtpTransportOptions extends SmtpServer {
  from: MailSender;
  times?: Partial<SmtpTimes>;
}

/** How long the mail server may take (RFC 5321 §4.5.3.2). */
export interface SmtpTimes {
  /** To be found and connected to. */
  connectMs: number;
  /** From there to its greeting, and to the end of STARTTLS. */
  greetingMs: number;
  /** For any answer after that: the longest is the one to the final dot. */
  answerMs: number;
}

/** How many mails are handed to the mail server at a time, slow ones aside. */
export const SENDS_MAX = 4;
/** How many connections there are at most. */
export const SMTP_CONNECTIONS_MAX = 16;

const MINUTE_MS = 60_000;
export const defaultSmtpTimes: SmtpTimes = {
  connectMs: MINUTE_MS / 2,
  greetingMs: 5 * MINUTE_MS,
  answerMs: 10 * MINUTE_MS,
};
/** For somebody who waits for the verdict. */
const GREETING_PATIENCE_MS = 12_000;

interface WatchedMail extends SendMailOptions {
  /** Told when the last byte of the mail has been taken for the connection. */
  onHandedOver: () => void;
}

/** Mail over pooled SMTP connections, with every wait bounded. */
export function createSmtpTransport({ from, times, ...server }: SmtpTransportOptions): MailTransport {
  const mailer = createTransport({
    pool: true,
    ...connectionOptions(server, { ...defaultSmtpTimes, ...times }),
    maxConnections: SMTP_CONNECTIONS_MAX,
    // The outbox retries: nodemailer only replaces a connection that died while idle.
    maxRequeues: 1,
  });
  mailer.use('stream', ({ message, data }, done) => {
    const createReadStream = message.createReadStream.bind(message);
    message.createReadStream = (options) =>
      createReadStream(options).once('end', () => {
        (data as WatchedMail).onHandedOver();
      });
    done();
  });
  return {
    kind: 'smtp',
    async send(message, { id, signal } = {}) {
      const progress = { isHandedOver: false };
      const onHandedOver = () => {
        progress.isHandedOver = true;
      };
      const mail: WatchedMail = { ...composeMail(message, { from, id }), ...(signal && { signal }), onHandedOver };
      try {
        await mailer.sendMail(mail);
      } catch (err) {
        if (!progress.isHandedOver || describeSendFailure(err).smtpCode !== undefined) throw err;
        throw new PerhapsSentError('the mail server did not say whether it took the mail', { cause: err });
      }
    },
    close() {
      mailer.close({ force: true });
    },
  };
}

/** Greets the mail server and logs in there. @throws what {@link describeSendFailure} describes */
export async function greetSmtpServer(server: SmtpServer): Promise<void> {
  const patience = { connectMs: 0, greetingMs: GREETING_PATIENCE_MS, answerMs: GREETING_PATIENCE_MS };
  const mailer = createTransport(connectionOptions(server, patience));
  try {
    await mailer.verify();
  } finally {
    mailer.close();
  }
}

/** Only what is written here or in the URL's documented options: nodemailer's own would print the conversation, codes and all. */
function connectionOptions({ smtpUrl, publicUrl, isTlsRequired }: SmtpServer, times: SmtpTimes) {
  const url = new URL(smtpUrl);
  const isSecure = url.protocol === 'smtps:';
  const { user, pass } = { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) };
  const given = Object.entries(readSmtpOptions(url));
  const tls = given.filter(([name]) => name.startsWith('tls.')).map(([name, value]) => [name.slice(4), value]);
  const options = Object.fromEntries(given.filter(([name]) => !name.startsWith('tls.')));
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    ...(url.port !== '' && { port: Number(url.port) }),
    secure: isSecure,
    ...(user + pass !== '' && { auth: { user, pass } }),
    name: helloName(publicUrl),
    requireTLS: isTlsRequired && !isSecure && options.ignoreTLS !== true,
    tls: Object.fromEntries(tls) as Record<string, unknown>,
    dnsTimeout: times.connectMs + times.greetingMs,
    // Of nodemailer's: from the look-up of the name to the end of STARTTLS.
    connectionTimeout: times.connectMs + times.greetingMs,
    greetingTimeout: times.greetingMs,
    socketTimeout: times.answerMs,
    ...options,
  };
}

/** RFC 5321 §4.1.1.1: a name that leads here, or an address literal. */
function helloName(publicUrl: string): string {
  const host = new URL(publicUrl).hostname;
  if (host.startsWith('[')) return `[IPv6:${host.slice(1, -1)}]`;
  return isIP(host) === 4 ? `[${host}]` : host;
}
