import { randomBytes } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import { API_PREFIX } from '../../src/http/api-prefix.ts';
import type { Role } from '../../src/db/tables/organizations.ts';
import type { TestApp } from './build-app.ts';

export const PASSWORD = 'Correct-Horse-7';
export const API = API_PREFIX;

/** A verified user, as `verify-email/` answers. */
export interface TestUser {
  email: string;
  password: string;
  userId: string;
  token: string;
  refreshToken: string;
  organizationId: string;
  organizationName: string;
  applicationId: string;
  clientId: string;
  apiKey: string;
}

export function makeEmail(): string {
  return `user-${randomBytes(6).toString('hex')}@example.com`;
}

/** Registers a user through the API, with the code from the mail. */
export async function registerUser(test: TestApp, email = makeEmail()): Promise<TestUser> {
  await test.request('POST', `${API}/programmatic/register/`, { body: { email, password: PASSWORD } });
  const code = await test.readCode(email);
  const response = await test.request('POST', `${API}/programmatic/verify-email/`, { body: { email, code } });
  if (response.statusCode !== 200) throw new Error(`verify-email answered ${response.statusCode}: ${response.body}`);
  const answer: FirstAccess = response.json();
  return {
    email,
    password: PASSWORD,
    userId: subjectOf(answer.access_token),
    token: answer.access_token,
    refreshToken: answer.refresh_token,
    organizationId: answer.organization.uuid,
    organizationName: answer.organization.name,
    applicationId: answer.application.uuid,
    clientId: answer.application.client_id,
    apiKey: answer.application.api_key,
  };
}

interface FirstAccess {
  access_token: string;
  refresh_token: string;
  organization: { uuid: string; name: string };
  application: { uuid: string; name: string; client_id: string; api_key: string };
}

/** Whose admin token it is. */
export function subjectOf(token: string): string {
  const payload = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString();
  return (JSON.parse(payload) as { sub: string }).sub;
}

/** Makes a user a member of an organization, without an invitation. @returns the id of the membership */
export async function addMember(
  test: TestApp,
  organizationId: string,
  member: { userId: string; role: Role },
): Promise<string> {
  const id = uuidv7();
  await test.query('insert into memberships (id, organization_id, user_id, role) values ($1, $2, $3, $4)', [
    id,
    organizationId,
    member.userId,
    member.role,
  ]);
  return id;
}

/** Makes a member of an organization who never logs in. @returns the id of the membership */
export async function insertMember(test: TestApp, organizationId: string, role: Role = 'reader'): Promise<string> {
  const userId = uuidv7();
  await test.query(`insert into users (id, email, password_hash) values ($1, $2, 'none')`, [userId, makeEmail()]);
  return addMember(test, organizationId, { userId, role });
}

/** Puts an open invitation into an organization, without a mail. @returns its id */
export async function insertInvitation(test: TestApp, organizationId: string): Promise<string> {
  const id = uuidv7();
  await test.query(
    `insert into invitations (id, organization_id, email, role, digest, expires_at)
     values ($1, $2, $3, 'reader', $4, now() + interval '1 day')`,
    [id, organizationId, makeEmail(), randomBytes(32).toString('base64url')],
  );
  return id;
}

/** An API client as `POST api-clients/` answers. */
export interface TestClient {
  client_id: string;
  client_secret: string;
  client_secret_hint: string;
  name: string;
  environment: 'live' | 'staging';
  permissions: string[];
}

/** Creates an API client through the API. */
export async function createClient(test: TestApp, owner: TestUser, input: object = {}): Promise<TestClient> {
  const response = await test.request('POST', `${API}/organizations/${owner.organizationId}/api-clients/`, {
    token: owner.token,
    body: { name: 'Backend', environment: 'live', permissions: ['api.read'], ...input },
  });
  if (response.statusCode !== 201) throw new Error(`api-clients answered ${response.statusCode}: ${response.body}`);
  return response.json();
}
