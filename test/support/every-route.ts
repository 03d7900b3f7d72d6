import { randomBytes } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import type { RouteEntry } from '../../src/identity/admin-auth.ts';
import type { TestApp } from './build-app.ts';
import { API, insertInvitation, insertMember, subjectOf } from './factories.ts';
import { operationOf } from './operations.ts';
import type { Ready, Target } from './operations.ts';

const DAY_MS = 86_400_000;

/** Puts the ids of a target into a route's template. */
export function fillPath(template: string, { clientId, ...target }: Target): string {
  const values: Record<string, string> = { ...target, client_id: clientId };
  return template.replaceAll(/:(\w+)/g, (_whole, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`no value for :${name} of ${template}`);
    return value;
  });
}

/** Makes an application, a client of its own, that client's secrets, a member and an invitation in an organization, as somebody who may. */
export async function makeTarget(
  test: TestApp,
  { token, org, orgName }: { token: string; org: string; orgName: string },
): Promise<Target> {
  const path = `${API}/organizations/${org}`;
  const made = await test.request('POST', `${path}/applications/`, { token, body: {} });
  const { uuid: app } = made.json<{ uuid: string }>();
  const body = { name: 'Backend', environment: 'live', permissions: ['api.read'], application_id: app };
  const client = await test.request('POST', `${path}/api-clients/`, { token, body });
  const { client_id: clientId } = client.json<{ client_id: string }>();
  const overlap = { overlap_seconds: 3600 };
  await test.request('POST', `${path}/api-clients/${clientId}/regenerate-secret/`, { token, body: overlap });
  const listed = await test.request('GET', `${path}/api-clients/${clientId}/secrets/`, { token });
  const [, secret] = listed.json<{ results: { uuid: string }[] }>().results;
  if (secret === undefined) throw new Error(`the new client has no retiring secret: ${listed.body}`);
  const people = { member: await insertMember(test, org), invitation: await insertInvitation(test, org) };
  const own = { session: await makeSession(test, token), passkey: uuidv7() };
  return { org, orgName, app, clientId, secret: secret.uuid, ...own, ...people };
}

/** Makes another session of the user whose admin token this is. */
export async function makeSession(test: TestApp, token: string): Promise<string> {
  const id = uuidv7();
  const expiresAt = new Date(Date.now() + DAY_MS);
  const values = [id, subjectOf(token), expiresAt];
  await test.query('insert into sessions (id, user_id, expires_at) values ($1, $2, $3)', values);
  return id;
}

/** What the caller with this admin token needs of its own before an operation succeeds. */
export async function makeReady(test: TestApp, route: RouteEntry, token: string): Promise<Ready> {
  return (await operationOf(route).ready?.(test, token)) ?? {};
}

/** Ids that are well formed and nobody's. */
export function makeUnknownTarget(): Target {
  const clientId = randomBytes(16).toString('base64url');
  const names = ['org', 'app', 'secret', 'session', 'passkey', 'member', 'invitation'] as const;
  const ids = Object.fromEntries(names.map((name) => [name, uuidv7()])) as Record<(typeof names)[number], string>;
  return { ...ids, orgName: 'Nobody', clientId };
}

/** Whether a route is one of the management routes, going by nothing but its address. */
export function isManagement({ url }: RouteEntry): boolean {
  return /^\/auth\/v2\/(?:organizations|permissions|account)\//.test(url);
}
