import { countText } from '../../count.ts';

const clients = { one: 'API client', other: 'API clients' };

export const applications = {
  title: 'Applications',
  intro:
    'An application is a product of yours. Its primary API client holds its API key; further clients can belong to it.',
  create: 'New application',
  createIntro: 'Nothing here has to be filled in. The API key is shown once, in the next step.',
  createSubmit: 'Create application',
  creating: 'Creating…',
  created: (name: string) => `${name} was created.`,
  keyTitle: 'The API key of the application',
  emptyTitle: 'No applications yet',
  emptyBody:
    'An application groups the API clients of one product under one name, with its addresses and its redirect URLs.',
  columns: { name: 'Name', client: 'Primary client', key: 'API key', urls: 'Redirect URLs', created: 'Created' },
  tabs: { overview: 'Overview', settings: 'Settings', clients: 'API clients' },
  usage: 'Checks in the last 30 days',
  settingsTitle: 'What others see of it',
  noUrls: 'None: redirects are not allowed',
  policyTitle: 'Your credential policy',
  policyEnd: 'The API key must have an end.',
  policyDays: (days: number) => `The API key must end within ${countText(days, { one: 'day', other: 'days' })}.`,
  policyAddresses: 'The API key must be bound to addresses.',

  facts: {
    title: 'Facts',
    client: 'Primary API client',
    clientLink: 'Secret, status and permissions',
    clientId: 'Client ID',
    key: 'API key',
    created: 'Created',
    changed: 'Last changed',
  },

  fields: {
    name: 'Name',
    nameHint: (fallback: string) => `Left empty, it is called “${fallback}”.`,
    description: 'Description',
    redirectUris: 'Allowed redirect URLs',
    redirectUrisHint: 'One a line. Compared character for character; no wildcards.',
    website_url: 'Website',
    terms_url: 'Terms of service',
    privacy_url: 'Privacy policy',
    expires: 'API key ends on',
    expiresHint: 'At the start of that day, in your time zone.',
    addresses: 'Allowed addresses',
    addressesHint: 'IPv4 and IPv6 addresses and ranges, one a line.',
  },

  clients: {
    intro: 'The primary client goes only with the application.',
    filter: 'Show in API clients',
    caption: (name: string) => `API clients of ${name}`,
    primary: 'primary',
    status: { active: 'active', paused: 'paused' },
  },

  delete: 'Delete application…',
  deletion: {
    title: (name: string) => `Delete ${name}?`,
    submit: 'Delete application',
    busy: 'Deleting…',
    keep: 'Keep it',
    counting: 'Counting its API clients…',
    along: (count: number) => `${countText(count, clients)} ${count === 1 ? 'goes' : 'go'} along.`,
    alongMany: (count: number) => `More than ${countText(count, clients)} go along.`,
    body: 'Every call with their secrets is refused at once. This action cannot be undone.',
    others: (count: number) => `and ${countText(count, { one: 'other', other: 'others' })}`,
    usedTitle: 'It is in use',
    used: 'A secret of it was last accepted',
    done: (name: string) => `${name} was deleted.`,
  },
};
