import { account } from './en/account.ts';
import { applications } from './en/applications.ts';
import { clients } from './en/clients.ts';
import { common } from './en/common.ts';
import { events } from './en/events.ts';
import { entry } from './en/entry.ts';
import { organization } from './en/organization.ts';

export const en = { ...common, account, applications, clients, entry, events, organization };
