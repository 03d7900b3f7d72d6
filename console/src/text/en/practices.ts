import { countText, numberText } from '../../count.ts';

const clients = { one: 'API client', other: 'API clients' };
const liveClients = { one: 'live API client', other: 'live API clients' };

export const practices = {
  title: 'Best practices',
  intro: 'Eight habits that keep secrets secret, and how things stand here.',
  here: 'In this organization',
  show: 'Show',
  search: 'Search',
  others: (count: number) => `and ${countText(count, { one: 'other', other: 'others' })}`,
  sample: (count: number) => `Counted over the newest ${numberText(count)} API clients.`,

  rules: {
    share: {
      title: 'Share no secret',
      body: 'One program, one API client. Whoever needs access gets a client of their own, so that one can be taken away without the others.',
    },
    code: {
      title: 'Keep secrets out of version control',
      body: 'What was committed once stays in the history. Regenerate a secret that was.',
    },
    store: {
      title: 'Put secrets where secrets belong',
      body: 'In an environment variable or a secret store. Bound to addresses, a lost one is worth less.',
    },
    least: {
      title: 'Grant the least that does the job',
      body: 'A program that only reads needs no permission to write.',
    },
    unused: {
      title: 'Remove what nobody uses',
      body: 'An API client that does nothing can only do harm. Pause it first, then delete it.',
    },
    rotate: {
      title: 'Regenerate secrets now and then',
      body: 'With an end, a secret is replaced in time; a planned rotation leaves the old one working meanwhile.',
    },
    separate: {
      title: 'A client for each environment',
      body: 'What is tried on staging must not be able to touch live.',
    },
    rehearse: {
      title: 'Try a rotation on staging first',
      body: 'Whether a program takes its new secret without an outage shows there, and not at night on live.',
    },
  },

  found: {
    makers: (count: number, isMore: boolean) =>
      `${isMore ? 'More than ' : ''}${countText(count, { one: 'member', other: 'members' })} can make and regenerate secrets.`,
    search: 'Found a secret somewhere? Paste it into the search of the API clients: it tells whose it is.',
    bound: (bound: number, all: number) =>
      all === 0
        ? 'No live API clients.'
        : `${numberText(bound)} of ${countText(all, liveClients)} ${bound === 1 ? 'is' : 'are'} bound to addresses.`,
    everything: (count: number) =>
      count === 0
        ? 'No live API client holds every permission.'
        : `${countText(count, liveClients)} ${count === 1 ? 'holds' : 'hold'} every permission:`,
    unused: ({ unused, neverUsed, isMoreUnused }: { unused: number; neverUsed: number; isMoreUnused: boolean }) =>
      `${isMoreUnused ? 'More than ' : ''}${countText(unused, clients)} not used in 90 days, ${numberText(neverUsed)} of them never.`,
    allUsed: 'Every API client was used in the last 90 days.',
    paused: (count: number) => `${countText(count, clients)} paused.`,
    endless: (count: number) =>
      count === 0
        ? 'Every API client has an end.'
        : `${countText(count, clients)} never ${count === 1 ? 'expires' : 'expire'}:`,
    ending: (count: number) => `${countText(count, clients)} with an end within 30 days.`,
    live: (count: number) => `${countText(count, clients)} on live.`,
    staging: (count: number) => `${countText(count, clients)} on staging.`,
    noStaging: 'There is no staging client to try it on.',
    rehearsal: 'A planned rotation keeps the old secret working as long as you say.',
    retiring: (name: string) => `An old secret of ${name} is still accepted`,
    until: 'until',
  },
};
