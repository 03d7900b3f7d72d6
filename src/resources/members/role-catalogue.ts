import { roles } from '../../db/tables/organizations.ts';
import type { Role } from '../../db/tables/organizations.ts';

/** A role as members see it. Its `uuid` is the same in every deployment, for ever. */
export interface RoleEntry {
  uuid: string;
  name: Role;
  description: string;
  permissions: string[];
}

/** What can be done in an organization, and the least powerful role that may. */
const leastRoles = {
  'organization.read': 'reader',
  'organization.update': 'admin',
  'organization.delete': 'owner',
  'applications.read': 'reader',
  'applications.write': 'admin',
  'api_clients.read': 'reader',
  'api_clients.write': 'developer',
  'primary_clients.write': 'admin',
  'usage.read': 'reader',
  'members.read': 'reader',
  'members.write': 'admin',
  'invitations.read': 'admin',
  'owners.write': 'owner',
  'credential_policy.read': 'reader',
  'credential_policy.write': 'owner',
  'audit_events.read': 'admin',
} as const satisfies Record<string, Role>;

const described: Record<Role, { uuid: string; description: string }> = {
  owner: {
    uuid: '01900000-0000-7000-8000-000000000001',
    description: 'Everything, including who else is an owner, the credential policy, and deleting the organization.',
  },
  admin: {
    uuid: '01900000-0000-7000-8000-000000000002',
    description: 'Everything but deleting the organization, its credential policy, and changing owners.',
  },
  developer: {
    uuid: '01900000-0000-7000-8000-000000000003',
    description: 'Reads everything but the audit trail and invitations, and manages API clients.',
  },
  reader: {
    uuid: '01900000-0000-7000-8000-000000000004',
    description: 'Reads everything but the audit trail and invitations, and changes nothing.',
  },
};

/** The roles, the most powerful first. */
export const roleCatalogue: readonly RoleEntry[] = roles.map((name) => ({
  name,
  ...described[name],
  permissions: Object.entries(leastRoles)
    .filter(([, least]) => roles.indexOf(name) <= roles.indexOf(least))
    .map(([permission]) => permission),
}));

/** By what a role can be named in a request: its name or its uuid. */
export const roleReferences: readonly string[] = roleCatalogue.flatMap(({ name, uuid }) => [name, uuid]);

/** The role that a reference of {@link roleReferences} names. */
export function toRole(reference: string): Role {
  const found = roleCatalogue.find(({ name, uuid }) => name === reference || uuid === reference);
  if (found === undefined) throw new Error('a reference to a role that validation lets through names none');
  return found.name;
}
