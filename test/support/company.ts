import type { Role } from '../../src/db/tables/organizations.ts';
import type { TestApp } from './build-app.ts';
import { addMember, API, registerUser } from './factories.ts';
import type { TestUser } from './factories.ts';

/** An organization with a member of every role, and somebody who is no member of it. */
export interface Company extends Record<Role, TestUser> {
  stranger: TestUser;
  organizationId: string;
  /** `/auth/v2/organizations/{org}`, without a slash at the end. */
  path: string;
}

export async function makeCompany(test: TestApp): Promise<Company> {
  const users = Array.from({ length: 5 }, () => registerUser(test));
  const [owner, admin, developer, reader, stranger] = (await Promise.all(users)) as Staff;
  const { organizationId } = owner;
  for (const [role, { userId }] of Object.entries({ admin, developer, reader })) {
    await addMember(test, organizationId, { userId, role: role as Role });
  }
  return { owner, admin, developer, reader, stranger, organizationId, path: `${API}/organizations/${organizationId}` };
}

type Staff = [TestUser, TestUser, TestUser, TestUser, TestUser];

/** An application as the API answers it. */
export interface ApplicationRecord {
  uuid: string;
  name: string;
  client_id: string;
  website_url: string | null;
  redirect_uris: string[];
  terms_url: string | null;
  privacy_url: string | null;
  description: string | null;
  created_at: string;
  updated_at: string;
  api_key_hint: string | null;
}

export interface NewApplication extends ApplicationRecord {
  api_key: string;
}

/** Creates an application through the API, as the owner. */
export async function createApplication(
  test: TestApp,
  { path, owner }: Pick<Company, 'path' | 'owner'>,
  body: object = {},
): Promise<NewApplication> {
  const response = await test.request('POST', `${path}/applications/`, { token: owner.token, body });
  if (response.statusCode !== 201) throw new Error(`applications answered ${response.statusCode}: ${response.body}`);
  return response.json();
}

/** Whether the service accepts a secret at this moment. */
export async function isAccepted(test: TestApp, secret: string): Promise<boolean> {
  const { statusCode } = await test.request('GET', `${API}/verify/`, { headers: { 'x-api-key': secret } });
  if (statusCode !== 200 && statusCode !== 401) throw new Error(`verify answered ${statusCode}`);
  return statusCode === 200;
}

/** How many rows of a tenant's tables there are. */
export async function countRecords(test: TestApp, organizationId: string) {
  const [row] = await test.query<{ applications: number; clients: number; secrets: number }>(
    `select (select count(*)::int from applications where organization_id = $1) as applications,
            (select count(*)::int from api_clients where organization_id = $1) as clients,
            (select count(*)::int from secrets where api_client_id in
              (select id from api_clients where organization_id = $1)) as secrets`,
    [organizationId],
  );
  if (row === undefined) throw new Error('a select without rows');
  return row;
}

/**
 * Makes Postgres refuse every insert into a table, in the midst of whatever the service is doing.
 * @returns what takes the refusal away again
 */
export async function refuseInserts(test: TestApp, table: string): Promise<() => Promise<void>> {
  await test.query(
    `create or replace function refuse_insert() returns trigger language plpgsql
       as $$ begin raise exception 'refused by the test: %', new.id; end $$`,
  );
  await test.query(
    `create trigger refuse_insert before insert on ${table} for each row execute function refuse_insert()`,
  );
  return async () => {
    await test.query(`drop trigger refuse_insert on ${table}`);
  };
}
