import { common } from './en/common.ts';

// Each by its name, and not one object: so the words of a group of screens come with its chunk.
export const {
  product,
  skip,
  close,
  copy,
  copied,
  pressCtrlC,
  copyNamed,
  cancel,
  never,
  none,
  more,
  parts,
  optional,
  roles,
  environments,
  navigation,
  header,
  leaving,
  edit,
  confirmName,
  states,
  problems,
  withDetail,
  form,
  clientId,
  clientIdLabel,
  shortcuts,
  permissions,
  time,
  list,
} = common;
export { account } from './en/account.ts';
export { applications } from './en/applications.ts';
export { audit } from './en/audit.ts';
export { clients } from './en/clients.ts';
export { entry } from './en/entry.ts';
export { chart, conflict, secretStep, session } from './en/later.ts';
export { events } from './en/events.ts';
export { members } from './en/members.ts';
export { policy } from './en/policy.ts';
export { practices } from './en/practices.ts';
export { newOrganization, settings } from './en/settings.ts';
