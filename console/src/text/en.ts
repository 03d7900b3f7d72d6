import { account } from './en/account.ts';
import { applications } from './en/applications.ts';
import { audit } from './en/audit.ts';
import { clients } from './en/clients.ts';
import { common } from './en/common.ts';
import { events } from './en/events.ts';
import { entry } from './en/entry.ts';
import { members } from './en/members.ts';
import { policy } from './en/policy.ts';
import { practices } from './en/practices.ts';
import { newOrganization, settings } from './en/settings.ts';

export const en = {
  ...common,
  account,
  applications,
  audit,
  clients,
  entry,
  events,
  members,
  newOrganization,
  policy,
  practices,
  settings,
};
