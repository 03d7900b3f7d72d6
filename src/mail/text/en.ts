import type { MailText } from '../rendering.ts';
import { describeSecondFactor } from './second-factor-en.ts';

/** What the words of every mail are made of. */
interface About {
  /** Where the service is reached, `PUBLIC_URL`. */
  serviceUrl: string;
}

interface AboutCode extends About {
  code: string;
  /** How long the code works. */
  minutes: number;
}

export interface UnusedClient {
  clientId: string;
  name: string;
  environment: string;
}

/** An API client or a secret that ends soon. */
export interface EndingCredential {
  /** Of the API client. */
  clientId: string;
  name: string;
  environment: string;
  /** The last characters of the secret; null where the client itself ends. */
  hint: string | null;
  /** Whether the secret is an old one that runs out after a rotation. */
  isRetiring: boolean;
  /** `YYYY-MM-DD HH:MM`, UTC. */
  endsAt: string;
}

/**
 * Every word of every mail. A mail in another language takes its words from an object of this type; what a mail is about
 * comes in, and nothing of it is markup.
 */
export const en = {
  language: 'en',

  /** Under every mail. */
  footer: ({ serviceUrl }: About) => `Sent by Latchkey at ${serviceUrl}. Replies to this address are not read.`,

  verification: ({ serviceUrl, code, minutes, isContested }: AboutCode & { isContested: boolean }): MailText => ({
    subject: 'Your verification code',
    blocks: [
      `Someone, most likely you, is registering this email address at ${serviceUrl}. This code confirms that the address is yours:`,
      { code },
      `It works once, within ${minutes} minutes. If you asked for more than one code, only the newest works.`,
      ...(isContested
        ? [
            'Somebody registered this address again with another password. If that was not you, do not worry: so that the code cannot confirm a password of somebody else, it confirms none of them. Enter the code, then ask for a password reset and choose the password you want.',
          ]
        : []),
      'If you did not register, you need not do anything: without the code no account is made.',
    ],
  }),

  alreadyRegistered: ({ serviceUrl }: About): MailText => ({
    subject: 'You already have an account',
    blocks: [
      `Someone, most likely you, tried to register this email address at ${serviceUrl}. It already has an account there, and that account has not changed.`,
      'To get in, log in with the password you have. If you have forgotten it, ask for a password reset: you will be sent a code that lets you choose a new one.',
      'If it was not you, you need not do anything.',
    ],
  }),

  passwordReset: ({ serviceUrl, code, minutes }: AboutCode): MailText => ({
    subject: 'Your password reset code',
    blocks: [
      `Someone, most likely you, asked to reset the password of your account at ${serviceUrl}. This code lets you choose a new one:`,
      { code },
      `It works once, within ${minutes} minutes. If you asked for more than one code, only the newest works.`,
      'If you did not ask for it, you need not do anything: your password stays as it is. Give the code to nobody.',
    ],
  }),

  passwordWasReset: ({ serviceUrl }: About): MailText => ({
    subject: 'Your password was changed',
    blocks: [
      `The password of your account at ${serviceUrl} was changed, and every login that was open has ended. Log in again with the new password.`,
      'If it was not you, somebody else can read your mail. Secure your mailbox first, then ask for a password reset.',
    ],
  }),

  passwordChanged: ({ serviceUrl }: About): MailText => ({
    subject: 'Your password was changed',
    blocks: [
      `The password of your account at ${serviceUrl} was changed by somebody who was logged in and knew the old one. Every other login that was open has ended.`,
      'If it was not you, ask for a password reset at once: it ends every login, theirs included.',
    ],
  }),

  loginsLimited: ({ serviceUrl }: About): MailText => ({
    subject: 'Somebody is trying to log in to your account',
    blocks: [
      `There were very many failed logins to your account at ${serviceUrl} within a day. For up to 24 hours it now listens only to the places from which you have logged in before.`,
      'If it was not you, you need not do anything: every one of those logins was refused. If you cannot log in because you are somewhere else, ask for a password reset: choosing a new password opens the account again. An account with a second factor stays as it is: log in from a place you have logged in from before, or wait.',
    ],
  }),

  invitation: ({
    serviceUrl,
    organization,
    inviter,
    role,
    url,
    days,
  }: About & { organization: string; inviter: string; role: string; url: string; days: number }): MailText => ({
    subject: `You are invited to ${organization}`,
    blocks: [
      `${inviter} invites you to become a member of the organization ${organization} at ${serviceUrl}, with the role ${role}.`,
      { link: { url, label: 'Accept the invitation' } },
      `The link works once, within ${count(days, 'day')}. If this address has an account there, log in with it; otherwise you choose a password.`,
      'The names in this mail were chosen by people, and nobody has checked them. If you do not know them, you need not do anything: without the link nobody becomes a member. Give the link to nobody.',
    ],
  }),

  secondFactor: describeSecondFactor,

  secondFactorMissed: ({ serviceUrl }: About): MailText => ({
    subject: 'Somebody has your password, but not your second factor',
    blocks: [
      `Somebody gave the right password of your account at ${serviceUrl} and then five times a wrong second factor. That login was refused.`,
      'If it was you, begin again: look at the clock of your phone, or use a recovery code.',
      'If it was not you, your password is known to somebody else: reset it now.',
    ],
  }),

  unusedClients: (
    about: About & { organization: string; clients: readonly UnusedClient[]; rest: number; days: number },
  ): MailText => ({
    subject:
      about.clients.length + about.rest === 1
        ? 'An unused API client will be paused'
        : 'Unused API clients will be paused',
    blocks: [
      `The credential policy of ${about.organization} at ${about.serviceUrl} pauses API clients that have not been used for ${count(about.days, 'day')}. In seven days that will happen to:`,
      { list: about.clients.map(({ name, clientId, environment }) => `${name} (${environment}), ${clientId}`) },
      ...(about.rest === 0 ? [] : [`and ${count(about.rest, 'more API client')}.`]),
      'A client that is used until then goes on. If none of them is needed any more, you need not do anything: a paused client can be resumed at any time.',
    ],
  }),

  expiry: (about: About & { organization: string; first: readonly EndingCredential[]; count: number }): MailText => {
    const rest = about.count - about.first.length;
    const what = about.count === 1 ? 'A credential ends soon' : `${about.count} credentials end soon`;
    return {
      subject: `${what} (${about.organization})`,
      blocks: [
        `These API clients and secrets of ${about.organization} at ${about.serviceUrl} will be refused from the times given here on (UTC):`,
        { list: about.first.map(describeEnd) },
        ...(rest === 0
          ? []
          : [`And ${rest} more that end later: the list of API clients shows them with expires_before.`]),
        'What is meant to go on needs a later end, or a new secret: rotate it with an overlap, so that nothing stops in between. What is not needed any more ends by itself, and you need not do anything.',
      ],
    };
  },
};

/** Another language has all of it. */
export type MailTexts = typeof en;

function describeEnd({ clientId, name, environment, hint, isRetiring, endsAt }: EndingCredential): string {
  const client = `${name} (${environment}, ${clientId})`;
  if (hint === null) return `${endsAt}: the API client ${client}, with all its secrets`;
  return `${endsAt}: the ${isRetiring ? 'old ' : ''}secret that ends in ${hint} of ${client}`;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
