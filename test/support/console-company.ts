import { randomUUID } from 'node:crypto';
import type { Role } from '../../src/db/tables/organizations.ts';
import type { ConsoleSite } from './console-page.ts';
import type { ServiceUser } from './service-user.ts';

/** An organization in a running service, with a member of every role. */
export interface ConsoleCompany extends Record<Role, ServiceUser> {
  organizationId: string;
  /** Below `/console`: `/o/…`. */
  path: string;
  /** Below the API: `/auth/v2/organizations/…`, without a slash at the end. */
  api: string;
  /** The application that the owner’s registration made. */
  app: string;
}

export async function makeConsoleCompany(site: ConsoleSite): Promise<ConsoleCompany> {
  const owner = await site.signUp();
  const admin = await site.signUp();
  const developer = await site.signUp();
  const reader = await site.signUp();
  const { organizationId } = owner;
  for (const [role, user] of Object.entries({ admin, developer, reader })) {
    await addMemberOf(site, organizationId, { email: user.email, role: role as Role });
  }
  const api = `/auth/v2/organizations/${organizationId}`;
  const applications = await site.call<{ results: { uuid: string }[] }>(owner, `${api}/applications/`);
  const app = applications.body.results[0]?.uuid ?? '';
  return { owner, admin, developer, reader, organizationId, path: `/o/${organizationId}`, api, app };
}

/** Makes somebody a member, without an invitation. */
export async function addMemberOf(
  site: ConsoleSite,
  organizationId: string,
  { email, role }: { email: string; role: Role },
): Promise<void> {
  await site.sql(`insert into memberships (id, organization_id, user_id, role)
    select '${randomUUID()}', '${organizationId}', id, '${role}' from users where email = '${email}'`);
}

/** Changes what somebody is, behind the back of the page. */
export async function setRole(
  site: ConsoleSite,
  organizationId: string,
  { email, role }: { email: string; role: Role },
): Promise<void> {
  await site.sql(`update memberships set role = '${role}', version = version + 1
    where organization_id = '${organizationId}' and user_id = (select id from users where email = '${email}')`);
}
