import type { Role } from '../../roles.ts';
import { countText } from '../../count.ts';

const sentences: Record<Role, string> = {
  owner: 'Everything, including owners, the credential policy and the end of the organization.',
  admin: 'Everything but owners, the credential policy and the end of the organization.',
  developer: 'Makes, changes and deletes API clients. Reads the rest, without the audit log.',
  reader: 'Reads API clients, applications, members and policy. Changes nothing.',
};

export const members = {
  title: 'Members',
  invite: 'Invite members',
  you: 'you',
  yes: 'yes',
  no: 'no',
  sentences,
  columns: {
    email: 'Email',
    role: 'Role',
    secondFactor: 'Second factor',
    joined: 'Joined',
    lastSeen: 'Last seen',
    actions: 'Actions',
  },
  lastOwner: 'The last owner stays. Make somebody else an owner first.',
  roleOf: (email: string) => `Role of ${email}`,
  saveRole: 'Save role',
  saveRoleOf: (email: string) => `Save role of ${email}`,
  roleChanged: (email: string, role: Role) => `${email} is now ${role}.`,
  changedMeanwhile: (email: string) =>
    `Somebody else changed the role of ${email} meanwhile. Look again before you save.`,
  remove: 'Remove…',
  leave: 'Leave…',

  removal: {
    title: (email: string) => `Remove ${email}?`,
    body: (name: string) =>
      `This person loses access to ${name} at once. API clients the person has made go on working. You can invite the same address again.`,
    submit: 'Remove member',
    busy: 'Removing…',
    keep: 'Keep the member',
    done: (email: string) => `${email} is no member any more.`,
  },

  leaving: {
    title: (name: string) => `Leave ${name}?`,
    body: 'You lose access at once. API clients you have made go on working. To come back, somebody has to invite you.',
    submit: 'Leave organization',
    busy: 'Leaving…',
    keep: 'Stay a member',
  },

  invitation: {
    title: (name: string) => `Invite members to ${name}`,
    emails: 'Emails',
    emailsHint: 'One to five, one a line.',
    role: 'Role',
    noRole: 'needs a choice',
    tooMany: (count: number, most: number) => `has ${count} addresses; ${most} can be invited at once`,
    what: 'Each gets a mail with a link that works once, within 7 days.',
    submit: 'Send invitations',
    busy: 'Sending…',
    close: 'Back to the members',
    done: (count: number) => `${countText(count, { one: 'invitation', other: 'invitations' })} sent.`,
    results: {
      invited: 'Invited',
      already_member: 'A member already',
      already_invited: 'Invited already: send it again from the list',
    },
  },

  pending: {
    title: 'Pending invitations',
    columns: {
      email: 'Email',
      role: 'Role',
      by: 'Invited by',
      sent: 'Sent',
      expires: 'Works until',
      actions: 'Actions',
    },
    nobody: 'somebody who is gone',
    sendAgain: 'Send again',
    sendAgainTo: (email: string) => `Send again to ${email}`,
    sending: 'Sending…',
    sent: (email: string) => `A new link is on its way to ${email}.`,
    withdraw: 'Withdraw…',
    withdrawal: {
      title: (email: string) => `Withdraw the invitation of ${email}?`,
      body: 'Its link stops working at once. You can invite the same address again.',
      submit: 'Withdraw invitation',
      busy: 'Withdrawing…',
      keep: 'Keep it',
      done: (email: string) => `The invitation of ${email} was withdrawn.`,
    },
  },
};
