import { countText } from '../../count.ts';

const clients = { one: 'API client', other: 'API clients' };

export const policy = {
  title: 'Credential policy',
  intro:
    'What this organization demands of its API clients and members. It holds for every change from the moment it is saved. What runs now goes on; only members who lack a demanded second factor are kept out at once.',
  demands: 'What is demanded',
  ownersOnly: 'Owners change it.',
  noDemand: 'No demand',
  noOverlap: 'None: an old secret ends at once',
  everyMember: 'Every member',
  saved: 'The credential policy was saved.',
  noDays: (most: number) => `must be a whole number of days from 1 to ${most}, or empty`,
  days: { one: 'day', other: 'days' },
  hours: { one: 'hour', other: 'hours' },
  minutes: { one: 'minute', other: 'minutes' },
  seconds: { one: 'second', other: 'seconds' },

  fields: {
    max_secret_lifetime_days: 'Longest life of a secret, in days',
    expiry_required_for: 'An end is required',
    max_overlap_seconds: 'Longest overlap at a rotation',
    allowed_ips_required_for: 'Addresses are required',
    second_factor_required: 'Every member needs a second factor',
    unused_pause_days: 'Days without use before a pause',
  },

  hints: {
    max_secret_lifetime_days: 'From the making of a secret to its end. Every secret has one then.',
    expiry_required_for: 'A secret or its API client must have an end.',
    max_overlap_seconds: 'How long an old secret may go on beside the new one.',
    allowed_ips_required_for: 'An API client must be bound to addresses.',
    second_factor_required:
      'Who has none is kept out of this organization until one is set up. You need one yourself first.',
    unused_pause_days: 'A mail announces it a week before, and whoever needs the API client resumes it.',
  },

  preview: {
    title: 'When this is saved',
    nothing: 'Nothing that is there breaks this.',
    sample: (count: number) => `From the newest ${count} of each kind; there are more.`,
    others: (count: number) => countText(count, { one: 'other', other: 'others' }),
    factor: (count: number, names: string) =>
      `${countText(count, { one: 'member is', other: 'members are' })} kept out until a second factor is set up: ${names}.`,
    end: (count: number, names: string) =>
      `${countText(count, clients)} without an end ${count === 1 ? 'needs' : 'need'} one at the next change of the secret: ${names}.`,
    addresses: (count: number, names: string) => `${countText(count, clients)} bound to no addresses: ${names}.`,
    unused: (count: number, names: string) => `${countText(count, clients)} would be announced for a pause: ${names}.`,
  },

  violations: {
    title: 'Not yet as demanded',
    none: 'Everything keeps the policy.',
    intro:
      'API clients go on as they are, but a change may not lead further away. Members are kept out until they are as demanded.',
    columns: { what: 'Name', kind: 'Kind', why: 'What is demanded' },
    member: 'Member',
    rules: {
      max_secret_lifetime_days: 'A secret lives longer than is allowed.',
      expiry_required_for: 'An end is required.',
      max_overlap_seconds: 'The old secret works longer than is allowed.',
      allowed_ips_required_for: 'It must be bound to addresses.',
      second_factor_required: 'A second factor must be set up.',
    } as Record<string, string>,
  },
};
