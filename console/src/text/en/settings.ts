import { countText } from '../../count.ts';

function along(count: number, isMore: boolean, words: { one: string; other: string }): string {
  return isMore ? `more than ${countText(count, words)}` : countText(count, words);
}

export const settings = {
  title: 'Settings',
  profile: 'Organization',
  name: 'Name',
  contact: 'Contact email',
  contactHint: 'Where notices about this organization go.',
  id: 'Organization ID',
  created: 'Created',
  usage: 'Checks in the last 30 days',
  danger: 'Delete this organization',
  dangerIntro: 'Every call with its secrets is refused at once. This action cannot be undone.',
  delete: 'Delete organization…',
  deletion: {
    title: (name: string) => `Delete ${name}?`,
    body: 'Every call with its secrets is refused at once, and nobody has access any more. This action cannot be undone. What goes along:',
    counting: 'Counting what goes along…',
    counts: {
      clients: (count: number, isMore: boolean) => along(count, isMore, { one: 'API client', other: 'API clients' }),
      applications: (count: number, isMore: boolean) =>
        along(count, isMore, { one: 'application', other: 'applications' }),
      members: (count: number, isMore: boolean) =>
        `the access of ${along(count, isMore, { one: 'member', other: 'members' })}`,
    },
    submit: 'Delete organization',
    busy: 'Deleting…',
    keep: 'Keep it',
  },
};

export const newOrganization = {
  title: 'Create organization',
  intro: 'An organization holds API clients, applications and the people who manage them. You become its owner.',
  name: 'Name',
  nameHint: 'As your colleagues know it. It can be changed later.',
  contact: 'Contact email',
  contactHint: (email: string) => `Where notices go. Left empty, ${email}.`,
  submit: 'Create organization',
  busy: 'Creating…',
  done: (name: string) => `${name} was created.`,
};
