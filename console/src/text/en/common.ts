import type { Role } from '../../roles.ts';
import { problems, withDetail } from './problems.ts';

const roleNames: Record<Role, string> = { owner: 'owner', admin: 'admin', developer: 'developer', reader: 'reader' };

export const common = {
  product: 'Latchkey',
  skip: 'Skip to the content',
  close: 'Close',
  copy: 'Copy',
  copied: 'Copied',
  pressCtrlC: 'Press Ctrl+C',
  copyNamed: (what: string) => `Copy ${what}`,
  cancel: 'Cancel',
  never: 'Never',
  none: 'None',
  more: 'More',
  parts: 'Parts',
  optional: 'optional',

  roles: {
    names: roleNames,
    isNow: (role: Role) => `Your role is now ${roleNames[role]}.`,
  },

  environments: { live: 'Live', staging: 'Staging' },

  navigation: {
    label: 'Main',
    menu: 'Menu',
    developer: 'Developer',
    clients: 'API clients',
    applications: 'Applications',
    bestPractices: 'Best practices',
    organization: 'Organization',
    members: 'Members',
    policy: 'Credential policy',
    audit: 'Audit log',
    settings: 'Settings',
    reference: 'API reference',
  },

  header: {
    switchOrganization: 'Organization',
    chooseOrganization: 'Choose an organization',
    createOrganization: 'Create organization',
    account: 'Account',
    accountSettings: 'Account settings',
    logOut: 'Log out',
    theme: 'Theme',
    themes: { system: 'System', light: 'Light', dark: 'Dark' },
  },

  leaving: {
    title: 'Leave without saving?',
    body: 'What you changed here has not been saved.',
    stay: 'Keep editing',
    leave: 'Leave without saving',
  },

  edit: {
    save: 'Save changes',
    saving: 'Saving…',
    discard: 'Discard changes',
    discarded: 'Your changes were discarded.',
    saved: (name: string) => `${name} was saved.`,
  },

  confirmName: {
    label: (name: string) => `Type “${name}” to go on`,
    isOther: 'is not the same name',
  },

  states: {
    loading: 'Loading',
    stillLoading: 'Still loading…',
    failed: 'This could not be loaded',
    unreachable: 'Latchkey cannot be reached',
    keepsTrying: 'This page tries again every 10 seconds.',
    tryAgain: 'Try again',
    tryAgainIn: (seconds: number) => `Try again in ${seconds} s`,
    requestId: 'Request ID',
    notFoundTitle: 'Not here, or not yours',
    notFoundBody: 'It may have been deleted, or it belongs to an organization you are not a member of.',
    toStart: 'Go to the start page',
    forbiddenTitle: 'Your role does not allow this',
    forbiddenBody: (held: Role, needed: Role) =>
      `Your role here is ${roleNames[held]}. This needs ${roleNames[needed]} or higher: ask an owner.`,
    noConnection: 'No connection to the service. What you typed stays; trying again every 10 seconds.',
    backOnline: 'The connection is back.',
    updatedTitle: 'Latchkey was updated',
    updatedBody: 'This page is of the version before: reload to go on.',
    reload: 'Reload',
    brokenTitle: 'This part of the page failed',
  },

  problems,
  withDetail,

  form: {
    faults: (count: number) => (count === 1 ? 'One thing needs a change' : `${count} things need a change`),
    line: (index: number) => `Line ${index + 1}`,
    // Labels in the plural: “Emails are missing”, “Permissions need at least one”.
    fault: (label: string, detail: string) =>
      `${label} ${/[^su]s$/.test(label) ? detail.replace(/^is /, 'are ').replace(/^needs /, 'need ') : detail}.`,
    isMissing: 'is missing',
    isWrong: 'is wrong',
  },

  clientId: 'client ID',
  clientIdLabel: 'Client ID',

  shortcuts: {
    title: 'Keys',
    keys: [
      ['/', 'Search'],
      ['c', 'Create'],
      ['?', 'Show this'],
    ],
    use: 'Use these keys in this browser',
  },

  permissions: {
    'api.read': 'Read API resources',
    'api.write': 'Edit and create API resources',
    'flows.execute': 'Execute flows',
  } as Record<string, string>,

  time: { justNow: 'just now', soon: 'in less than a minute' },

  list: {
    more: (count: number) => `Show ${count} more`,
    loadingMore: 'Loading more…',
    shown: (count: number) => `${count} shown`,
  },
};
