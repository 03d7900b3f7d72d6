import { randomUUID } from 'node:crypto';
import type { Page } from 'playwright-core';
import type { Shot } from '../console-company.ts';
import { addAuthenticator } from '../console-stage.ts';
import type { Person, Stage } from '../console-stage.ts';

/** What the page looks like at one moment. */
export interface State extends Shot {
  /** Who looks; null is nobody who is logged in. */
  as: Person | null;
  /** Before the page is opened: what the service does not answer. */
  before?: (page: Page) => Promise<unknown>;
  /** What it does to the window stays: it has one of its own. */
  isAlone?: boolean;
}

/** Ada’s company, and what else there is to be looked at. */
export interface Scene {
  stage: Stage;
  ada: Person;
  /** A reader of Ada’s organization. */
  reader: Person;
  /** Somebody with an authenticator app. */
  faye: Person;
  /** Somebody who is invited. */
  tess: Person;
  /** Owns an organization in which nothing is short and nothing is few. */
  max: Person;
  /** Owns an organization in which nothing is. */
  min: Person;
  maxClientId: string;
  /** Below `/console`: Ada’s organization. */
  org: string;
  client: (name: string) => string;
}

const LONG = 'Warehouse integration for Rotterdam, Antwerp and Hamburg with everything it does at night';
const UNBROKEN = 'Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft';
/** With the others as many as one organization may have. */
const ROWS = 9_990;

export async function makeScene(stage: Stage): Promise<Scene> {
  const { ada, sql } = stage;
  const reader = await stage.register('rita@acme.example');
  await sql(
    `insert into memberships (id, organization_id, user_id, role) select $1, $2, id, 'reader' from users where email = $3`,
    [randomUUID(), ada.organizationId, reader.email],
  );
  const faye = await stage.register('faye@acme.example');
  await addAuthenticator(faye);
  const tess = await stage.register('tess@acme.example');
  const max = await stage.register(`${'a-very-long-name-of-somebody'.repeat(2)}@subsidiary.of-a-holding.example`);
  const maxClientId = await fill(max, stage);
  const min = await stage.register('min@acme.example');
  const { uuid = '' } = await min.send('POST /auth/v2/organizations/', { name: 'Nothing yet' });
  return {
    ...{ stage, ada, reader, faye, tess, max, maxClientId },
    min: { ...min, organizationId: uuid },
    org: `/o/${ada.organizationId}`,
    client: (name) => `/o/${ada.organizationId}/clients/${stage.clientIds.get(name) ?? ''}`,
  };
}

/** Long names, and more of everything than a screen holds. */
async function fill({ organizationId, send }: Person, { sql }: Stage): Promise<string> {
  const path = `/auth/v2/organizations/${organizationId}`;
  await send(`PATCH ${path}/`, { name: `${LONG} (Holding)` });
  await send(`${path}/applications/`, {
    name: UNBROKEN,
    redirect_uris: [`https://app.example/${'path/'.repeat(40)}callback`],
  });
  await sql(
    `insert into api_clients (id, organization_id, client_id, name, environment, permissions, created_at, last_used_at)
     select ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, $1, 'client-' || n, 'Shop number ' || n, case when n % 3 = 0 then 'staging' else 'live' end,
       array['api.read'], now() - interval '1 day', now() - n * interval '1 minute' from generate_series(1, $2::int) n`,
    [organizationId, ROWS],
  );
  for (const name of [LONG, UNBROKEN])
    await send(`${path}/api-clients/`, {
      name,
      environment: 'live',
      permissions: ['api.read', 'api.write', 'flows.execute'],
    });
  const { client_id: clientId = '' } = await send(`${path}/api-clients/`, {
    ...{ name: `${LONG} 2`, description: `${UNBROKEN} ${LONG}`, environment: 'live', permissions: ['api.read'] },
    ...{
      allowed_redirect_urls: [`https://app.example/${'path/'.repeat(60)}callback`],
      allowed_ips: ['2001:db8:85a3::/64'],
    },
    expires_at: new Date(Date.now() + 86_400_000).toISOString(),
  });
  await send(`POST ${path}/api-clients/${clientId}/regenerate-secret/`, { overlap_seconds: 86_400 });
  await send(`${path}/members/invite/`, {
    emails: [`${'b'.repeat(60)}@subsidiary.of-a-holding.example`],
    role: 'developer',
  });
  return clientId;
}

/** What a service says that does not do it. */
export function answerWith(status: number, code: string, headers: Record<string, string> = {}) {
  return {
    status,
    headers,
    contentType: 'application/problem+json',
    body: JSON.stringify({ status, code, title: code, detail: code, request_id: '01JZ8Q4V6F3N2M7R' }),
  };
}

/** Has every request to some paths answered so. */
export function failing(pattern: string, answer: ReturnType<typeof answerWith> | 'never' | 'cut') {
  return (page: Page): Promise<unknown> =>
    page.route(pattern, async (route) => {
      if (answer === 'never') return;
      if (answer === 'cut') return route.abort('connectionrefused');
      return route.fulfill(answer);
    });
}

export function press(name: string | RegExp) {
  return (page: Page): Promise<void> => page.getByRole('button', { name, exact: true }).last().click();
}
