import type { ConsoleSession } from '../../client/schema.ts';

export type Role = ConsoleSession['organizations'][number]['role'];

/** The most powerful first. */
export const roles = ['owner', 'admin', 'developer', 'reader'] as const satisfies readonly Role[];

/** What a role may do, as the page shows it. The service decides again at each request. */
const rights = {
  changeClients: ['owner', 'admin', 'developer'],
  /** Secret, status, permissions, addresses and end of the client of an application. */
  changePrimaryClients: ['owner', 'admin'],
  changeApplications: ['owner', 'admin'],
  changeMembers: ['owner', 'admin'],
  changeOwners: ['owner'],
  changePolicy: ['owner'],
  readAudit: ['owner', 'admin'],
  changeOrganization: ['owner', 'admin'],
  deleteOrganization: ['owner'],
} as const satisfies Record<string, readonly Role[]>;

export type Right = keyof typeof rights;

export function may(role: Role, right: Right): boolean {
  return (rights[right] as readonly Role[]).includes(role);
}

/** The lowest role that has it. */
export function lowestRoleFor(right: Right): Role {
  return rights[right].at(-1) ?? 'owner';
}
