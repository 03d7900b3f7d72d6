import { crc32 } from 'node:zlib';
import { randomBytes } from 'node:crypto';
import type { LightMyRequestResponse } from 'fastify';
import pg from 'pg';
import type { Test } from 'tap';
import type { Role } from '../../src/db/tables/organizations.ts';
import type { TestApp } from './build-app.ts';
import { addMember, API, registerUser } from './factories.ts';
import type { TestUser } from './factories.ts';

/** The collection of an organization's API clients. */
export function clientsPath({ organizationId }: { organizationId: string }): string {
  return `${API}/organizations/${organizationId}/api-clients/`;
}

/** One API client, and what hangs on it. */
export function clientPath(owner: { organizationId: string }, clientId: string, rest = ''): string {
  return `${clientsPath(owner)}${clientId}/${rest}`;
}

/** The `Authorization` of HTTP Basic (RFC 7617). */
export function basic(clientId: string, secret: string): string {
  return `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}`;
}

/** Asks `verify/` about a secret in `x-api-key`. */
export function check(test: TestApp, secret: string): Promise<LightMyRequestResponse> {
  return test.request('GET', `${API}/verify/`, { headers: { 'x-api-key': secret } });
}

/** A user with an organization of their own who is a member of the owner's as well. */
export async function addColleague(test: TestApp, owner: TestUser, role: Role): Promise<TestUser> {
  const user = await registerUser(test);
  await addMember(test, owner.organizationId, { userId: user.userId, role });
  return user;
}

export interface Regenerated {
  client_secret: string;
  client_secret_hint: string;
}

export interface RotationOptions {
  clientId: string;
  overlapSeconds?: number;
  expiresAt?: string;
  force?: boolean;
}

/** Replaces a client's secret through the API and gives the new one. */
export async function regenerate(
  test: TestApp,
  owner: { organizationId: string; token: string },
  { clientId, overlapSeconds, expiresAt, force }: RotationOptions,
): Promise<Regenerated> {
  const response = await test.request('POST', clientPath(owner, clientId, 'regenerate-secret/'), {
    token: owner.token,
    body: { overlap_seconds: overlapSeconds, expires_at: expiresAt, force },
  });
  if (response.statusCode !== 200) throw new Error(`regenerate answered ${response.statusCode}: ${response.body}`);
  return response.json();
}

/** A secret as `secrets/` shows it. */
export interface SecretItem {
  uuid: string;
  hint: string;
  status: 'active' | 'retiring' | 'expired' | 'revoked';
  created_at: string;
  created_by: string | null;
  expires_at: string | null;
  last_used_at: string | null;
  last_used_ip: string | null;
  ended_at: string | null;
  ended_by: string | null;
}

/** The first page of a client's secrets, the newest first. */
export async function listSecrets(
  test: TestApp,
  owner: { organizationId: string; token: string },
  clientId: string,
): Promise<SecretItem[]> {
  const response = await test.request('GET', clientPath(owner, clientId, 'secrets/'), { token: owner.token });
  if (response.statusCode !== 200) throw new Error(`secrets answered ${response.statusCode}: ${response.body}`);
  return response.json<{ results: SecretItem[] }>().results;
}

/** Revokes the secret that a client was made with through the API, beside a newer one that goes on working. */
export async function revokeOldSecret(
  test: TestApp,
  owner: TestUser,
  { client_id: clientId }: { client_id: string },
): Promise<void> {
  const isRetiring = ({ status }: SecretItem) => status === 'retiring';
  if (!(await listSecrets(test, owner, clientId)).some(isRetiring)) {
    await regenerate(test, owner, { clientId, overlapSeconds: 3600 });
  }
  const old = (await listSecrets(test, owner, clientId)).find(isRetiring);
  const url = clientPath(owner, clientId, `secrets/${old?.uuid ?? ''}/?force=true`);
  const response = await test.request('DELETE', url, { token: owner.token });
  if (response.statusCode !== 204) throw new Error(`secrets answered ${response.statusCode}: ${response.body}`);
}

/** A connection of the test's own, for holding locks that the service meets. */
export async function connect(t: Pick<Test, 'teardown'>, { databaseUrl }: TestApp): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  t.teardown(async () => client.end());
  return client;
}

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** An id that no secret has. */
export function makeSecretId(): string {
  return randomText(22);
}

/** A well-formed secret with other random characters: with the id of the one given, with this id, or with a new one. */
export function forgeSecret(secret: string, { keepId = false, id }: { keepId?: boolean; id?: string }): string {
  const unchecked = secret.slice(0, -71) + (id ?? (keepId ? secret.slice(-71, -49) : makeSecretId())) + randomText(43);
  return unchecked + checksum(unchecked);
}

function randomText(length: number): string {
  return Array.from(randomBytes(length), (byte) => DIGITS.charAt(byte % DIGITS.length)).join('');
}

function checksum(unchecked: string): string {
  let rest = crc32(unchecked);
  let text = '';
  for (let place = 0; place < 6; place++) {
    text = DIGITS.charAt(rest % DIGITS.length) + text;
    rest = Math.floor(rest / DIGITS.length);
  }
  return text;
}
