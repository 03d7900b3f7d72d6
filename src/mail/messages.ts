import { toPlainName } from './plain-names.ts';
import { renderMail } from './rendering.ts';
import type { MailMessage, MailText } from './rendering.ts';
import { en } from './text/en.ts';
import type { EndingCredential, MailTexts, UnusedClient } from './text/en.ts';
import type { SecondFactorNotice } from './text/second-factor-en.ts';

/** For a mail that only tells what has happened: worth sending late, not forever. */
export const NOTICE_TTL_SECONDS = 86_400;

/** In whose words mails are written. */
const texts: MailTexts = en;

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
  return write(options, texts.verification({ isContested: false, ...options }));
}

/** Answers a registration of an address that has an account, so that only its owner learns of it. */
export function alreadyRegisteredMail(options: MailOptions): MailMessage {
  return write(options, texts.alreadyRegistered(options));
}

/** Carries the code that lets the reader choose a new password. */
export function passwordResetMail(options: CodeMailOptions): MailMessage {
  return write(options, texts.passwordReset(options));
}

/** Tells the owner of an account that its password is a new one, chosen with a mailed code. */
export function passwordWasResetMail(options: MailOptions): MailMessage {
  return write(options, texts.passwordWasReset(options));
}

/** Tells the owner of an account that its password is a new one, chosen by somebody who knew the old one. */
export function passwordChangedMail(options: MailOptions): MailMessage {
  return write(options, texts.passwordChanged(options));
}

/** Tells the owner of an account that strangers guess its password, and what the service does about it. */
export function loginsLimitedMail(options: MailOptions): MailMessage {
  return write(options, texts.loginsLimited(options));
}

/** Tells the owner of an account that its second factor is another one. */
export function secondFactorMail(options: MailOptions & SecondFactorNotice): MailMessage {
  return write(options, texts.secondFactor('name' in options ? withPlainName(options) : options));
}

/** Tells the owner of an account that somebody has its password, and not its second factor. */
export function secondFactorMissedMail(options: MailOptions): MailMessage {
  return write(options, texts.secondFactorMissed(options));
}

export interface UnusedClientsMailOptions extends MailOptions {
  organizationName: string;
  /** At least one. */
  clients: readonly UnusedClient[];
  /** For how long a client may stay unused. */
  days: number;
}

const CLIENTS_NAMED_MAX = 50;

/** Tells the owners and admins of an organization which API clients will be paused a week from now. */
export function unusedClientsMail(options: UnusedClientsMailOptions): MailMessage {
  const { serviceUrl, organizationName, clients, days } = options;
  const named = clients.slice(0, CLIENTS_NAMED_MAX).map(withPlainNames);
  const rest = clients.length - named.length;
  const organization = toPlainName(organizationName);
  return write(options, texts.unusedClients({ serviceUrl, organization, clients: named, rest, days }));
}

export interface ExpiryMailOptions extends MailOptions {
  organizationName: string;
  /** The first to end, soonest first; at least one. */
  first: readonly EndingCredential[];
  /** How many end in all. */
  count: number;
}

/** So many are named in a mail. */
export const NAMED_MAX = 20;

/** Tells the owners and admins of an organization what will stop working soon. */
export function expiryMail(options: ExpiryMailOptions): MailMessage {
  const { serviceUrl, organizationName, first, count } = options;
  const organization = toPlainName(organizationName);
  return write(options, texts.expiry({ serviceUrl, organization, first: first.map(withPlainNames), count }));
}

export interface InvitationMailOptions extends MailOptions {
  organizationName: string;
  /** The email of who invites, which that person has proven. */
  inviter: string;
  role: string;
  token: string;
  /** How long the token works. */
  days: number;
}

/** Asks somebody to become a member. It is the same whether or not the address has an account. */
export function invitationMail(options: InvitationMailOptions): MailMessage {
  const { serviceUrl, organizationName, inviter, role, token, days } = options;
  const organization = toPlainName(organizationName);
  // In the fragment, which no browser sends to a server: so the token is in no log and in no Referer.
  const url = `${serviceUrl}/console/invitation#${token}`;
  return write(options, texts.invitation({ serviceUrl, organization, inviter, role, url, days }));
}

function write({ to, serviceUrl }: MailOptions, text: MailText): MailMessage {
  return renderMail(to, text, { language: texts.language, footer: texts.footer({ serviceUrl }) });
}

function withPlainName<T extends { name: string }>(record: T): T {
  return { ...record, name: toPlainName(record.name) };
}

/** An imported client_id is somebody's text as well. */
function withPlainNames<T extends { name: string; clientId: string }>(record: T): T {
  return { ...withPlainName(record), clientId: toPlainName(record.clientId) };
}
