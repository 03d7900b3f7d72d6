import t from 'tap';
import { roles } from '../../../src/db/tables/organizations.ts';
import type { Role } from '../../../src/db/tables/organizations.ts';
import { build } from '../../support/build-app.ts';
import { makeCompany } from '../../support/company.ts';
import { operations } from '../../support/operations.ts';

interface RoleRecord {
  uuid: string;
  name: Role;
  description: string;
  permissions: string[];
}

/** An operation that each permission stands for. What a permission says must be what the routes do. */
const operationOf: Record<string, string> = {
  'organization.read': 'getOrganization',
  'organization.update': 'updateOrganization',
  'organization.delete': 'deleteOrganization',
  'applications.read': 'listApplications',
  'applications.write': 'createApplication',
  'api_clients.read': 'listApiClients',
  'api_clients.write': 'createApiClient',
  'primary_clients.write': 'regenerateApiKey',
  'usage.read': 'getOrganizationUsage',
  'members.read': 'listMembers',
  'members.write': 'updateMember',
  'credential_policy.read': 'getCredentialPolicy',
  'credential_policy.write': 'updateCredentialPolicy',
  'audit_events.read': 'listAuditEvents',
};

const test = await build(t);
const { path, reader } = await makeCompany(test);
const response = await test.request('GET', `${path}/roles/`, { token: reader.token });
const { results } = response.json<{ results: RoleRecord[] }>();

void t.test('200 lists the four roles, with the uuids they have everywhere', async (t) => {
  t.equal(response.statusCode, 200);
  const uuids = Object.fromEntries(results.map(({ name, uuid }) => [name, uuid]));
  t.same(uuids, {
    owner: '01900000-0000-7000-8000-000000000001',
    admin: '01900000-0000-7000-8000-000000000002',
    developer: '01900000-0000-7000-8000-000000000003',
    reader: '01900000-0000-7000-8000-000000000004',
  });
  for (const { description } of results) t.match(description, /^[A-Z].+\.$/);
});

void t.test('a role has a permission exactly where the routes let it', async (t) => {
  const named = new Set(results.flatMap(({ permissions }) => permissions));
  t.same([...named].filter((name) => !(name in operationOf)).sort(), ['invitations.read', 'owners.write']);
  for (const [permission, operationId] of Object.entries(operationOf)) {
    const { who = 'nobody' } = operations[operationId] ?? {};
    const least = who === 'member' ? 'reader' : (who as Role);
    const may = roles.filter((role) => roles.indexOf(role) <= roles.indexOf(least));
    const say = results.filter(({ permissions }) => permissions.includes(permission)).map(({ name }) => name);
    t.same(say, may, permission);
  }
});
