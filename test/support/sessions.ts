import type { RequestOptions, TestApp } from './build-app.ts';
import { pathOf } from './accounts.ts';
import { API, PASSWORD } from './factories.ts';

export const SESSIONS = `${API}/account/sessions/`;

export interface Tokens {
  access_token: string;
  refresh_token: string;
}

/** A session as its list shows it. */
export interface ListedSession {
  uuid: string;
  kind: string;
  current: boolean;
  created_at: string;
  password_given_at: string;
  last_seen_at: string;
  last_seen_ip: string | null;
  user_agent: string | null;
  expires_at: string;
}

/** Logs a user in once more. */
export async function logIn(test: TestApp, email: string, options: RequestOptions = {}): Promise<Tokens> {
  const response = await test.request('POST', pathOf('login'), { body: { email, password: PASSWORD }, ...options });
  if (response.statusCode !== 200) throw new Error(`login answered ${response.statusCode}: ${response.body}`);
  return response.json();
}

export async function listSessions(test: TestApp, token: string, query = ''): Promise<ListedSession[]> {
  const response = await test.request('GET', `${SESSIONS}${query}`, { token });
  if (response.statusCode !== 200) throw new Error(`the list answered ${response.statusCode}: ${response.body}`);
  return response.json<{ results: ListedSession[] }>().results;
}

/** The session that an admin token is of. */
export function sessionOf(token: string): string {
  const payload = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString();
  return (JSON.parse(payload) as { sid: string }).sid;
}

/** Lets time pass for the sessions of a user. */
export async function ageSessions(test: TestApp, userId: string, interval: string): Promise<void> {
  await test.query(
    `update sessions set created_at = created_at - $2::interval, last_seen_at = last_seen_at - $2::interval,
       reauthenticated_at = reauthenticated_at - $2::interval, expires_at = expires_at - $2::interval
     where user_id = $1`,
    [userId, interval],
  );
}

/** What the audit trail has of an account, the oldest first: actions and what they changed. */
export async function listAccountEvents(test: TestApp, userId: string) {
  const rows = await test.query<{ canonical: string }>(
    'select canonical from audit_events where chain_id = $1 order by sequence',
    [userId],
  );
  return rows.map(({ canonical }) => JSON.parse(canonical) as AccountEvent);
}

export interface AccountEvent {
  action: string;
  actor: { type: string; id: string | null; email: string | null };
  target: { type: string; id: string };
  changes: Record<string, { from: unknown; to: unknown }>;
}
