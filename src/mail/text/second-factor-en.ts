import type { MailText } from '../rendering.ts';

/** What has become of somebody's second factor. */
export type SecondFactorNotice =
  | { kind: 'authenticator added' | 'authenticator removed' | 'recovery codes renewed' | 'second factor reset' }
  | { kind: 'passkey added' | 'passkey removed'; name: string }
  | { kind: 'recovery code used'; left: number };

/** English words for each, as part of those of every mail. */
export function describeSecondFactor(about: SecondFactorNotice & { serviceUrl: string }): MailText {
  const [subject, what] = describe(about);
  return {
    subject,
    blocks: [
      what,
      'If it was not you, somebody else is in your account or knows how to get in: reset your password, which ends every login, and look at your second factor.',
    ],
  };
}

function describe(about: SecondFactorNotice & { serviceUrl: string }): [subject: string, what: string] {
  const account = `your account at ${about.serviceUrl}`;
  switch (about.kind) {
    case 'authenticator added':
      return [
        'An authenticator app was added to your account',
        `An authenticator app was set up for ${account}. From now on a login asks for a code of it.`,
      ];
    case 'authenticator removed':
      return [
        'The authenticator app was removed from your account',
        `The authenticator app of ${account} was removed. Its codes do not open the account any more.`,
      ];
    case 'passkey added':
      return [
        'A passkey was added to your account',
        `The passkey ${about.name} was added to ${account}. From now on it can be used where a login asks for a second factor.`,
      ];
    case 'passkey removed':
      return [
        'A passkey was removed from your account',
        `The passkey ${about.name} of ${account} was removed. It does not open the account any more.`,
      ];
    case 'recovery codes renewed':
      return [
        'Your recovery codes were replaced',
        `There are new recovery codes for ${account}. The ones you had before do not work any more.`,
      ];
    case 'recovery code used':
      return [
        'A recovery code of yours was used',
        `A recovery code of ${account} was used in the place of the second factor. It does not work again. ${describeLeft(about.left)}`,
      ];
    case 'second factor reset':
      return [
        'Your second factor was taken away',
        `Whoever runs the service has taken away the second factor of ${account}: the authenticator app, the passkeys and the recovery codes. All logins that were open have ended, and the password alone opens the account until you set up a new second factor.`,
      ];
  }
}

function describeLeft(left: number): string {
  if (left === 0) return 'It was the last one: make new ones.';
  return left === 1 ? 'One is left: make new ones soon.' : `${left} are left.`;
}
