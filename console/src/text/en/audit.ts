export const audit = {
  title: 'Audit log',
  intro:
    'Every change to this organization, its people, applications and API clients, the newest first. It can be read, and not changed.',
  emptyTitle: 'No event matches',
  emptyBody: 'Take a filter away to see more.',

  filters: {
    open: 'Filters',
    action: 'What',
    anyAction: 'Anything',
    actor: 'Who',
    anyActor: 'Anybody',
    target: 'To what',
    targetHint: 'Its ID',
    noSecret: 'You pasted a secret. It was sent nowhere: paste an ID.',
    from: 'From',
    to: 'Until',
    remove: (filter: string) => `Remove the filter ${filter}`,
    clear: 'Clear filters',
  },

  exporting: {
    submit: 'Export as NDJSON',
    busy: 'Exporting…',
    done: 'The export was downloaded: one event a line, the oldest first.',
  },

  chain: {
    intro: 'Each event names the hash of the one before it. Your browser can compute them all anew.',
    submit: 'Verify the chain',
    busy: (count: string) => `Verifying… ${count} events`,
    failed: 'The chain could not be verified',
    events: { one: 'event', other: 'events' },
    whole: 'The chain is whole',
    wholeBody: (events: string, last: string) =>
      `${events} verified, up to number ${last}: none was changed, taken out, put in or moved.`,
    retention: (first: string) => `It begins with number ${first}: older events were cut away by the retention.`,
    broken: 'The chain is broken',
    changed: (sequence: number) => `Event number ${sequence} is not what it was.`,
    unlinked: (sequence: number) => `Event number ${sequence} does not follow the one before it.`,
    beginning: (sequence: number) => `Event number ${sequence} is not the beginning of this organization’s chain.`,
    end: (last: number, head: number) => `The chain ends with number ${last}, and should reach number ${head}.`,
    tell: 'Export the log and tell the operator of this service.',
  },
};
