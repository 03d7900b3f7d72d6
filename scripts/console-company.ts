import { randomUUID } from 'node:crypto';
import type { Page } from 'playwright-core';

/** A screen to be pictured: where it is, and what is done there first. */
export interface Shot {
  name: string;
  path: string;
  act?: (page: Page) => Promise<unknown>;
}

interface Hands {
  /** Sends a request to the API. */
  send: (what: string, body?: object) => Promise<Record<string, string>>;
  sql: (statement: string, values: unknown[]) => Promise<unknown>;
}

interface Described {
  name: string;
  environment: 'live' | 'staging';
  permissions: string[];
  /** How old it is, and when it was last used. */
  days: number;
  usedMinutesAgo?: number;
  endsInDays?: number;
  isPaused?: boolean;
  /** Checks on a usual day. */
  checks: number;
}

const read = ['api.read'];
const all = ['api.read', 'api.write', 'flows.execute'];

const clients: Described[] = [
  { name: 'Onboarding backend', environment: 'live', permissions: all, days: 210, usedMinutesAgo: 2, checks: 4_200 },
  { name: 'Onboarding backend', environment: 'staging', permissions: all, days: 209, usedMinutesAgo: 95, checks: 120 },
  { name: 'Document archive', environment: 'live', permissions: read, days: 160, usedMinutesAgo: 18, checks: 900 },
  {
    name: 'Fraud scoring',
    environment: 'live',
    permissions: ['api.read', 'flows.execute'],
    days: 96,
    usedMinutesAgo: 1,
    endsInDays: 12,
    checks: 2_600,
  },
  {
    name: 'Partner portal',
    environment: 'live',
    permissions: read,
    days: 150,
    usedMinutesAgo: 60 * 24 * 121,
    checks: 0,
  },
  {
    name: 'Mobile app, iOS',
    environment: 'live',
    permissions: ['flows.execute'],
    days: 64,
    usedMinutesAgo: 3,
    checks: 3_100,
  },
  {
    name: 'Mobile app, Android',
    environment: 'live',
    permissions: ['flows.execute'],
    days: 63,
    usedMinutesAgo: 3,
    checks: 2_900,
  },
  {
    name: 'Salesforce connector',
    environment: 'live',
    permissions: ['api.read', 'api.write'],
    days: 41,
    usedMinutesAgo: 60 * 30,
    isPaused: true,
    checks: 40,
  },
  { name: 'Load test', environment: 'staging', permissions: all, days: 9, usedMinutesAgo: 60 * 26, checks: 300 },
  { name: 'Night job', environment: 'live', permissions: read, days: 2, usedMinutesAgo: 60 * 7, checks: 24 },
];

interface Colleague {
  email: string;
  role: 'admin' | 'developer' | 'reader';
  days: number;
  seenMinutesAgo: number;
  hasSecondFactor: boolean;
}

const members: Colleague[] = [
  { email: 'grace@acme.example', role: 'admin', days: 204, seenMinutesAgo: 12, hasSecondFactor: true },
  { email: 'linus@acme.example', role: 'developer', days: 122, seenMinutesAgo: 60 * 3, hasSecondFactor: true },
  { email: 'barbara@acme.example', role: 'developer', days: 41, seenMinutesAgo: 60 * 24 * 6, hasSecondFactor: false },
  { email: 'audit@partner.example', role: 'reader', days: 18, seenMinutesAgo: 60 * 24 * 15, hasSecondFactor: false },
];

/**
 * Fills an organization.
 * @returns the `client_id` of each API client, by name; of those of one name the live one
 */
export async function company(
  { organizationId, email }: { organizationId: string; email: string },
  { send, sql }: Hands,
): Promise<Map<string, string>> {
  const path = `/auth/v2/organizations/${organizationId}`;
  await send(`PATCH ${path}/`, { name: 'Acme', contact_email: email });
  const ids = new Map<string, string>();
  for (const described of clients) {
    const { name, environment, permissions, endsInDays } = described;
    const ends = endsInDays !== undefined && {
      expires_at: new Date(Date.now() + endsInDays * 86_400_000).toISOString(),
    };
    const { client_id: id = '' } = await send(`${path}/api-clients/`, { name, environment, permissions, ...ends });
    if (!ids.has(name)) ids.set(name, id);
    if (described.isPaused === true) await send(`PATCH ${path}/api-clients/${id}/`, { status: 'paused' });
    await giveHistory(described, id, sql);
  }
  await send(`POST ${path}/api-clients/${ids.get('Document archive') ?? ''}/regenerate-secret/`, {
    overlap_seconds: 5 * 86_400,
  });
  for (const member of members) await addMember(organizationId, member, sql);
  await send(`POST ${path}/members/invite/`, { emails: ['margaret@acme.example'], role: 'developer' });
  await send(`PUT ${path}/credential-policy/`, {
    expiry_required_for: ['live'],
    max_overlap_seconds: 7 * 86_400,
    unused_pause_days: 180,
  });
  return ids;
}

/** Puts somebody into the organization who never logs in. */
async function addMember(organizationId: string, member: Colleague, sql: Hands['sql']): Promise<void> {
  const { email, role, days, seenMinutesAgo, hasSecondFactor } = member;
  const id = randomUUID();
  await sql(
    `insert into users (id, email, password_hash, last_seen_at) values ($1, $2, 'none', now() - $3 * interval '1 minute')`,
    [id, email, seenMinutesAgo],
  );
  await sql(
    `insert into memberships (id, organization_id, user_id, role, created_at)
     values ($1, $2, $3, $4, now() - $5 * interval '1 day')`,
    [randomUUID(), organizationId, id, role, days],
  );
  if (!hasSecondFactor) return;
  await sql(`insert into totp_factors (user_id, sealed_secret, confirmed_at) values ($1, 'none', now())`, [id]);
}

/** An age, a last use, and a month of checks with quiet weekends. */
async function giveHistory(described: Described, clientId: string, sql: Hands['sql']): Promise<void> {
  const { days, usedMinutesAgo = null, checks } = described;
  await sql(
    `update api_clients set created_at = now() - $2 * interval '1 day', last_used_at = now() - $3 * interval '1 minute'
     where client_id = $1`,
    [clientId, days, usedMinutesAgo],
  );
  await sql(
    `insert into client_usage (subject_id, day, accepted, refused)
     select c.id, d::date, (w * $2 * (0.8 + 0.4 * abs(sin(extract(doy from d)))))::int, (w * $2 * 0.03 * abs(cos(extract(doy from d) * 2)))::int
     from api_clients c, generate_series(now() - interval '90 days', now(), interval '1 day') d,
       lateral (select case when extract(isodow from d) > 5 then 0.35 else 1 end as w) weight
     where c.client_id = $1 and d > c.created_at and $2 > 0
     on conflict do nothing`,
    [clientId, checks],
  );
}

/** The main screens. */
export function shotsOf(organizationId: string, clientIds: Map<string, string>): Shot[] {
  const organization = `/o/${organizationId}`;
  const list = `${organization}/clients`;
  const fill = async (page: Page): Promise<void> => {
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name', { exact: true }).fill('Reporting');
    await dialog.getByRole('radio', { name: 'Staging' }).check();
    await dialog.getByRole('checkbox', { name: 'Read API resources' }).check();
  };
  return [
    { name: 'list', path: list },
    { name: 'detail', path: `${list}/${clientIds.get('Fraud scoring') ?? ''}` },
    { name: 'create', path: `${list}?create`, act: fill },
    {
      name: 'secret',
      path: `${list}?create`,
      async act(page) {
        await fill(page);
        await page.getByRole('button', { name: 'Create API client' }).click();
        await page.getByRole('button', { name: 'Done' }).waitFor();
      },
    },
    { name: 'best-practices', path: `${organization}/best-practices` },
    { name: 'members', path: `${organization}/members` },
    { name: 'policy', path: `${organization}/policy` },
    { name: 'audit', path: `${organization}/audit` },
  ];
}
