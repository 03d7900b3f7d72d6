/** For a mail that only tells what has happened: worth sending late, not forever. */
export const NOTICE_TTL_SECONDS = 86_400;

/** One mail to one person, in two renderings of the same words. */
export interface MailMessage {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

export interface MailOptions {
  /** The address that gets the mail. It appears in the header only. */
  to: string;
  /** Where the service is reached, `PUBLIC_URL`. */
  serviceUrl: string;
}

export interface CodeMailOptions extends MailOptions {
  code: string;
  /** How long the code works. */
  minutes: number;
}

export interface VerificationMailOptions extends CodeMailOptions {
  /** Whether the address was registered with two different passwords. */
  isContested?: boolean;
}

/** Carries the code that proves the address is the reader's. */
export function verificationMail(options: VerificationMailOptions): MailMessage {
  const { to, serviceUrl, code, minutes, isContested = false } = options;
  return compose(to, 'Your verification code', [
    `Someone, most likely you, is registering this email address at ${serviceUrl}. This code confirms that the address is yours:`,
    { code },
    `It works once, within ${minutes} minutes. If you asked for more than one code, only the newest works.`,
    ...(isContested ? [contestedNotice] : []),
    'If you did not register, you need not do anything: without the code no account is made.',
  ]);
}

const contestedNotice =
  'Somebody registered this address again with another password. If that was not you, do not worry: so that the code ' +
  'cannot confirm a password of somebody else, it confirms none of them. Enter the code, then ask for a password reset ' +
  'and choose the password that is to hold.';

/** Answers a registration of an address that has an account, so that only its owner learns of it. */
export function alreadyRegisteredMail({ to, serviceUrl }: MailOptions): MailMessage {
  return compose(to, 'You already have an account', [
    `Someone, most likely you, tried to register this email address at ${serviceUrl}. It already has an account there, and that account has not changed.`,
    'To get in, log in with the password you have. If you have forgotten it, ask for a password reset: you will be sent a code that lets you choose a new one.',
    'If it was not you, you need not do anything.',
  ]);
}

/** Carries the code that lets the reader choose a new password. */
export function passwordResetMail({ to, serviceUrl, code, minutes }: CodeMailOptions): MailMessage {
  return compose(to, 'Your password reset code', [
    `Someone, most likely you, asked to reset the password of your account at ${serviceUrl}. This code lets you choose a new one:`,
    { code },
    `It works once, within ${minutes} minutes. If you asked for more than one code, only the newest works.`,
    'If you did not ask for it, you need not do anything: your password stays as it is. Give the code to nobody.',
  ]);
}

export interface PasswordChangedMailOptions extends MailOptions {
  /** Whether it was changed by somebody who was logged in, whose session goes on. */
  isSessionKept?: boolean;
}

/** Tells the owner of an account that its password is a new one. */
export function passwordChangedMail({
  to,
  serviceUrl,
  isSessionKept = false,
}: PasswordChangedMailOptions): MailMessage {
  return compose(
    to,
    'Your password was changed',
    isSessionKept
      ? [
          `The password of your account at ${serviceUrl} was changed by somebody who was logged in and knew the old one. Every other login that was open has ended.`,
          'If it was not you, ask for a password reset at once: it ends every login, that of whoever it was included.',
        ]
      : [
          `The password of your account at ${serviceUrl} was changed, and every login that was open has ended. Log in again with the new password.`,
          'If it was not you, somebody else can read your mail. Secure your mailbox first, then ask for a password reset.',
        ],
  );
}

/** Tells the owner of an account that strangers guess its password, and what the service does about it. */
export function loginsLimitedMail({ to, serviceUrl }: MailOptions): MailMessage {
  return compose(to, 'Somebody is trying to log in to your account', [
    `There were very many failed logins to your account at ${serviceUrl} within a day. For up to 24 hours it now listens only to the places from which you have logged in before.`,
    'If it was not you, you need not do anything: every one of those logins was refused. If you cannot log in because you are somewhere else, ask for a password reset: choosing a new password opens the account again.',
  ]);
}

export interface UnusedClientsMailOptions extends MailOptions {
  organizationName: string;
  /** At least one. */
  clients: readonly { clientId: string; name: string; environment: string }[];
  /** For how long a client may stay unused. */
  days: number;
}

const CLIENTS_NAMED_MAX = 50;

/** Tells the owners and admins of an organization which API clients will be paused a week from now. */
export function unusedClientsMail(options: UnusedClientsMailOptions): MailMessage {
  const { to, serviceUrl, organizationName, clients, days } = options;
  const named = clients.slice(0, CLIENTS_NAMED_MAX);
  const rest = clients.length - named.length;
  return compose(
    to,
    clients.length === 1 ? 'An unused API client will be paused' : 'Unused API clients will be paused',
    [
      `The credential policy of ${organizationName} at ${serviceUrl} pauses API clients that have not been used for ${count(days, 'day')}. In seven days that will happen to:`,
      ...named.map(({ name, clientId, environment }) => `${name} (${environment}), ${clientId}`),
      ...(rest === 0 ? [] : [`and ${count(rest, 'more API client')}.`]),
      'A client that is used until then goes on. If none of them is needed any more, you need not do anything: a paused client can be resumed at any time.',
    ],
  );
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}

/** A paragraph, or a code that stands for itself. */
export type Block = string | { code: string };

const LINE_WIDTH = 72;

/** A mail of paragraphs and codes, in two renderings. */
export function compose(to: string, subject: string, blocks: Block[]): MailMessage {
  const text = blocks.map((block) => (typeof block === 'string' ? wrap(block) : block.code)).join('\n\n');
  const html = [
    '<!doctype html>',
    `<html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(subject)}</title></head>`,
    '<body style="font-family: sans-serif; font-size: 16px; line-height: 1.5; max-width: 36em">',
    ...blocks.map(renderHtml),
    '</body></html>',
  ];
  return { to, subject, text: `${text}\n`, html: `${html.join('\n')}\n` };
}

function renderHtml(block: Block): string {
  if (typeof block === 'string') return `<p>${wrap(escapeHtml(block))}</p>`;
  return `<p style="font-family: monospace; font-size: 28px; letter-spacing: 4px">${escapeHtml(block.code)}</p>`;
}

/** Breaks at spaces only, so that an address or a URL stays whole. */
function wrap(paragraph: string): string {
  const lines: string[] = [];
  let line = '';
  for (const word of paragraph.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > LINE_WIDTH) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line].join('\n');
}

const htmlEntities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function escapeHtml(plain: string): string {
  return plain.replace(/[&<>"']/g, (character) => htmlEntities[character] ?? character);
}
